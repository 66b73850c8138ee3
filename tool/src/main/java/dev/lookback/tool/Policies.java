package dev.lookback.tool;

import dev.lookback.app.OfficersFile;
import dev.lookback.app.PolicyLog;
import dev.lookback.config.LookbackConfig;
import dev.lookback.officers.Officers;
import dev.lookback.policy.PolicyHistory;
import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClass;
import dev.lookback.v1.RetentionPolicy;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The retention policies on record, verified. */
final class Policies {
    private final LookbackConfig config;
    private final PolicyLog.Reading reading;

    private Policies(LookbackConfig config, PolicyLog.Reading reading) {
        this.config = config;
        this.reading = reading;
    }

    /** Reads the topic; before it is created there are none. Needs the list of officers, to know whose change counts. */
    static Policies read(LookbackConfig config) {
        return new Policies(config, log(config).read());
    }

    /** The topic. */
    static PolicyLog log(LookbackConfig config) {
        return log(config, OfficersFile.load(config));
    }

    /** The topic, as these officers are believed. */
    static PolicyLog log(LookbackConfig config, Officers officers) {
        return new PolicyLog(config, officers, Kafka.impatience());
    }

    /** What the records come to. */
    PolicyHistory history() {
        return reading.history();
    }

    /** The policies of a class, oldest first; empty while the configured duration holds. */
    List<RetentionPolicy> of(RetentionClass retentionClass) {
        return history().of(retentionClass.name());
    }

    /** Records that change nothing though somebody wrote them. */
    List<PolicyLog.Entry> refused() {
        return reading.refused();
    }

    /** The cutoff of a class. */
    Cutoff cutoff(RetentionClass retentionClass) {
        return new Cutoff(retentionClass, of(retentionClass));
    }

    /**
     * How long the brokers have to keep each ledger: the duration in force, or the one that is about to be, if that is
     * longer.
     */
    Map<String, Duration> durations(InstantSource clock) {
        long now = clock.millis();
        Map<String, Duration> durations = new HashMap<>();
        for (RetentionClass each : config.retentionClasses().all()) {
            List<RetentionPolicy> policies = of(each);
            long latest =
                    policies.isEmpty() ? 0 : policies.get(policies.size() - 1).getDurationMillis();
            durations.put(
                    each.name(), Duration.ofMillis(Math.max(latest, cutoff(each).durationMillis(now))));
        }
        return durations;
    }
}
