package dev.lookback.config.acls;

import dev.lookback.config.LookbackConfig;
import dev.lookback.config.Role;
import dev.lookback.retention.RetentionClass;
import dev.lookback.topics.Topic;
import dev.lookback.topics.Topics;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/** What on a cluster is Lookback's: its topics, and the groups, internal topics and transactional ids of its applications. */
final class OwnResources {
    /** In acls.yaml: the ledger of every class. */
    private static final String LEDGERS = "lookups-enriched";

    private final LookbackConfig config;
    private final Map<String, List<String>> topics = new LinkedHashMap<>();

    /**
     * Those under a configuration.
     *
     * @throws ConfigException if a topic's name begins as internal topics do: then they cannot be told apart
     */
    OwnResources(LookbackConfig config) {
        this.config = config;
        int prefix = config.text(LookbackConfig.TOPIC_PREFIX).length();
        for (Topic<?, ?> each : config.topics().all(List.of(Topics.DEFAULT_CLASS))) {
            topics.put(each.name().substring(prefix), List.of(each.name()));
        }
        topics.put(
                LEDGERS,
                config.retentionClasses().all().stream()
                        .map(RetentionClass::name)
                        .map(each -> config.topics().ledger(each).name())
                        .toList());
        for (String topic : allTopics()) {
            if (isInternal(topic)) {
                throw new ConfigException("The topic " + topic + " begins as the internal topics of an application do; "
                        + LookbackConfig.TOPIC_PREFIX + " and " + LookbackConfig.APPLICATION_ID_PREFIX
                        + " must keep them apart, or ACLs cannot");
            }
        }
    }

    /** By the names that acls.yaml has for them. */
    Map<String, List<String>> topics() {
        return topics;
    }

    List<String> allTopics() {
        return topics.values().stream().flatMap(List::stream).toList();
    }

    ResourcePattern group(Role role) {
        return new ResourcePattern(ResourceType.GROUP, config.applicationId(role), PatternType.LITERAL);
    }

    /** Kafka Streams names what it makes for an application by its id and a hyphen. */
    ResourcePattern internalTopics(Role role) {
        return new ResourcePattern(ResourceType.TOPIC, internalPrefix(role), PatternType.PREFIXED);
    }

    ResourcePattern transactionalIds(Role role) {
        return new ResourcePattern(ResourceType.TRANSACTIONAL_ID, internalPrefix(role), PatternType.PREFIXED);
    }

    private String internalPrefix(Role role) {
        return config.applicationId(role) + "-";
    }

    private boolean isInternal(String name) {
        return Arrays.stream(Role.values()).anyMatch(each -> name.startsWith(internalPrefix(each)));
    }

    /** Whether a pattern fits nothing but what is Lookback's. */
    boolean includes(ResourcePattern pattern) {
        boolean prefixed = pattern.patternType() == PatternType.PREFIXED;
        return switch (pattern.resourceType()) {
            case TOPIC ->
                isInternal(pattern.name()) || (!prefixed && allTopics().contains(pattern.name()));
            case TRANSACTIONAL_ID -> isInternal(pattern.name());
            case GROUP -> !prefixed && groups().anyMatch(pattern.name()::equals);
            default -> false;
        };
    }

    /** Whether a pattern fits something that is Lookback's. */
    boolean isReachedBy(ResourcePattern pattern) {
        if (includes(pattern)) {
            return true;
        }
        boolean all = pattern.name().equals(ResourcePattern.WILDCARD_RESOURCE);
        boolean prefixed = pattern.patternType() == PatternType.PREFIXED;
        return names(pattern.resourceType()).anyMatch(name -> all || (prefixed && name.startsWith(pattern.name())));
    }

    /** Whole names, and beginnings of names. */
    private Stream<String> names(ResourceType type) {
        List<String> names = new ArrayList<>();
        switch (type) {
            case TOPIC -> {
                names.addAll(allTopics());
                Arrays.stream(Role.values()).map(this::internalPrefix).forEach(names::add);
            }
            case TRANSACTIONAL_ID ->
                Arrays.stream(Role.values()).map(this::internalPrefix).forEach(names::add);
            case GROUP -> groups().forEach(names::add);
            default -> {
                // Nothing else is Lookback's alone.
            }
        }
        return names.stream();
    }

    private Stream<String> groups() {
        return Arrays.stream(Role.values()).map(config::applicationId);
    }
}
