package dev.lookback.tool;

import dev.lookback.config.Durations;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.topics.Change;
import dev.lookback.policy.PolicyHistory;
import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClass;
import dev.lookback.seal.Instants;
import dev.lookback.tool.LedgerCount.Count;
import dev.lookback.v1.RetentionPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.errors.TopicAuthorizationException;

/**
 * What a change of duration would do, said beforehand. Instants in milliseconds since the epoch.
 *
 * @param from in force now
 * @param to asked for
 * @param cutoff what occurred up to here is forgotten already, and stays so
 * @param affectedUpTo the lookups after the cutoff and up to here are those that the change forgets or keeps
 * @param resumesAt a lengthening: until then nothing is forgotten; else 0
 * @param lookups how many those are
 * @param brokers what would be altered on the brokers
 * @param filesFollow how long after a lookup's deadline, at most, the brokers' files still hold it
 */
record RetentionPlan(
        RetentionClass retentionClass,
        Duration from,
        Duration to,
        long now,
        long cutoff,
        long affectedUpTo,
        long resumesAt,
        Count lookups,
        List<Change> brokers,
        Duration filesFollow,
        Duration maxLate) {

    /** More records than this are not read to answer a question on the way. */
    private static final long QUICKLY_READ = 1_000_000;

    private static final Duration LEDGER_MARGIN = Duration.ofHours(1);

    /** How hard to look. */
    enum Effort {
        /** Count, however long it takes. */
        COUNT,
        /** Count if that is quick. */
        QUICK,
        /** Ask for offsets alone. */
        ESTIMATE
    }

    /** Works it out. */
    static RetentionPlan of(
            LookbackConfig config,
            Console console,
            Policies policies,
            RetentionClass retentionClass,
            Duration to,
            long now,
            Effort effort) {
        Cutoff cutoff = policies.cutoff(retentionClass);
        List<RetentionPolicy> history = policies.of(retentionClass);
        Duration from = Duration.ofMillis(
                history.isEmpty()
                        ? cutoff.durationMillis(now)
                        : history.get(history.size() - 1).getDurationMillis());
        long forgotten = cutoff.at(now);
        long affectedUpTo;
        long resumesAt = 0;
        if (to.compareTo(from) < 0) {
            affectedUpTo = Math.max(forgotten, now - to.toMillis());
        } else {
            // Where the shorter duration would have got to by the time the longer one catches up.
            long inForceFrom = now + PolicyHistory.LEAD.toMillis();
            resumesAt = Math.max(inForceFrom, cutoff.at(inForceFrom) + to.toMillis());
            affectedUpTo = Math.min(now, cutoff.at(resumesAt));
        }
        Count count = count(config, console, retentionClass, forgotten, affectedUpTo, effort);
        LedgerSettings brokers = new LedgerSettings(config, retentionClass);
        List<Change> changes = brokers.changes(to).stream()
                .filter(Change.Alter.class::isInstance)
                .toList();
        Duration maxLate = config.duration(LookbackConfig.INGEST_MAX_LATE);
        Duration filesFollow = maxLate.plus(config.duration(LookbackConfig.INGEST_MAX_FUTURE))
                .plus(LEDGER_MARGIN)
                .plus(brokers.segment(to));
        return new RetentionPlan(
                retentionClass,
                from,
                to,
                now,
                forgotten,
                affectedUpTo,
                resumesAt,
                count,
                changes,
                filesFollow,
                maxLate);
    }

    private static Count count(
            LookbackConfig config,
            Console console,
            RetentionClass retentionClass,
            long after,
            long upTo,
            Effort effort) {
        try (Consumer<byte[], byte[]> consumer = Kafka.consumer(config)) {
            LedgerCount ledger = new LedgerCount(config, console, retentionClass, consumer, after, upTo);
            Count estimate = ledger.estimate();
            boolean quick = effort == Effort.QUICK && estimate.lookups() <= QUICKLY_READ;
            if (effort != Effort.COUNT && !quick) {
                return estimate;
            }
            try {
                return ledger.count(consumer, after, upTo);
            } catch (TopicAuthorizationException e) {
                if (effort == Effort.COUNT) {
                    throw e;
                }
                // Whoever may change a duration need not be let read lookups: the estimate has to do.
                console.progressDone();
                return estimate;
            }
        }
    }

    /** Whether it takes two officers, and forgets. */
    boolean shortens() {
        return to.compareTo(from) < 0;
    }

    /** For people. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        String affected = affectedUpTo <= cutoff
                ? "none"
                : "those that occurred after " + Instants.format(cutoff) + " and up to "
                        + Instants.format(affectedUpTo);
        lines.add("Lookups of class " + retentionClass.name() + " are kept for " + Durations.format(from)
                + "; from then on for " + Durations.format(to) + ".");
        if (shortens()) {
            lines.add("Forgotten at once, and for good: " + number() + " (" + affected + "). Two officers must sign.");
            lines.add("Still readable: what occurred after " + Instants.format(affectedUpTo) + ", each until "
                    + Durations.format(to) + " after it occurred.");
            lines.add("The vault drops a bucket (" + Durations.format(retentionClass.bucketWidth())
                    + ") once all of it is past; the brokers' files follow within " + Durations.format(filesFollow)
                    + ": by " + Instants.format(now + filesFollow.toMillis()) + " if it were done now.");
        } else {
            lines.add("Kept though they would have been forgotten by " + Instants.format(resumesAt) + ": " + number()
                    + " (" + affected + ").");
            lines.add("In force " + Durations.format(PolicyHistory.LEAD)
                    + " after it is signed. From then until " + Instants.format(resumesAt)
                    + " nothing is forgotten.");
            lines.add("What occurred up to " + Instants.format(cutoff)
                    + " is forgotten, and stays so. Each later lookup is readable until " + Durations.format(to)
                    + " after it occurred; the brokers' files follow within " + Durations.format(filesFollow) + ".");
        }
        brokers.forEach(change -> lines.add("On the brokers: " + change));
        if (to.compareTo(maxLate) < 0) {
            lines.add("Note: lookups that arrive later than " + Durations.format(to)
                    + " after they occurred are not admitted (EXPIRED_ON_ARRIVAL), though "
                    + LookbackConfig.INGEST_MAX_LATE
                    + " is " + Durations.format(maxLate) + ".");
        }
        return lines;
    }

    private String number() {
        return switch (lookups.certainty()) {
                    case EXACT -> "";
                    case ABOUT -> "about ";
                    case AT_MOST -> "at most ";
                }
                + Console.count(lookups.lookups())
                + (lookups.lookups() == 1 ? " lookup" : " lookups");
    }

    /** For machines. */
    Map<String, Object> toJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("class", retentionClass.name());
        json.put("from", Durations.format(from));
        json.put("to", Durations.format(to));
        json.put("officersNeeded", shortens() ? 2 : 1);
        json.put("effect", shortens() ? "FORGETS" : "KEEPS");
        json.put("lookups", lookups.lookups());
        json.put("certainty", lookups.certainty().name());
        json.put("occurredAfter", Instants.format(cutoff));
        json.put("occurredUpTo", Instants.format(Math.max(cutoff, affectedUpTo)));
        json.put("nothingForgottenUntil", resumesAt == 0 ? null : Instants.format(resumesAt));
        json.put("filesFollowWithin", Durations.format(filesFollow));
        json.put("brokers", brokers.stream().map(Change::toString).toList());
        return json;
    }
}
