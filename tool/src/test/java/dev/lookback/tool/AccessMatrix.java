package dev.lookback.tool;

import static org.apache.kafka.common.acl.AclOperation.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigsOptions;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreatePartitionsOptions;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.Resource;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Tries every access of a principal to topics, groups, transactional ids and the cluster, and says which the brokers let
 * it have. Changes nothing that is refused or was allowed before: what is altered is only validated, what is deleted lies
 * before the first record. Groups must be empty, and every topic must hold a record in partition 0.
 */
final class AccessMatrix {
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(30);
    private static final ResourceType TOPIC = ResourceType.TOPIC;
    private static final String NOBODYS_TOPIC = "nobodys-topic";
    private static final Set<AclOperation> BRING_DESCRIBE = EnumSet.of(DESCRIBE, READ, WRITE, DELETE, ALTER);
    private static final Set<AclOperation> BRING_DESCRIBE_CONFIGS = EnumSet.of(DESCRIBE_CONFIGS, ALTER_CONFIGS);

    private final List<String> topics;
    private final List<String> groups;
    private final List<String> transactionalIds;

    /** An access that can be tried. */
    record Access(ResourceType type, String name, AclOperation operation) implements Comparable<Access> {
        @Override
        public int compareTo(Access other) {
            return toString().compareTo(other.toString());
        }

        @Override
        public String toString() {
            return operation + " " + type + " " + name;
        }
    }

    AccessMatrix(Collection<String> topics, Collection<String> groups) {
        this.topics = List.copyOf(topics);
        this.groups = List.copyOf(groups);
        this.transactionalIds = groups.stream().map(each -> each + "-tried").toList();
    }

    /** How many accesses are tried. */
    int size() {
        return topics.size() * 8 + groups.size() * 3 + transactionalIds.size() * 2 + 5;
    }

    // ---- what ACLs say

    /** Those of the accesses that ACLs of a principal allow, by the rules of Kafka's documentation. */
    Set<Access> allowedBy(Collection<AclBinding> acls, String principal) {
        Set<Access> allowed = new TreeSet<>();
        for (AclBinding acl : acls) {
            if (acl.entry().principal().equals(principal)) {
                names(acl.pattern())
                        .forEach(name -> implied(acl.entry().operation())
                                .forEach(operation ->
                                        allowed.add(new Access(acl.pattern().resourceType(), name, operation))));
            }
        }
        return allowed;
    }

    private List<String> names(ResourcePattern pattern) {
        List<String> all = switch (pattern.resourceType()) {
            case TOPIC -> topics;
            case GROUP -> groups;
            case TRANSACTIONAL_ID -> transactionalIds;
            case CLUSTER -> List.of(Resource.CLUSTER_NAME);
            default -> throw new AssertionError(pattern);
        };
        boolean prefixed = pattern.patternType() == PatternType.PREFIXED;
        return all.stream()
                .filter(name -> prefixed ? name.startsWith(pattern.name()) : name.equals(pattern.name()))
                .toList();
    }

    private static Set<AclOperation> implied(AclOperation operation) {
        Set<AclOperation> all = EnumSet.of(operation);
        if (BRING_DESCRIBE.contains(operation)) {
            all.add(DESCRIBE);
        }
        if (BRING_DESCRIBE_CONFIGS.contains(operation)) {
            all.add(DESCRIBE_CONFIGS);
        }
        return all;
    }

    // ---- what brokers do

    /** Tries all. */
    Set<Access> tried(Map<String, Object> client) throws Exception {
        Set<Access> had = new TreeSet<>();
        try (Admin admin = Admin.create(client)) {
            tryToSeeAndChangeTopics(admin, had);
            tryToDelete(admin, had);
            tryGroups(admin, had);
            tryTransactionalIds(admin, had);
            tryCluster(admin, had);
        }
        tryToRead(client, had);
        tryToWrite(client, had);
        return had;
    }

