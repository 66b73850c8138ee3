package dev.lookback.bench;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * How far ingest and the vault are behind what has been published, in time: looks once a second where the topics end and
 * what the application says it has taken up ({@code /metrics}). A reader's lag is the time since its partition ended
 * where the reader stands.
 */
final class LagMeter implements AutoCloseable {
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    /** Kafka Streams' count of what a task has taken up to process. */
    private static final Pattern TAKEN = Pattern.compile("kafka_stream_topic_records_consumed_total\\{(.*)\\} (\\S+)");

    private static final Pattern TASK = Pattern.compile("task_id=\"\\d+_(\\d+)\"");
    private static final Pattern TOPIC = Pattern.compile("topic=\"([^\"]*)\"");
    private static final double MILLIS = 1_000;

    /**
     * How things stood.
     *
     * @param at milliseconds since the epoch
     * @param ends position behind the last record
     * @param positions up to where (exclusive) records had been taken up
     */
    record Look(long at, Map<TopicPartition, Long> ends, Map<TopicPartition, Long> positions) {}

    private final Set<String> topics;
    private final Supplier<@Nullable String> metrics;
    private final Log log;
    private final InstantSource clock;
    private final Map<TopicPartition, Long> uncounted = new HashMap<>();
    private final List<Look> looks = new ArrayList<>();
    private @Nullable Exception failure;

    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread made = new Thread(task, "lag-meter");
        made.setDaemon(true);
        return made;
    });

    /**
     * Begins, at a moment when everything has been taken up: that is where counting begins, since what was restored was
     * never counted.
     *
     * @param topics lookup-events and the ledger
     * @param metrics what the application's /metrics says; null while it says nothing
     */
    LagMeter(Set<String> topics, Supplier<@Nullable String> metrics, Log log, InstantSource clock) {
        this.topics = topics;
        this.metrics = metrics;
        this.log = log;
        this.clock = clock;
        String text = metrics.get();
        if (text == null) {
            throw new IllegalStateException("The application does not show its metrics");
        }
        Map<TopicPartition, Long> taken = taken(text, topics);
        log.ends(topics).forEach((partition, end) -> uncounted.put(partition, end - taken.getOrDefault(partition, 0L)));
        thread.scheduleAtFixedRate(this::look, 0, INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    }

    private synchronized void look() {
        try {
            long at = clock.millis();
            Map<TopicPartition, Long> ends = log.ends(topics);
            String text = metrics.get();
            if (text != null) {
                Map<TopicPartition, Long> positions = new HashMap<>();
                taken(text, topics)
                        .forEach((partition, count) ->
                                positions.put(partition, count + uncounted.getOrDefault(partition, 0L)));
                looks.add(new Look(at, ends, positions));
            }
        } catch (Exception e) {
            failure = e;
        }
    }

    /** Records taken up so far, by partition, from a scrape. */
    static Map<TopicPartition, Long> taken(String scrape, Set<String> topics) {
        Map<TopicPartition, Long> taken = new HashMap<>();
        scrape.lines().forEach(line -> {
            Matcher count = TAKEN.matcher(line);
            if (count.matches()) {
                Matcher task = TASK.matcher(count.group(1));
                Matcher topic = TOPIC.matcher(count.group(1));
                if (task.find() && topic.find() && topics.contains(topic.group(1))) {
                    taken.merge(
                            new TopicPartition(topic.group(1), Integer.parseInt(task.group(1))),
                            (long) Double.parseDouble(count.group(2)),
                            Long::sum);
                }
            }
        });
        return taken;
    }

    /** The lags between two instants, seconds from publishing to the vault: the worst partition of each topic, added up. */
    synchronized Spread between(long from, long to) {
        if (failure != null) {
            throw new IllegalStateException("Watching the lag failed", failure);
        }
        List<Double> lags = new ArrayList<>();
        for (int i = 0; i < looks.size(); i++) {
            if (looks.get(i).at >= from && looks.get(i).at <= to) {
                lags.add(lagMillis(looks, i) / MILLIS);
            }
        }
        return Spread.of(lags);
    }

    static double lagMillis(List<Look> looks, int at) {
        Map<String, Double> worst = new HashMap<>();
        looks.get(at)
                .positions
                .forEach((partition, position) ->
                        worst.merge(partition.topic(), lagMillis(looks, at, partition, position), Math::max));
        return worst.values().stream().mapToDouble(Double::doubleValue).sum();
    }

    /** The time since the partition ended at a position, between two looks by the rule of three. */
    private static double lagMillis(List<Look> looks, int at, TopicPartition partition, long position) {
        long now = looks.get(at).at;
        Look later = looks.get(at);
        long laterEnd = later.ends.getOrDefault(partition, 0L);
        if (laterEnd <= position) {
            return 0;
        }
        for (int i = at - 1; i >= 0; i--) {
            Look look = looks.get(i);
            long end = look.ends.getOrDefault(partition, 0L);
            if (end <= position) {
                double share = (position - end) / (double) (laterEnd - end);
                return now - (look.at + share * (later.at - look.at));
            }
            later = look;
            laterEnd = end;
        }
        return now - looks.get(0).at; // behind since before the first look: at least that
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
