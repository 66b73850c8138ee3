package dev.lookback.bench;

import java.util.List;

/**
 * What a share of figures does not exceed, by nearest rank: each is one of the figures. Of 50, the 99th percentile is the
 * greatest.
 *
 * @param count how many figures there are
 */
public record Percentiles(int count, double p50, double p95, double p99, double greatest) {
    private static final int ALL = 100;

    /** The figures' own; zeros if there are none. */
    public static Percentiles of(List<Double> figures) {
        double[] sorted =
                figures.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return new Percentiles(sorted.length, at(sorted, 50), at(sorted, 95), at(sorted, 99), at(sorted, ALL));
    }

    private static double at(double[] sorted, int percent) {
        return sorted.length == 0 ? 0 : sorted[(sorted.length * percent + ALL - 1) / ALL - 1];
    }

    /** For a summary, in seconds. */
    String text() {
        return Texts.format("p50 %.2f, p95 %.2f, p99 %.2f, max %.2f of %d", p50, p95, p99, greatest, count);
    }
}