    private void tryToSeeAndChangeTopics(Admin admin, Set<Access> had) throws Exception {
        collect(had, TOPIC, DESCRIBE, admin.describeTopics(topics).topicNameValues(), Function.identity());
        List<ConfigResource> resources =
                topics.stream().map(AccessMatrix::topicResource).toList();
        collect(had, TOPIC, DESCRIBE_CONFIGS, admin.describeConfigs(resources).values(), ConfigResource::name);
        Collection<AlterConfigOp> alteration =
                List.of(new AlterConfigOp(new ConfigEntry("segment.bytes", "1073741824"), AlterConfigOp.OpType.SET));
        collect(
                had,
                TOPIC,
                ALTER_CONFIGS,
                admin.incrementalAlterConfigs(
                                resources.stream().collect(Collectors.toMap(Function.identity(), each -> alteration)),
                                new AlterConfigsOptions().validateOnly(true))
                        .values(),
                ConfigResource::name);
        collect(
                had,
                TOPIC,
                ALTER,
                admin.createPartitions(
                                topics.stream()
                                        .collect(Collectors.toMap(
                                                Function.identity(), each -> NewPartitions.increaseTo(64))),
                                new CreatePartitionsOptions().validateOnly(true))
                        .values(),
                Function.identity());
        collect(
                had,
                TOPIC,
                CREATE,
                admin.createTopics(
                                topics.stream()
                                        .map(each -> new NewTopic(each, 1, (short) 1))
                                        .toList(),
                                new CreateTopicsOptions().validateOnly(true))
                        .values(),
                Function.identity());
    }

    private void tryToDelete(Admin admin, Set<Access> had) throws Exception {
        Map<TopicPartition, RecordsToDelete> none = new HashMap<>();
        topics.forEach(each -> none.put(new TopicPartition(each, 0), RecordsToDelete.beforeOffset(0)));
        collect(had, TOPIC, DELETE, admin.deleteRecords(none).lowWatermarks(), TopicPartition::topic);
        List<String> refused = topics.stream()
                .filter(each -> !had.contains(new Access(TOPIC, each, DELETE)))
                .toList();
        Set<Access> deleted = new HashSet<>();
        collect(deleted, TOPIC, DELETE, admin.deleteTopics(refused).topicNameValues(), Function.identity());
        assertThat(deleted).as("topics that were deleted").isEmpty();
    }

    private void tryGroups(Admin admin, Set<Access> had) throws Exception {
        TopicPartition any = new TopicPartition(topics.get(0), 0);
        for (String group : groups) {
            collect(
                    had,
                    ResourceType.GROUP,
                    DESCRIBE,
                    Map.of(group, admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata()),
                    Function.identity());
            Future<?> commit = admin.alterConsumerGroupOffsets(group, Map.of(any, new OffsetAndMetadata(0)))
                    .all();
            if (isAllowed(commit, GroupAuthorizationException.class)) { // the topic is another matter
                had.add(new Access(ResourceType.GROUP, group, READ));
            }
        }
        collect(
                had,
                ResourceType.GROUP,
                DELETE,
                admin.deleteConsumerGroups(groups).deletedGroups(),
                Function.identity());
    }

    private void tryTransactionalIds(Admin admin, Set<Access> had) throws Exception {
        ResourceType type = ResourceType.TRANSACTIONAL_ID;
        collect(had, type, WRITE, admin.fenceProducers(transactionalIds).fencedProducers(), Function.identity());
        Map<String, Future<?>> descriptions = new HashMap<>();
        for (String each : transactionalIds) {
            descriptions.put(each, admin.describeTransactions(List.of(each)).description(each));
        }
        collect(had, type, DESCRIBE, descriptions, Function.identity());
    }

