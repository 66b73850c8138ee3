package dev.lookback.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lookback.casework.Command;
import dev.lookback.casework.CommandCodec;
import dev.lookback.config.ClientSettings;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.Role;
import dev.lookback.disclosure.InstrumentType;
import dev.lookback.e2e.Instance.Holding;
import dev.lookback.e2e.Instance.Slice;
import dev.lookback.local.LocalStack;
import dev.lookback.local.OpenPolicy;
import dev.lookback.local.SampleTraffic;
import dev.lookback.local.TrafficPublisher;
import dev.lookback.seal.Extract;
import dev.lookback.seal.ExtractVerifier;
import dev.lookback.seal.KeyFiles;
import dev.lookback.seal.Manifest;
import dev.lookback.topics.RequestPartitioner;
import dev.lookback.topics.Topics;
import dev.lookback.v1.CaseState;
import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.ExpiryOrder;
import dev.lookback.v1.ExpiryReceipt;
import dev.lookback.v1.ExtractManifest;
import dev.lookback.v1.ExtractRecord;
import dev.lookback.v1.LegalRequestCommand;
import dev.lookback.v1.LegalRequestStatus;
import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.RejectedLookup;
import dev.lookback.v1.SelectorRole;
import dev.lookback.v1.SignedCommand;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real broker, a real registry and two processes of the application that can be killed, with a class `short` kept for
 * seconds, traffic, a naive {@link Model} of what must be there, and officers who file requests.
 */
abstract class RealCluster {
    static final long SEED = Long.getLong("lookback.seed", System.nanoTime() & 0xFFFF);
    static final int REQUESTERS = 5_000;
    static final int PARTITIONS = 4;
    static final Duration LIMIT = Duration.ofSeconds(180);
    static final Clock CLOCK = Clock.systemUTC();
    static final Command.Instrument COURT_ORDER = new Command.Instrument(
            InstrumentType.COURT_ORDER, "2026/1", "District Court", "Example", null, null, "0".repeat(64));
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Traffic asks about some words that are no handles, and occur anywhere. */
    private static final int LEAST_HANDLE = 8;

    private static final Pattern LOG = Pattern.compile("run-\\d+\\.log|registry\\.log|broker\\.log");

    @TempDir
    Path directory;

    final Model model;
    private final Duration shortDuration;
    private final Duration shortBucket;
    private final Map<String, String> settings;
    private final SampleTraffic sample =
            new SampleTraffic(SEED, REQUESTERS, SampleTraffic.Trouble.SOME, LocalStack.geoIp(), CLOCK);
    LocalStack stack;
    Admin admin;
    Topics topics;
    TopicLog<LookupEvent> events;
    TopicLog<RejectedLookup> rejects;
    TopicLog<EnrichedLookup> defaultLedger;
    TopicLog<EnrichedLookup> shortLedger;
    TopicLog<ExpiryOrder> orders;
    TopicLog<ExpiryReceipt> receipts;
    TopicLog<LegalRequestStatus> statuses;
    TopicLog<ExtractRecord> extracts;
    Traffic traffic;
    Instance first;
    Instance second;

    /**
     * A cluster.
     *
     * @param settings of the application, besides those that the processes of a test need
     */
    RealCluster(Duration shortDuration, Duration shortBucket, Map<String, String> settings) {
        this.shortDuration = shortDuration;
        this.shortBucket = shortBucket;
        this.settings = settings;
        this.model = new Model(Duration.ofDays(30), shortDuration, shortBucket);
    }

