package dev.lookback.config;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.MetadataRecoveryStrategy;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.streams.StreamsConfig;
import org.jspecify.annotations.Nullable;

/**
 * What Kafka's clients are given: defaults chosen for Lookback, each with its reason, under whatever {@code kafka.*}
 * says, or {@code ingest.kafka.*} and the like for the clients of one role. Only what follows from the design (guarantee, isolation, ids) cannot be overridden; LookbackConfig refuses it.
 */
public final class ClientSettings {
    private static final String MAIN = "main.consumer.";
    private static final String CONSUMER = "consumer.";
    private static final String RESTORE = "restore.consumer.";
    private static final String PRODUCER = "producer.";
    private static final String ADMIN = "admin.";
    private static final String TOPIC = "topic.";
    private static final String COMMON = "";

    /**
     * Changelogs of open searches and cases hold what requests say. By Kafka's defaults what is overwritten there would
     * stay for a week at least; so they are cleaned like preserved-lookups.
     */
    private static final long CHANGELOG_SEGMENT_MS = 6 * 3_600_000L;

    private static final long CHANGELOG_CLEANED_MS = 12 * 3_600_000L;

    /** Cheapest codec by CPU for its ratio; a lookup's fields repeat from record to record. */
    private static final String COMPRESSION = "lz4";

    /** 16 KiB, Kafka's default, is some 80 lookups: too few to compress well or to pay for a request. */
    private static final int BATCH_BYTES = 256 * 1024;

    /** Lets batches fill at rates below the maximum. The vault is in no hurry of milliseconds. */
    private static final int LINGER_MS = 20;

    /** At 100,000 lookups/s each of 12 partitions gets some 120 KB in it: fewer batches and requests for brokers to handle. */
    private static final int INGEST_LINGER_MS = 100;

    /** Casework commits each 100 ms and then waits for what lingers, so lingering long buys nothing. */
    private static final int CASEWORK_LINGER_MS = 2;

    /** Room for batches under way: 64 MiB, so that a short stall of a broker does not block the thread. */
    private static final long SEND_BUFFER_BYTES = 64L * 1024 * 1024;

    /** 500, Kafka's default, spends much of a thread's time in polls: 5,000 lookups take about 30 ms. */
    private static final int POLL_RECORDS = 5_000;

    /** As many as a poll may bring, or a partition is paused and resumed at every poll. */
    private static final int BUFFERED_RECORDS = 5_000;

    /**
     * 1 MiB, Kafka's default, is at most four of our batches: a reader that lags wants more of each partition. For restoring the
     * default is better: large answers grow old in memory, and the collector copies them.
     */
    private static final int PARTITION_FETCH_BYTES = 4 * 1024 * 1024;

    /** Who has read all there is and closes still waits for the next answer, which comes after 500 ms by Kafka's default. */
    private static final int READER_WAIT_MS = 50;

    /** After a kill -9, partitions wait this long for their dead owner; Kafka's default is 45 s. */
    private static final int SESSION_TIMEOUT_MS = 10_000;

    private static final int HEARTBEAT_MS = 3_000;

    /** How soon an instance that was added is given what it has restored; Kafka's default is 10 minutes. */
    private static final long PROBING_REBALANCE_MS = 60_000;

    /**
     * How far behind its ledger's end an instance may be to be given a partition: restoring takes seconds for so many
     * rows. Kafka's default, 10,000, is less than what comes between two commits at 20,000 lookups/s: a restarted instance
     * would never get its share again.
     */
    private static final long NEARLY_RESTORED_ROWS = 500_000;

    /**
     * An admin client of 4.3.1 that finds no broker begins anew without a pause, and says so each time: 33,000 lines a
     * second while all brokers were away.
     */
    private static final String KEEP_LOOKING = MetadataRecoveryStrategy.NONE.name;

    /** Ticks are a few bytes, and the next comes in a second: better lost than late. */
    private static final int TICK_DELIVERY_MS = 10_000;

    private static final int TICK_REQUEST_MS = 5_000;

    private final LookbackConfig config;
    private final Map<String, String> user;
    private final Map<String, Object> settings = new HashMap<>();

    private ClientSettings(LookbackConfig config, @Nullable Role role) {
        this.config = config;
        this.user = config.kafkaSettings(role);
    }