    private static void tryCluster(Admin admin, Set<Access> had) throws Exception {
        ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, "1");
        AclBinding acl = new AclBinding(
                new ResourcePattern(ResourceType.TOPIC, NOBODYS_TOPIC, PatternType.LITERAL),
                new AccessControlEntry("User:nobody", "*", READ, AclPermissionType.ALLOW));
        Collection<AlterConfigOp> alteration =
                List.of(new AlterConfigOp(new ConfigEntry("log.cleaner.threads", "1"), AlterConfigOp.OpType.SET));
        Map<AclOperation, Future<?>> answers = Map.of(
                DESCRIBE, admin.describeAcls(AclBindingFilter.ANY).values(),
                DESCRIBE_CONFIGS, admin.describeConfigs(List.of(broker)).all(),
                ALTER, admin.createAcls(List.of(acl)).all(),
                ALTER_CONFIGS,
                        admin.incrementalAlterConfigs(
                                        Map.of(broker, alteration), new AlterConfigsOptions().validateOnly(true))
                                .all(),
                CREATE,
                        admin.createTopics(
                                        List.of(new NewTopic(NOBODYS_TOPIC, 1, (short) 1)),
                                        new CreateTopicsOptions().validateOnly(true))
                                .all());
        for (Map.Entry<AclOperation, Future<?>> each : answers.entrySet()) {
            if (isAllowed(each.getValue())) {
                had.add(new Access(ResourceType.CLUSTER, Resource.CLUSTER_NAME, each.getKey()));
            }
        }
    }

    private static <K> void collect(
            Set<Access> had,
            ResourceType type,
            AclOperation operation,
            Map<K, ? extends Future<?>> answers,
            Function<K, String> name)
            throws Exception {
        for (Map.Entry<K, ? extends Future<?>> each : answers.entrySet()) {
            if (isAllowed(each.getValue())) {
                had.add(new Access(type, name.apply(each.getKey()), operation));
            }
        }
    }

    /** Whatever comes after authorization means that it was allowed; but only what is to be expected here. */
    private static boolean isAllowed(Future<?> answer) throws InterruptedException {
        return isAllowed(answer, AuthorizationException.class);
    }

    private static boolean isAllowed(Future<?> answer, Class<? extends AuthorizationException> refusal)
            throws InterruptedException {
        try {
            answer.get();
            return true;
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (refusal.isInstance(cause)) {
                return false;
            }
            boolean expected = cause instanceof AuthorizationException // to something else
                    || cause instanceof TopicExistsException // what is to be created is there
                    || cause instanceof PolicyViolationException // a compacted topic's records cannot be deleted
                    || cause instanceof org.apache.kafka.common.errors.TransactionalIdNotFoundException;
            assertThat(expected).as("an answer other than %s", cause).isTrue();
            return true;
        }
    }

    private void tryToRead(Map<String, Object> client, Set<Access> had) {
        Map<String, Object> settings = new HashMap<>(client);
        settings.put("enable.auto.commit", false);
        settings.put("auto.offset.reset", "earliest");
        settings.put("fetch.max.wait.ms", 100);
        settings.put("retry.backoff.ms", 5);
        Set<String> untold = new HashSet<>(topics);
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            for (long polls = ANSWER_LIMIT.toMillis() / 100; !untold.isEmpty(); polls--) {
                if (polls == 0) {
                    fail("neither read nor refused: %s", untold);
                }
                consumer.assign(
                        untold.stream().map(each -> new TopicPartition(each, 0)).toList());
                try {
                    consumer.poll(Duration.ofMillis(100)).partitions().forEach(each -> {
                        had.add(new Access(TOPIC, each.topic(), READ));
                        untold.remove(each.topic());
                    });
                } catch (TopicAuthorizationException e) {
                    untold.removeAll(e.unauthorizedTopics());
                }
            }
        }
    }

    private void tryToWrite(Map<String, Object> client, Set<Access> had) throws Exception {
        Map<String, Object> settings = new HashMap<>(client);
        settings.put("enable.idempotence", false); // it would need a right of its own to begin with
        settings.put("linger.ms", 0);
        settings.put("retry.backoff.ms", 5);
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (String topic : topics) {
                if (isAllowed(producer.send(record(topic)))) {
                    had.add(new Access(TOPIC, topic, WRITE));
                }
            }
        }
    }

    /** Puts a record into partition 0 of every topic. */
    void seed(Map<String, Object> client) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(client, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (String topic : topics) {
                producer.send(record(topic)).get();
            }
        }
    }

    private static ProducerRecord<byte[], byte[]> record(String topic) {
        byte[] bytes = "a record of a test".getBytes(StandardCharsets.UTF_8);
        return new ProducerRecord<>(topic, 0, Arrays.copyOf(bytes, bytes.length), bytes);
    }

    private static ConfigResource topicResource(String topic) {
        return new ConfigResource(ConfigResource.Type.TOPIC, topic);
    }
}
