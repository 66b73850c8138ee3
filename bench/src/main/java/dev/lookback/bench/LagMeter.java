package dev.lookback.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How far ingest and the vault are behind what has been published, in time: from looks, once a second, at where topics
 * end and how much of them has been taken up. A reader's lag is the time since its partition ended where the reader
 * stands.
 */
final class LagMeter {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final double MILLIS = 1_000;

    /**
     * How things stood. One line of a {@link WatchedApplication}'s file.
     *
     * @param at milliseconds since the epoch
     * @param ends by topic and partition: position behind the last record
     * @param taken records taken up since the application began to count them
     */
    record Look(long at, Map<String, Map<Integer, Long>> ends, Map<String, Map<Integer, Long>> taken) {
        String toLine() throws IOException {
            return JSON.writeValueAsString(this) + "\n";
        }
    }

    private final List<Look> looks;
    private final Map<String, Map<Integer, Long>> uncounted = new HashMap<>();

    /**
     * Lags from looks.
     *
     * @param atRest milliseconds since the epoch, when all there was had been taken up: what was restored was never
     *     counted, so positions are counted from here
     */
    LagMeter(List<Look> looks, long atRest) {
        this.looks = looks;
        Look rest = looks.stream()
                .filter(each -> each.at >= atRest)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("Nobody has looked at the lag since " + atRest));
        rest.ends.forEach((topic, ends) -> ends.forEach((partition, end) -> uncounted
                .computeIfAbsent(topic, each -> new HashMap<>())
                .put(partition, end - of(rest.taken, topic, partition))));
    }

    /** From a file of lines, the last of which may be half-written. */
    static LagMeter read(Path file, long atRest) {
        List<Look> looks = new ArrayList<>();
        try {
            String text = Files.readString(file);
            for (String line : text.substring(0, text.lastIndexOf('\n') + 1).split("\n", -1)) {
                if (!line.isEmpty()) {
                    looks.add(JSON.readValue(line, Look.class));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new LagMeter(looks, atRest);
    }

    /**
     * The lags between two instants, seconds from publishing to the vault: the worst partition of each topic, added up.
     *
     * @throws IllegalStateException if nobody looked in this time
     */
    Spread between(long from, long to) {
        List<Double> lags = new ArrayList<>();
        for (int i = 0; i < looks.size(); i++) {
            if (looks.get(i).at >= from && looks.get(i).at <= to) {
                lags.add(lagMillis(i) / MILLIS);
            }
        }
        if (lags.isEmpty()) {
            throw new IllegalStateException("Nobody has looked at the lag between " + from + " and " + to);
        }
        return Spread.of(lags);
    }

    private double lagMillis(int at) {
        double sum = 0;
        for (Map.Entry<String, Map<Integer, Long>> topic : looks.get(at).ends.entrySet()) {
            double worst = 0;
            for (Integer partition : topic.getValue().keySet()) {
                worst = Math.max(worst, lagMillis(at, topic.getKey(), partition));
            }
            sum += worst;
        }
        return sum;
    }

    /** The time since the partition ended where its reader stands, between two looks by the rule of three. */
    private double lagMillis(int at, String topic, int partition) {
        Look later = looks.get(at);
        long now = later.at;
        long position = of(later.taken, topic, partition) + of(uncounted, topic, partition);
        for (int i = at; i >= 0; i--) {
            Look look = looks.get(i);
            long end = of(look.ends, topic, partition);
            if (end <= position) {
                long between = of(later.ends, topic, partition) - end;
                double share = between == 0 ? 1 : (position - end) / (double) between;
                return now - (look.at + Math.min(1, share) * (later.at - look.at));
            }
            later = look;
        }
        return now - later.at; // behind since before the first look: at least that
    }

    private static long of(Map<String, Map<Integer, Long>> figures, String topic, int partition) {
        return figures.getOrDefault(topic, Map.of()).getOrDefault(partition, 0L);
    }
}