    @BeforeEach
    void start() {
        say("seed %s", SEED);
        Map<String, String> all = new HashMap<>(Map.of(
                "retention.classes", Model.SHORT,
                "retention.min", "1s",
                "retention.class.short.duration", shortDuration.toSeconds() + "s",
                "retention.class.short.bucket", shortBucket.toSeconds() + "s",
                "retention.class.short.calling.codes", "+1",
                "topics.partitions.ledgers", String.valueOf(PARTITIONS),
                "commit.interval", "2s",
                // The least that a broker allows: after a kill -9 the others wait this long for the dead.
                "kafka.main.consumer.session.timeout.ms", "6000",
                "kafka.main.consumer.heartbeat.interval.ms", "1500"));
        all.putAll(OpenPolicy.settings(directory));
        all.putAll(settings);
        stack = LocalStack.start(directory.resolve("stack"), all, CLOCK);
        LookbackConfig config = stack.config();
        admin = Admin.create(ClientSettings.admin(config));
        topics = config.topics();
        events = new TopicLog<>(config, topics.lookupEvents());
        rejects = new TopicLog<>(config, topics.lookupEventsRejected());
        defaultLedger = new TopicLog<>(config, topics.ledger("default"), opening("default"));
        shortLedger = new TopicLog<>(config, topics.ledger(Model.SHORT), opening(Model.SHORT));
        orders = new TopicLog<>(config, topics.expiryOrders());
        receipts = new TopicLog<>(config, topics.expiryReceipts());
        statuses = new TopicLog<>(config, topics.legalRequestStatus());
        extracts = new TopicLog<>(config, topics.legalRequestExtracts());
        traffic = new Traffic(
                sample,
                new TrafficPublisher(topics.lookupEvents(), ClientSettings.producer(config), "crash-test", CLOCK));
        first = instance("first", Map.of());
        second = instance("second", Map.of());
    }

    /**
     * An instance that says all it can, to be searched for names in the end.
     *
     * @param environment variables that win over the configuration file
     */
    Instance instance(String name, Map<String, String> environment) {
        return new Instance(
                stack.configFile(),
                directory.resolve(name),
                environment,
                List.of("-Dorg.slf4j.simpleLogger.log.dev.lookback=debug"));
    }

    /** How the values of a ledger are read. */
    TopicLog.Opening opening(String retentionClass) {
        return (key, value) -> value;
    }

    @AfterEach
    void stop() throws Exception {
        Set<String> handles = new HashSet<>();
        Set<String> addresses = new HashSet<>();
        if (events != null) {
            for (ConsumerRecord<byte[], LookupEvent> each : events.read()) {
                handles.addAll(List.of(each.value().getRequester(), each.value().getQueried()));
                addresses.add(each.value().getSourceIp());
            }
            handles.removeIf(each -> each.length() < LEAST_HANDLE);
        }
        close();
        nobodyIsInTheLogs(new LogScan(handles, addresses));
    }

