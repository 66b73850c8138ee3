package dev.lookback.config.bound;

import static dev.lookback.config.LookbackConfig.*;

import dev.lookback.config.ClientSettings;
import dev.lookback.config.Durations;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.Role;
import dev.lookback.config.bound.DiskBound.Holds;
import dev.lookback.retention.RetentionClass;
import dev.lookback.topics.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * How long bytes can stay in each place after they should be gone. docs/FORGETTING.md says why each sum is right; its
 * table is generated from here, and {@code lookback retention bound} works it out for a cluster as it is.
 */
public final class DiskBounds {
    /** The bound that every place keeps by default. */
    public static final Duration LIMIT = Duration.ofHours(24);

    /** Flush intervals after which space is reclaimed at the latest, though deletes still come; and one to flush them. */
    private static final int FLUSHES = 32;

    /** A due hour is wholly gone from the vault within this time at 10,000 lookups/s. */
    private static final Duration SWEEPING = Duration.ofMinutes(10);

    /** For RocksDB to rewrite what a sweep has touched, and for brokers to clean a topic. */
    private static final Duration REWRITING = Duration.ofMinutes(30);

    /** The vault looks several times in this time whether keys are to be destroyed. */
    private static final Duration DESTROYING_KEYS = Duration.ofMinutes(1);

    private static final String DEADLINE = "deadline";
    private static final String CLEANUP_DELAY = "state.cleanup.delay.ms";
    private static final String CLEANUP_DELAY_DEFAULT = "600000";

    private final InForce inForce;
    private final LookbackConfig config;
    private final Topics topics;
    private final List<DiskBound> bounds = new ArrayList<>();

    private DiskBounds(InForce inForce) {
        this.inForce = inForce;
        this.config = inForce.config();
        this.topics = config.topics();
    }

    /** The bound of each place. */
    public static List<DiskBound> of(InForce inForce) {
        DiskBounds all = new DiskBounds(inForce);
        all.published();
        for (RetentionClass each : inForce.config().retentionClasses().all()) {
            all.ledger(each);
            all.vault(each);
            all.copies(each);
        }
        all.casework();
        all.tokens();
        all.requests();
        return List.copyOf(all.bounds);
    }

    private void published() {
        String events = topics.lookupEvents().name();
        add("brokers: `" + events + "`", Holds.LOOKUPS, "the later of deadline and arrival", queue(events));
        String rejected = topics.lookupEventsRejected().name();
        add("brokers: `" + rejected + "`", Holds.LOOKUPS, "the later of deadline and rejection", queue(rejected));
    }

    private void ledger(RetentionClass retentionClass) {
        String ledger = topics.ledger(retentionClass.name()).name();
        Duration kept = inForce.duration(retentionClass);
        Term duration = Term.of("duration of " + retentionClass.name(), kept, Durations.format(kept));
        Term retention = retention(ledger);
        Duration beyond = retention.value() == null ? null : retention.value().minus(kept);
        add(
                "brokers: `" + ledger + "`",
                Holds.LOOKUPS,
                DEADLINE,
                Term.sum(
                        Term.shortest(setting(INGEST_MAX_LATE), duration),
                        new Term("(" + retention.sum() + " - " + duration.sum() + ")", beyond, retention.settings()),
                        ofTopic(ledger, "segment.ms"),
                        ofTopic(ledger, "message.timestamp.after.max.ms"),
                        deletion(ledger)));
    }

    private void vault(RetentionClass retentionClass) {
        Term forgotten = Term.sum(
                bucket(retentionClass),
                setting(VAULT_EXPIRY_GRACE),
                setting(VAULT_ORDER_REPEAT),
                setting(COMMIT_INTERVAL).times(2),
                setting(VAULT_FLUSH_INTERVAL).times(FLUSHES),
                setting(INGEST_PROGRESS_REPEAT).times(2)); // a standby commits when something comes, and no sooner
        String rows = "vault, `rows-" + retentionClass.name() + "`";
        add(rows + ": in charge and standby", Holds.LOOKUPS, DEADLINE, forgotten, SWEEPING.plus(REWRITING));
        add(
                rows + ": left behind by a task that has moved",
                Holds.LOOKUPS,
                DEADLINE,
                Term.sum(forgotten, cleanupDelay(Role.VAULT).times(2)),
                SWEEPING.plus(REWRITING));
    }

    /** Where lookups are encrypted: once the key is destroyed, no copy of them can be read, wherever it is. */
    private void copies(RetentionClass retentionClass) {
        if (!config.text(CUSTODY_CLASS).isBlank()) {
            add(
                    "whatever holds a copy of ledger or vault of class `" + retentionClass.name()
                            + "`, outside Lookback too: readable",
                    Holds.LOOKUPS,
                    DEADLINE,
                    Term.sum(bucket(retentionClass), setting(VAULT_EXPIRY_GRACE)),
                    DESTROYING_KEYS);
        }
    }

