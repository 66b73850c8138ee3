package dev.lookback.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Notes many times a second how far a job has got and what it has cost. Afterwards it says when a point was reached. */
final class Sampler implements AutoCloseable {
    private static final Duration INTERVAL = Duration.ofMillis(50);

    /** So that the file which others watch is not written at every sample. */
    private static final int SAMPLES_PER_NOTE = 10;

    /**
     * How things stood.
     *
     * @param at milliseconds since the epoch
     * @param counts records that have been through, since this process began to count them
     */
    record Sample(
            long at, Map<TopicPartition, Long> counts, long cpuMillis, long brokerCpuMillis, long machineBusyMillis) {
        long total() {
            return counts.values().stream().mapToLong(Long::longValue).sum();
        }

        /** How many cores all but the process and the broker have kept busy since an earlier sample, on average. */
        double otherCores(Sample since) {
            long others = machineBusyMillis
                    - since.machineBusyMillis
                    - (cpuMillis - since.cpuMillis)
                    - (brokerCpuMillis - since.brokerCpuMillis);
            return Math.max(0, others) / (double) Math.max(1, at - since.at);
        }
    }

    private final Supplier<Map<TopicPartition, Long>> counts;
    private final long brokerPid;
    private final Path progressFile;
    private final InstantSource clock;
    private final List<Sample> samples = new ArrayList<>();
    private @Nullable Exception failure;

    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread made = new Thread(task, "sampler");
        made.setDaemon(true);
        return made;
    });

    /**
     * Begins.
     *
     * @param counts says how far the job has got
     * @param progressFile is told the total, for whoever waits
     */
    Sampler(Supplier<Map<TopicPartition, Long>> counts, long brokerPid, Path progressFile, InstantSource clock) {
        this.counts = counts;
        this.brokerPid = brokerPid;
        this.progressFile = progressFile;
        this.clock = clock;
        thread.scheduleAtFixedRate(this::take, 0, INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    }

    private synchronized void take() {
        try {
            Sample sample = sample(counts.get(), ProcessHandle.current().pid(), brokerPid, clock);
            samples.add(sample);
            if (samples.size() % SAMPLES_PER_NOTE == 0) {
                Files.writeString(progressFile, String.valueOf(sample.total()));
            }
        } catch (Exception e) {
            failure = e;
        }
    }

    /** How things stand with a process. */
    static Sample sample(Map<TopicPartition, Long> counts, long pid, long brokerPid, InstantSource clock) {
        return new Sample(clock.millis(), counts, Proc.cpuMillis(pid), Proc.cpuMillis(brokerPid), Proc.busyMillis());
    }

    /** Ends with one more sample; returns all, oldest first. */
    List<Sample> end() {
        close();
        take();
        synchronized (this) {
            if (failure != null) {
                throw new IllegalStateException("Sampling failed", failure);
            }
            return List.copyOf(samples);
        }
    }

    /**
     * The first sample from which on every partition had reached a position. Counting may begin anew when a task moves to
     * another thread, so positions are told by their distance from the end, where both are known.
     *
     * @param samples the last of which was taken when every partition stood at its end
     * @param ends the position behind the last record of each partition
     * @param targets the position to reach in each partition
     */
    static Sample reached(List<Sample> samples, Map<TopicPartition, Long> ends, Map<TopicPartition, Long> targets) {
        Map<TopicPartition, Long> wanted = new HashMap<>();
        Sample last = samples.get(samples.size() - 1);
        targets.forEach((partition, target) -> {
            long counted = last.counts().getOrDefault(partition, 0L);
            if (target > 0 && counted == 0) {
                throw new IllegalStateException("Nothing was counted in " + partition + " on the way to " + target);
            }
            wanted.put(partition, counted - (ends.getOrDefault(partition, target) - target));
        });
        int at = samples.size() - 1;
        while (at > 0 && hasReached(samples.get(at - 1), wanted)) {
            at--;
        }
        return samples.get(at);
    }

    private static boolean hasReached(Sample sample, Map<TopicPartition, Long> wanted) {
        return wanted.entrySet().stream()
                .allMatch(each -> sample.counts().getOrDefault(each.getKey(), 0L) >= each.getValue());
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