    /** Of what broker, registry and all processes of the application have said. */
    private void nobodyIsInTheLogs(LogScan scan) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path each : files.filter(file -> file.toString().endsWith(".log"))
                    .filter(file -> LOG.matcher(file.getFileName().toString()).matches())
                    .toList()) {
                scan.read(each);
            }
        }
        assertThat(scan.lines()).as("lines that were searched").isPositive();
        assertThat(scan.found()).as("lines that name somebody").isEmpty();
    }

    private void close() throws Exception {
        for (AutoCloseable each : new AutoCloseable[] {
            traffic,
            first,
            second,
            events,
            rejects,
            defaultLedger,
            shortLedger,
            orders,
            receipts,
            statuses,
            extracts,
            admin,
            stack
        }) {
            if (each != null) {
                each.close();
            }
        }
    }

    // ---- blows

    /** What a dead application left unfinished. */
    record Unfinished(long eventsBehind, long ledgerBehind, long ordersOutstanding, int receiptsOpen) {
        long uncommitted() {
            return eventsBehind + ledgerBehind;
        }

        boolean sweeping() {
            return ordersOutstanding > 0 && receiptsOpen > 0;
        }
    }

    Unfinished kill(Instance instance, String when) throws Exception {
        instance.kill();
        Ledger ledger = new Ledger(Model.SHORT, PARTITIONS).read(shortLedger.read());
        long outstanding = orders.read().stream()
                .flatMap(each -> keys(each.value()).map(key -> Map.entry(each.partition(), ByteBuffer.wrap(key))))
                .distinct()
                .filter(each -> ledger.isLive(each.getKey(), each.getValue().array()))
                .count();
        Unfinished unfinished = new Unfinished(
                behind(Role.INGEST, Set.of(topics.lookupEvents().name())),
                behind(
                        Role.VAULT,
                        Set.of(
                                topics.ledger("default").name(),
                                topics.ledger(Model.SHORT).name())),
                outstanding,
                new Receipts(Model.SHORT, receipts.read()).notClosed());
        say("killed %s; published %s, left %s", when, traffic.published(), unfinished);
        return unfinished;
    }

    static Stream<byte[]> keys(ExpiryOrder order) {
        ByteBuffer all = order.getLedgerKeys().duplicate();
        return IntStream.range(0, all.remaining() / 36).mapToObj(i -> {
            byte[] key = new byte[36];
            all.get(key);
            return key;
        });
    }

    long behind(Role role, Set<String> of) throws Exception {
        Map<TopicPartition, OffsetAndMetadata> committed = admin.listConsumerGroupOffsets(
                        stack.config().applicationId(role))
                .partitionsToOffsetAndMetadata()
                .get();
        long sum = 0;
        for (String topic : of) {
            for (Map.Entry<TopicPartition, Long> each : ends(topic).entrySet()) {
                OffsetAndMetadata position = committed.get(each.getKey());
                sum += each.getValue() - (position == null ? 0 : position.offset());
            }
        }
        return sum;
    }

    long end(String topic) throws Exception {
        return ends(topic).values().stream().mapToLong(Long::longValue).sum();
    }

    Map<TopicPartition, Long> ends(String topic) throws Exception {
        int count = admin.describeTopics(List.of(topic))
                .allTopicNames()
                .get()
                .get(topic)
                .partitions()
                .size();
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        for (int partition = 0; partition < count; partition++) {
            asked.put(new TopicPartition(topic, partition), OffsetSpec.latest());
        }
        Map<TopicPartition, Long> ends = new HashMap<>();
        admin.listOffsets(asked).all().get().forEach((partition, end) -> ends.put(partition, end.offset()));
        return ends;
    }

    // ---- guarantees

    void readModel() {
        Ledger ledger = new Ledger(Model.SHORT, PARTITIONS).read(shortLedger.read());
        model.read(events.read(), rejects.read(), ledger.everPut());
    }

    void vaultHoldsTheModel(String when) {
        await().atMost(LIMIT).pollInterval(Duration.ofMillis(500)).untilAsserted(() -> {
            long now = CLOCK.millis();
            Map<Slice, Holding> held = new HashMap<>(first.vault());
            held.putAll(second.vault());
            readModel();
            holds(model.storedAt(now), held);
        });
        say(
                "%s: %s rows, as in the model; %s refused",
                when, model.storedAt(CLOCK.millis()).size(), model.refused());
    }

    void holds(Set<Model.Row> expected, Map<Slice, Holding> vault) {
        Ledger defaults = new Ledger("default", PARTITIONS).read(defaultLedger.read());
        Ledger shorts = new Ledger(Model.SHORT, PARTITIONS).read(shortLedger.read());
        Set<Model.Row> live = new HashSet<>(defaults.live());
        live.addAll(shorts.live());
        same("ledgers", live, expected);
        Map<Slice, Holding> due = defaults.holdings(expected);
        due.putAll(shorts.holdings(expected));
        assertThat(vault).as("vault").isEqualTo(due);
    }

    static void same(String what, Set<Model.Row> found, Set<Model.Row> expected) {
        Set<Model.Row> missing = new HashSet<>(expected);
        missing.removeAll(found);
        Set<Model.Row> tooMany = new HashSet<>(found);
        tooMany.removeAll(expected);
        assertThat(List.of(missing.size(), tooMany.size()))
                .as("%s: missing, too many of %s", what, expected.size())
                .containsExactly(0, 0);
    }

    void extractHolds(UUID request, Set<Model.Row> expected) throws Exception {
        List<LegalRequestStatus> history = history(request);
        assertThat(history.stream().map(LegalRequestStatus::getVersion))
                .as("versions")
                .isEqualTo(java.util.stream.LongStream.rangeClosed(1, history.size())
                        .boxed()
                        .toList());
        assertThat(history.stream().map(LegalRequestStatus::getState))
                .as("states")
                .containsExactly(
                        CaseState.RECEIVED,
                        CaseState.PRESERVING,
                        CaseState.AWAITING_APPROVAL,
                        CaseState.APPROVED,
                        CaseState.SEALED);
        List<ExtractRecord> pieces = of(extracts, request);
        assertThat(pieces.stream().filter(each -> each.getPiece() instanceof ExtractManifest))
                .as("manifests")
                .hasSize(1);
        Extract extract = Extract.of(pieces);
        assertThat(pieces)
                .hasSize(Manifest.fromBytes(extract.manifest()).parts().size() + 1);
        assertThat(ExtractVerifier.verify(extract, KeyFiles.readPublicKey(stack.sealingPublicKey())))
                .isInstanceOf(ExtractVerifier.Sound.class);
        Set<Model.Row> disclosed = new HashSet<>();
        for (String line : extract.lines()) {
            assertThat(disclosed.add(row(JSON.readTree(line))))
                    .as("a lookup once")
                    .isTrue();
        }
        same("extract", disclosed, expected);
        say(
                "extract: %s lookups, as in the model, %s of them from the short class",
                disclosed.size(),
                disclosed.stream()
                        .filter(row -> row.retentionClass().equals(Model.SHORT))
                        .count());
    }

    /** As of now: what is published later can have happened before. */
    Set<Model.Row> modelsAnswer(UUID request, Command.Submit submit) {
        Instant receivedAt = history(request).get(0).getReceivedAt();
        Set<Model.Row> answer = model.answer(
                submit.selectors().get(0).handle(), submit.selectors().get(1).handle(), receivedAt.toEpochMilli());
        say("request received at %s: the model has %s lookups in scope", receivedAt, answer.size());
        return answer;
    }

    static Model.Row row(JsonNode line) {
        return Model.Row.of(LookupEvent.newBuilder()
                .setEventId(line.get("eventId").asText())
                .setOccurredAt(Instant.parse(line.get("occurredAt").asText()))
                .setRequester(line.get("requester").asText())
                .setQueried(line.get("queried").asText())
                .setSourceIp(line.get("sourceIp").asText())
                .build());
    }

    // ---- casework

    Command.Submit submit(UUID request) {
        return new Command.Submit(
                request,
                UUID.randomUUID(),
                CLOCK.instant(),
                false,
                COURT_ORDER,
                List.of(
                        new Command.Ask(
                                SelectorRole.EITHER, busiest(each -> each.startsWith("+") && !isShort(each)), null),
                        new Command.Ask(SelectorRole.REQUESTER, busiest(CrashTest::isShort), null)),
                CLOCK.instant().minus(Duration.ofDays(1)),
                CLOCK.instant().plus(Duration.ofHours(1)), // as far as its receipt
                Command.Particulars.NONE);
    }

    static boolean isShort(String handle) {
        return handle.startsWith("+1");
    }

    String busiest(Predicate<String> wanted) {
        return IntStream.range(0, REQUESTERS)
                .mapToObj(sample::handle)
                .filter(wanted)
                .findFirst()
                .orElseThrow();
    }

    /** Returns the command's digest once the broker has it. */
    String send(Command command, String officer) throws Exception {
        String jws =
                CommandCodec.sign(command, officer, stack.officerKeys(officer).getPrivate());
        String topic = topics.legalRequests().name();
        int partition =
                RequestPartitioner.partition(command.requestId(), ends(topic).size());
        try (KafkaProducer<String, LegalRequestCommand> producer = new KafkaProducer<>(
                ClientSettings.producer(stack.config()),
                topics.legalRequests().key().serializer(),
                topics.legalRequests().value().serializer())) {
            producer.send(new ProducerRecord<>(
                            topic,
                            partition,
                            command.requestId().toString(),
                            new LegalRequestCommand(new SignedCommand(jws))))
                    .get();
        }
        return CommandCodec.digest(jws);
    }

    void awaitState(UUID request, CaseState state) {
        await().atMost(LIMIT).pollInterval(Duration.ofMillis(50)).until(() -> state(request) == state);
        say("request %s", state);
    }

    CaseState state(UUID request) {
        List<LegalRequestStatus> history = history(request);
        return history.isEmpty()
                ? CaseState.UNKNOWN
                : history.get(history.size() - 1).getState();
    }

    List<LegalRequestStatus> history(UUID request) {
        return of(statuses, request);
    }

    static <V> List<V> of(TopicLog<V> topic, UUID request) {
        return topic.read().stream()
                .filter(each -> new String(each.key(), StandardCharsets.UTF_8).equals(request.toString()))
                .map(ConsumerRecord::value)
                .toList();
    }

    static void say(String format, Object... values) {
        System.out.println(CLOCK.instant() + " " + String.format(format, values));
    }
}