    private static Term bucket(RetentionClass retentionClass) {
        return Term.of(
                CLASS_PREFIX + retentionClass.name() + ".bucket",
                retentionClass.bucketWidth(),
                Durations.format(retentionClass.bucketWidth()));
    }

    private void casework() {
        String preserved = topics.preservedLookups().name();
        String end = "the end of the case";
        add("brokers: `" + preserved + "`", Holds.LOOKUPS, end, compacted(preserved), REWRITING);
        Term released = Term.sum(
                setting(CASEWORK_SLICE_INTERVAL),
                setting(CASEWORK_COMMIT_INTERVAL).times(4),
                setting(CASEWORK_FLUSH_INTERVAL).times(FLUSHES));
        add("casework, `preserved-copies`", Holds.LOOKUPS, end, released, REWRITING);
        add(
                "casework, `preserved-copies`: left behind by a crash",
                Holds.LOOKUPS,
                end,
                Term.sum(released, cleanupDelay(Role.CASEWORK).times(2)),
                REWRITING);
        String extracts = topics.legalRequestExtracts().name();
        add(
                "brokers: `" + extracts + "`",
                Holds.LOOKUPS,
                "the extract's own end (`retention.ms` of the topic after sealing: " + shown(retention(extracts)) + ")",
                retention(extracts).value() == null
                        ? retention(extracts)
                        : Term.sum(ofTopic(extracts, "segment.ms"), deletion(extracts)));
    }

    private void tokens() {
        for (RetentionClass each : config.retentionClasses().all()) {
            String ledger = topics.ledger(each.name()).name();
            add("brokers: tombstones in `" + ledger + "`", Holds.TOKENS, "the tombstone", queue(ledger));
        }
        String orders = topics.expiryOrders().name();
        add("brokers: `" + orders + "`", Holds.TOKENS, "the order", queue(orders));
        String erasures = topics.erasures().name();
        add("brokers: `" + erasures + "`", Holds.TOKENS, "the order", queue(erasures));
        String preserved = topics.preservedLookups().name();
        add(
                "brokers: tombstones in `" + preserved + "`",
                Holds.TOKENS,
                "the end of the case",
                Term.sum(
                        compacted(preserved),
                        ofTopic(preserved, "delete.retention.ms"),
                        ofTopic(preserved, "max.compaction.lag.ms")),
                REWRITING);
        String releases = topics.preservedReleases().name();
        add("brokers: `" + releases + "`", Holds.TOKENS, "the end of the case", queue(releases));
    }

    private void requests() {
        String tasks = topics.searchTasks().name();
        add("brokers: `" + tasks + "`", Holds.REQUESTS, "the request", queue(tasks));
        String requests = topics.legalRequests().name();
        add("brokers: `" + requests + "`", Holds.REQUESTS, "the request", queue(requests));
    }

    /** After a record came, in a topic of which whole segments go in time: that of the first that stays keeps the last. */
    private Term queue(String topic) {
        return Term.sum(retention(topic), ofTopic(topic, "segment.ms"), deletion(topic));
    }

    /** After a tombstone came: its segment must be closed, then the cleaner must be made to look at it. */
    private Term compacted(String topic) {
        return Term.sum(
                Term.longest(
                        ofTopic(topic, "max.compaction.lag.ms"),
                        Term.sum(ofTopic(topic, "segment.ms"), setting(CASEWORK_ROLL_INTERVAL))),
                ofBroker("log.cleaner.backoff.ms"),
                ofTopic(topic, "file.delete.delay.ms"));
    }

    private Term deletion(String topic) {
        return Term.sum(ofBroker("log.retention.check.interval.ms"), ofTopic(topic, "file.delete.delay.ms"));
    }

    private Term cleanupDelay(Role role) {
        Object delay = ClientSettings.streams(config, role).getOrDefault(CLEANUP_DELAY, CLEANUP_DELAY_DEFAULT);
        return Term.ofKafka("kafka." + CLEANUP_DELAY, delay.toString());
    }

    private Term setting(String name) {
        return Term.of(name, config.duration(name), config.text(name));
    }

    private Term ofTopic(String topic, String setting) {
        return Term.ofKafka(setting, inForce.ofTopic(topic, setting));
    }

    /** How long brokers keep segments: for ever where they are not told to delete any. */
    private Term retention(String topic) {
        boolean deletes = inForce.ofTopic(topic, "cleanup.policy").contains("delete");
        return deletes
                ? ofTopic(topic, "retention.ms")
                : Term.ofKafka("retention.ms", "-1"); // what is set has no effect
    }

    private Term ofBroker(String setting) {
        return Term.ofKafka(setting, inForce.ofBroker(setting));
    }

    private static String shown(Term term) {
        return term.value() == null ? "never" : Durations.format(term.value());
    }

    private void add(String place, Holds holds, String since, Term term) {
        add(place, holds, since, term, Duration.ZERO);
    }

    private void add(String place, Holds holds, String since, Term term, Duration work) {
        bounds.add(new DiskBound(place, holds, since, term.value(), work, term.sum(), Map.copyOf(term.settings())));
    }
}