    /** For the Kafka Streams application of a role. */
    public static Map<String, Object> streams(LookbackConfig config, Role role) {
        ClientSettings all = new ClientSettings(config, role);
        all.common(role);
        switch (role) {
            case INGEST -> all.repeatable(LookbackConfig.INGEST_THREADS, INGEST_LINGER_MS);
            case VAULT -> {
                all.repeatable(LookbackConfig.VAULT_THREADS, LINGER_MS);
                all.fixed(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, config.integer(LookbackConfig.VAULT_STANDBYS));
                all.otherwise(COMMON, StreamsConfig.PROBING_REBALANCE_INTERVAL_MS_CONFIG, PROBING_REBALANCE_MS);
                all.otherwise(COMMON, StreamsConfig.ACCEPTABLE_RECOVERY_LAG_CONFIG, NEARLY_RESTORED_ROWS);
                // Casework writes search tasks in transactions: an aborted one must never be searched.
                all.fixed(CONSUMER + ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
            }
            case CASEWORK -> all.exactlyOnce();
        }
        all.settings.putAll(all.user);
        return all.settings;
    }

    /** For an admin client. */
    public static Map<String, Object> admin(LookbackConfig config) {
        return admin(config, null);
    }

    /** The same on behalf of a role, under its own settings; null: of the process. */
    public static Map<String, Object> admin(LookbackConfig config, @Nullable Role role) {
        ClientSettings all = new ClientSettings(config, role);
        all.client(ADMIN, AdminClientConfig.configNames());
        all.settings.putIfAbsent(AdminClientConfig.METADATA_RECOVERY_STRATEGY_CONFIG, KEEP_LOOKING);
        return all.settings;
    }

    /** For a producer outside the topologies: commands, policies, samples. Serializers are the caller's. */
    public static Map<String, Object> producer(LookbackConfig config) {
        return producer(config, null);
    }

    private static Map<String, Object> producer(LookbackConfig config, @Nullable Role role) {
        ClientSettings all = new ClientSettings(config, role);
        all.client(PRODUCER, ProducerConfig.configNames());
        all.settings.putIfAbsent(ProducerConfig.COMPRESSION_TYPE_CONFIG, COMPRESSION);
        all.settings.putIfAbsent(ProducerConfig.BATCH_SIZE_CONFIG, BATCH_BYTES);
        all.settings.putIfAbsent(ProducerConfig.LINGER_MS_CONFIG, LINGER_MS);
        all.settings.putIfAbsent(ProducerConfig.BUFFER_MEMORY_CONFIG, SEND_BUFFER_BYTES);
        return all.settings;
    }

    /**
     * For a producer of what is of use only now, such as ticks: what cannot be delivered soon is dropped.
     *
     * @param role on whose behalf it writes; null: the process's
     */
    public static Map<String, Object> tickProducer(LookbackConfig config, @Nullable Role role) {
        Map<String, Object> settings = producer(config, role);
        settings.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, TICK_REQUEST_MS);
        settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, TICK_DELIVERY_MS);
        settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, TICK_DELIVERY_MS);
        return settings;
    }

    /** For a consumer outside the topologies, which reads committed records from the start. Deserializers are the caller's. */
    public static Map<String, Object> consumer(LookbackConfig config) {
        ClientSettings all = new ClientSettings(config, null);
        all.client(CONSUMER, ConsumerConfig.configNames());
        all.settings.putIfAbsent(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, POLL_RECORDS);
        all.settings.putIfAbsent(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, PARTITION_FETCH_BYTES);
        all.settings.putIfAbsent(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, READER_WAIT_MS);
        all.settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        all.settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        all.settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        return all.settings;
    }

    /** The directory in which a role keeps its state. */
    public static Path stateDir(LookbackConfig config, Role role) {
        return Path.of(config.text(LookbackConfig.STATE_DIR), role.label());
    }

    private void common(Role role) {
        fixed(StreamsConfig.APPLICATION_ID_CONFIG, config.applicationId(role));
        fixed(StreamsConfig.STATE_DIR_CONFIG, stateDir(config, role).toString());
        // Streams stamps what a punctuation writes to a changelog with the machine's clock; brokers refuse what is
        // dated more than an hour ahead of theirs, and a machine's clock may be.
        otherwise(
                COMMON,
                StreamsConfig.topicPrefix(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG),
                TimestampType.LOG_APPEND_TIME.name);
        // A rename of a store or an internal topic is a migration; so nothing may be named by counting.
        otherwise(COMMON, StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, true);
        // No topology aggregates: a cache of records would only be memory.
        otherwise(COMMON, StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0L);
        otherwise(COMMON, StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, BUFFERED_RECORDS);
        otherwise(MAIN, ConsumerConfig.MAX_POLL_RECORDS_CONFIG, POLL_RECORDS);
        otherwise(RESTORE, ConsumerConfig.MAX_POLL_RECORDS_CONFIG, POLL_RECORDS);
        otherwise(MAIN, ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, PARTITION_FETCH_BYTES);
        otherwise(MAIN, ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, SESSION_TIMEOUT_MS);
        otherwise(MAIN, ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, HEARTBEAT_MS);
        otherwise(PRODUCER, ProducerConfig.COMPRESSION_TYPE_CONFIG, COMPRESSION);
        otherwise(PRODUCER, ProducerConfig.BATCH_SIZE_CONFIG, BATCH_BYTES);
        otherwise(PRODUCER, ProducerConfig.BUFFER_MEMORY_CONFIG, SEND_BUFFER_BYTES);
        otherwise(ADMIN, AdminClientConfig.METADATA_RECOVERY_STRATEGY_CONFIG, KEEP_LOOKING);
        otherwise(TOPIC, TopicConfig.SEGMENT_MS_CONFIG, CHANGELOG_SEGMENT_MS);
        otherwise(TOPIC, TopicConfig.MAX_COMPACTION_LAG_MS_CONFIG, CHANGELOG_CLEANED_MS);
    }

    /** Ingest and vault: what they write is keyed by what it is about, so a repetition changes nothing. */
    private void repeatable(String threads, int lingerMillis) {
        fixed(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.AT_LEAST_ONCE);
        fixed(StreamsConfig.NUM_STREAM_THREADS_CONFIG, config.integer(threads));
        fixed(
                StreamsConfig.COMMIT_INTERVAL_MS_CONFIG,
                config.duration(LookbackConfig.COMMIT_INTERVAL).toMillis());
        otherwise(PRODUCER, ProducerConfig.LINGER_MS_CONFIG, lingerMillis);
        // No processor of theirs minds the order of records from different topics; what must be ordered says so itself
        // (positions, ticks). Waiting for empty inputs would only cost: Streams 4.3.1 formats a log line for each.
        otherwise(COMMON, StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, StreamsConfig.MAX_TASK_IDLE_MS_DISABLED);
        // A batch that expired while later ones got through would leave a gap before a progress record, or before the
        // END of a search, which both say that all before them has been written.
        fixed(PRODUCER + ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, Integer.MAX_VALUE);
        fixed(StreamsConfig.PRODUCTION_EXCEPTION_HANDLER_CLASS_CONFIG, FailedSend.class);
    }

    private void exactlyOnce() {
        fixed(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        fixed(StreamsConfig.NUM_STREAM_THREADS_CONFIG, config.integer(LookbackConfig.CASEWORK_THREADS));
        fixed(
                StreamsConfig.COMMIT_INTERVAL_MS_CONFIG,
                config.duration(LookbackConfig.CASEWORK_COMMIT_INTERVAL).toMillis());
        // For every consumer, not main.consumer. alone: preserved copies are restored, too.
        fixed(CONSUMER + ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        otherwise(PRODUCER, ProducerConfig.LINGER_MS_CONFIG, CASEWORK_LINGER_MS);
        otherwise(COMMON, StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, StoreMemory.class);
        fixed(StoreMemory.BYTES, config.longInteger(LookbackConfig.CASEWORK_MEMORY_BYTES));
    }

    private void fixed(String name, Object value) {
        settings.put(name, value);
    }

    /** A default, unless the user has set the name for this kind of client, or for all. */
    private void otherwise(String prefix, String name, Object value) {
        List<String> wider = prefix.equals(MAIN) || prefix.equals(RESTORE)
                ? List.of(prefix, CONSUMER, COMMON)
                : List.of(prefix, COMMON);
        if (wider.stream().noneMatch(each -> user.containsKey(each + name))) {
            settings.put(prefix + name, value);
        }
    }

    /** The user's settings that concern one kind of client: those it knows, and plug-ins' that nobody knows. */
    private void client(String prefix, Set<String> known) {
        user.forEach((name, value) -> {
            boolean plain = KafkaNames.withoutPrefix(name).equals(name);
            if (plain && (known.contains(name) || KafkaNames.key(name) == null)) {
                settings.put(name, value);
            }
        });
        user.forEach((name, value) -> {
            if (name.startsWith(prefix)) {
                settings.put(name.substring(prefix.length()), value);
            }
        });
    }
}
