package dev.lookback.tool;

import dev.lookback.config.LookbackConfig;
import dev.lookback.config.topics.Change;
import dev.lookback.config.topics.TopicAdmin;
import dev.lookback.config.topics.TopicPlan;
import dev.lookback.config.topics.TopicsFile;
import dev.lookback.retention.RetentionClass;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.TopicConfig;

/** What the brokers have been told about one class's ledger: how long they keep it, and in files of what age. */
final class LedgerSettings {
    private final LookbackConfig config;
    private final String retentionClass;
    private final String ledger;

    LedgerSettings(LookbackConfig config, RetentionClass retentionClass) {
        this.config = config;
        this.retentionClass = retentionClass.name();
        this.ledger = config.topics().ledger(retentionClass.name()).name();
    }

    /** Name of the ledger. */
    String ledger() {
        return ledger;
    }

    /** What is to be changed on the brokers so that the ledger fits a duration. */
    List<Change> changes(Duration duration) {
        try (Admin admin = Kafka.admin(config)) {
            return new TopicAdmin(admin, config)
                    .plan(Map.of(retentionClass, duration)).changes().stream()
                            .filter(change -> change.topic().equals(ledger))
                            .toList();
        }
    }

    /** The age at which a file of the ledger is closed, under a duration: it goes as a whole. */
    Duration segment(Duration duration) {
        return TopicsFile.load(config).wanted(Map.of(retentionClass, duration)).stream()
                .filter(topic -> topic.name().equals(ledger))
                .map(topic -> topic.settings().get(TopicConfig.SEGMENT_MS_CONFIG))
                .filter(Objects::nonNull)
                .map(setting -> Duration.ofMillis(Long.parseLong(setting.value())))
                .findFirst()
                .orElse(Duration.ZERO);
    }

    /**
     * Does nothing if the ledger is there.
     *
     * @throws ToolException if it is not
     */
    void requirePresent() {
        if (changes(Duration.ofDays(1)).stream().anyMatch(Change.Create.class::isInstance)) {
            throw ToolException.usage("Class " + retentionClass + " has no ledger on the brokers (" + ledger + "): "
                    + TopicPlan.REMEDY + " creates it, and the application takes it up when it is started anew");
        }
    }

    /**
     * Alters them.
     *
     * @throws KafkaException if the brokers refuse, or do not answer
     */
    void fit(Duration duration) {
        List<Change> alterations = changes(duration).stream()
                .filter(Change.Alter.class::isInstance)
                .toList();
        try (Admin admin = Kafka.admin(config)) {
            new TopicAdmin(admin, config).apply(new TopicPlan(alterations));
        }
    }
}
