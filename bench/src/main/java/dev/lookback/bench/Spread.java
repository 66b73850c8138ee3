package dev.lookback.bench;

import java.util.List;

/** A few figures, from the least to the greatest. */
public record Spread(double least, double median, double greatest) {
    /** The figures' own; zeros if there are none. */
    public static Spread of(List<Double> figures) {
        if (figures.isEmpty()) {
            return new Spread(0, 0, 0);
        }
        double[] sorted =
                figures.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int half = sorted.length / 2;
        double median = sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
        return new Spread(sorted[0], median, sorted[sorted.length - 1]);
    }
}
