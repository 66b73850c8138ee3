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
        /** Records that have not been taken up, and what was taken up before anybody counted. */
        long untaken() {
            return sum(ends) - sum(taken);
        }

        private static long sum(Map<String, Map<Integer, Long>> figures) {
            return figures.values().stream()
                    .flatMap(each -> each.values().stream())
                    .mapToLong(Long::longValue)
                    .sum();
        }

        static Look parse(String line) throws IOException {
            return JSON.readValue(line, Look.class);
        }

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
                    looks.add(Look.parse(line));
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

    /**
     * How many records of a topic were taken up a second between two instants, all partitions together; between two looks
     * by the rule of three.
     *
     * @throws IllegalStateException if nobody looked before and after
     */
    double takenPerSecond(String topic, long from, long to) {
        return (takenAt(topic, to) - takenAt(topic, from)) * MILLIS / (to - from);
    }

    private double takenAt(String topic, long at) {
        for (int i = 1; i < looks.size(); i++) {
            Look earlier = looks.get(i - 1);
            Look later = looks.get(i);
            if (earlier.at <= at && later.at >= at) {
                double share = later.at == earlier.at ? 1 : (at - earlier.at) / (double) (later.at - earlier.at);
                long before = Look.sum(Map.of(topic, earlier.taken.getOrDefault(topic, Map.of())));
                long after = Look.sum(Map.of(topic, later.taken.getOrDefault(topic, Map.of())));
                return before + share * (after - before);
            }
        }
        throw new IllegalStateException("Nobody has looked before and after " + at);
    }

    /**
     * When all that had been published at an instant had been taken up by the reader of one topic, and all that this one
     * had then made of it by the reader of the next, and so on: milliseconds since the epoch, of the look that found it.
     *
     * @throws IllegalStateException if nobody has found that
     */
    long takenUp(long publishedAt, List<String> topics) {
        long at = publishedAt;
        int look = 0;
        for (String topic : topics) {
            while (look < looks.size() && looks.get(look).at < at) {
                look++;
            }
            Map<Integer, Long> wanted =
                    look == looks.size() ? Map.of() : looks.get(look).ends.getOrDefault(topic, Map.of());
            while (look < looks.size() && !hasTaken(looks.get(look), topic, wanted)) {
                look++;
            }
            if (look == looks.size()) {
                throw new IllegalStateException("Nobody has found all of " + topic + " taken up since " + publishedAt);
            }
            at = looks.get(look).at;
        }
        return at;
    }

    private boolean hasTaken(Look look, String topic, Map<Integer, Long> wanted) {
        return wanted.entrySet().stream()
                .allMatch(each ->
                        of(look.taken, topic, each.getKey()) + of(uncounted, topic, each.getKey()) >= each.getValue());
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
