package dev.lookback.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lookback.casework.Command;
import dev.lookback.casework.CommandCodec;
import dev.lookback.config.ClientSettings;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.bound.DiskBound;
import dev.lookback.config.bound.DiskBounds;
import dev.lookback.config.topics.TopicAdmin;
import dev.lookback.disk.DiskSearch;
import dev.lookback.disk.Findings;
import dev.lookback.disk.Findings.Where;
import dev.lookback.disk.Reader;
import dev.lookback.erasure.SignedErasure;
import dev.lookback.local.LocalStack;
import dev.lookback.registry.RegistryAdmin;
import dev.lookback.topics.RequestPartitioner;
import dev.lookback.topics.SchemaSet;
import dev.lookback.topics.Topic;
import dev.lookback.topics.Topics;
import dev.lookback.v1.CaseState;
import dev.lookback.v1.Erasure;
import dev.lookback.v1.LegalRequestCommand;
import dev.lookback.v1.LegalRequestStatus;
import dev.lookback.v1.SelectorRole;
import dev.lookback.v1.SignedCommand;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Looks at the disk. Plants handles that occur nowhere else by every path into the real application on a real broker,
 * finds each where it must be, lets them expire, waits for the bound that {@code lookback retention bound} works out from
 * the same settings, and then reads every file of broker and application, while they run and after they have stopped.
 *
 * <p>Durations are scaled to seconds by settings that exist anyway. The other tests here take one thing away that forgets
 * and show that the handles are found then: the search can fail.
 */
@Tag("server")
class CanaryTest {
    private static final Clock CLOCK = Clock.systemUTC();
    private static final Duration LIMIT = Duration.ofSeconds(120);

    /** What the work itself may take beyond what settings add up to, with so few lookups. */
    private static final Duration WORK = Duration.ofSeconds(20);

    /** Long enough to find everything first. A busy machine needs longer: {@code -Dcanary.duration.seconds=300}. */
    private static final Duration DURATION = Duration.ofSeconds(Long.getLong("canary.duration.seconds", 180));

    private static final Duration SHORT_DURATION = Duration.ofSeconds(20);
    private static final Duration MAX_LATE = DURATION.dividedBy(3);
    private static final Duration QUEUE_RETENTION = DURATION.dividedBy(2);
    private static final int LOOKUPS_EACH = 100;
    private static final int ADMITTED = 4_000;
    private static final int MAX_TRIES = 5;
    private static final Duration EXTRACT_RETENTION = Duration.ofSeconds(45);

    /** The topics whose records go by their age: scaled once everything has been found in them, however busy the machine. */
    private static final Map<String, Map<String, String>> QUEUES =
            Map.of("lookup-events", queue(), "lookup-events-rejected", queue());

    /** How the other topics are scaled, by the settings that topics.yaml sets. */
    private static final Map<String, Map<String, String>> TOPICS = Map.of(
            "lookups-enriched", ledger(DURATION.plusSeconds(6)),
            "lookups-enriched-kept", ledger(Duration.ofMillis(-1)),
            "preserved-lookups",
                    Map.of("segment.ms", "3000", "max.compaction.lag.ms", "8000", "delete.retention.ms", "1000"),
            "preserved-releases", Map.of("retention.ms", "30000", "segment.ms", "3000"),
            "legal-request-extracts",
                    Map.of("retention.ms", String.valueOf(EXTRACT_RETENTION.toMillis()), "segment.ms", "3000"));

    @TempDir
    static Path directory;

    private static LocalStack stack;

    private static Map<String, String> queue() {
        return Map.of("retention.ms", String.valueOf(QUEUE_RETENTION.toMillis()), "segment.ms", "3000");
    }

    private static Map<String, String> ledger(Duration retention) {
        return Map.of(
                "retention.ms",
                String.valueOf(retention.toMillis()),
                "segment.ms",
                "3000",
                "message.timestamp.after.max.ms",
                "2000");
    }

    @BeforeAll
    static void start() {
        Map<String, String> settings = new HashMap<>(Map.of(
                "retention.min", "1s",
                "retention.classes", "kept",
                "retention.class.default.duration", DURATION.toSeconds() + "s",
                "retention.class.default.bucket", "5s",
                "retention.class.kept.duration", DURATION.toSeconds() + "s",
                "retention.class.kept.bucket", "5s",
                "retention.class.kept.services", "video_call",
                "ingest.max.late", MAX_LATE.toSeconds() + "s",
                "ingest.max.future", "5s",
                "topics.partitions.requests", "1"));
        settings.putAll(Map.of(
                "commit.interval", "1s",
                "ingest.progress.repeat", "2s",
                "vault.standbys", "1",
                "vault.flush.interval", "500ms",
                "vault.order.repeat", "5s",
                "vault.expiry.grace", "5s",
                "casework.flush.interval", "500ms",
                "casework.roll.interval", "2s",
                "casework.extract.retention", "5s",
                "casework.approval.timeout", "50s"));
        settings.putAll(Map.of(
                "kafka.state.cleanup.delay.ms", "5000",
                "kafka.main.consumer.session.timeout.ms", "6000",
                "kafka.main.consumer.heartbeat.interval.ms", "1500"));
        stack = LocalStack.start(
                directory.resolve("stack"),
                settings,
                Map.of(
                        "log.retention.check.interval.ms", "1000",
                        "log.cleaner.backoff.ms", "500",
                        "log.initial.task.delay.ms", "500"),
                CLOCK);
    }

    @AfterAll
    static void stop() {
        if (stack != null) {
            stack.close();
        }
    }

    // ---- everything in order

    @Test
    void nothingIsLeftOnAnyDiskAfterTheBound() throws Exception {
        LookbackConfig config = stack.config();
        scale(config, TOPICS);
        try (Admin admin = Admin.create(ClientSettings.admin(config));
                Canaries canaries = new Canaries(config.topics().lookupEvents(), ClientSettings.producer(config));
                Instance first = new Instance(stack.configFile(), directory.resolve("first"));
                Instance second = new Instance(stack.configFile(), directory.resolve("second"))) {
            first.start();
            second.start();
            first.awaitReady();
            second.awaitReady();

            Instant planted = plant(canaries);
            assertThat(canaries.count()).isGreaterThanOrEqualTo(10_000);
            say("planted %s handles", canaries.count());
            Place events = topic(config.topics().lookupEvents().name());
            awaitFound(canaries, events, path -> true);
            Place rejected = topic(config.topics().lookupEventsRejected().name());
            awaitFound(canaries, rejected, Canaries.Path::rejectedWithItsBytes);
            BitSet expired = canaries.by(path -> path == Canaries.Path.EXPIRED);
            assertThat(expired.intersects(in(canaries, rejected)))
                    .as("what had expired on arrival is rejected without its bytes")
                    .isFalse();
            scale(config, QUEUES);
            awaitFound(canaries, topic(config.topics().ledger("default").name()), Canaries.Path::admitted);
            awaitFound(canaries, topic(config.topics().ledger("kept").name()), path -> path == Canaries.Path.KEPT);
            awaitFound(canaries, tables(first.stateDir(), "rows-default"), Canaries.Path::admitted);
            awaitFound(canaries, tables(second.stateDir(), "rows-default"), Canaries.Path::admitted);
            say("found them in topics, and in the tables of both instances: one in charge, one on standby");

            UUID approved = submit(config, canaries.asked(Canaries.Path.EXTRACTED));
            UUID unanswered = submit(config, canaries.asked(Canaries.Path.PRESERVED));
            Predicate<Canaries.Path> copied =
                    path -> path == Canaries.Path.EXTRACTED || path == Canaries.Path.PRESERVED;
            awaitFound(canaries, topic(config.topics().preservedLookups().name()), copied);
            approve(config, approved);
            awaitFound(
                    canaries,
                    topic(config.topics().legalRequestExtracts().name()),
                    path -> path == Canaries.Path.EXTRACTED);
            awaitFound(canaries, tables(directory, "preserved-copies"), path -> path == Canaries.Path.PRESERVED);
            Instant extractEnds = CLOCK.instant().plus(EXTRACT_RETENTION);
            say("found copies on the broker and in casework's tables, and the extract");

            first.kill();
            first.wipeState();
            assertThat(in(canaries, tables(first.stateDir(), "rows-default")).isEmpty())
                    .isTrue();
            first.start();
            first.awaitReady();
            awaitFound(canaries, tables(first.stateDir(), "rows-default"), Canaries.Path::admitted);

            long rows = rows(first, second);
            erase(config, canaries.asked(Canaries.Path.ERASED));
            await().atMost(LIMIT)
                    .pollInterval(Duration.ofMillis(300))
                    .until(() -> rows(first, second) <= rows - LOOKUPS_EACH);
            assertThat(CLOCK.instant())
                    .as("all of this before the first deadline")
                    .isBefore(planted.plus(DURATION));
            say("found them again where the state had been wiped and was restored; erased some");

            Duration bound = bound(config, admin).plus(WORK);
            Instant caseEnded = awaitState(config, unanswered, CaseState.LAPSED);
            Instant gone =
                    latest(planted.plus(DURATION), caseEnded, extractEnds).plus(bound);
            say("the bound is %s (%s of it for the work): waiting until %s", bound, WORK, gone);
            await().atMost(bound.plus(DURATION).plus(LIMIT))
                    .pollInterval(Duration.ofMillis(500))
                    .until(() -> CLOCK.instant().isAfter(gone));

            nothingLeft("while it runs", canaries);
            first.stop();
            second.stop();
            nothingLeft("after the application has stopped, and written what was in memory", canaries);

            Path leak =
                    Files.write(directory.resolve("leaked.txt"), "x".repeat(100).getBytes(StandardCharsets.US_ASCII));
            Files.write(
                    leak,
                    (" a copy: " + canaries.example()).getBytes(StandardCharsets.US_ASCII),
                    java.nio.file.StandardOpenOption.APPEND);
            Findings leaked = search(canaries);
            assertThat(leaked.in(notKept()).cardinality())
                    .as("one copy, leaked to a file")
                    .isOne();
            Files.delete(leak);
        }
    }

    private static Instant plant(Canaries canaries) {
        Instant now = CLOCK.instant();
        canaries.plant(Canaries.Path.ADMITTED, ADMITTED, now.minusSeconds(1));
        for (Canaries.Path path : Canaries.Path.values()) {
            Instant occurredAt = switch (path) {
                case EXPIRED -> now.minus(DURATION).minusSeconds(30);
                case LATE -> now.minus(MAX_LATE).minusSeconds(5);
                case FUTURE -> now.plusSeconds(60);
                default -> now.minusSeconds(1);
            };
            canaries.plant(path, LOOKUPS_EACH, occurredAt);
        }
        canaries.flush();
        return CLOCK.instant();
    }

    private static void nothingLeft(String when, Canaries canaries) throws IOException {
        Findings findings = search(canaries);
        for (int tries = 1; tries < MAX_TRIES && !findings.unread().isEmpty(); tries++) {
            findings = search(canaries); // a file that was just being written
        }
        say("%s: read %s", when, findings.amounts());
        assertThat(findings.unread())
                .as("files that could not be read, %s", when)
                .isEmpty();
        assertThat(findings.counts().entrySet().stream()
                        .filter(each -> notKept().test(each.getKey()))
                        .toList())
                .as("of %s planted handles, found %s", canaries.count(), when)
                .isEmpty();
        assertThat(findings.all().equals(canaries.by(path -> path == Canaries.Path.KEPT)))
                .as("with segment retention off every handle is found, %s", when)
                .isTrue();
        say(
                "%s: 0 of %s found; %s where a ledger is kept on purpose",
                when, canaries.count(), findings.all().cardinality());
    }

    /** Everywhere but in the ledger whose segment retention is off. */
    private static Predicate<Where> notKept() {
        return where -> !where.file().toString().contains("lookups-enriched-kept-");
    }

    private static Instant latest(Instant... instants) {
        return Stream.of(instants).max(Comparator.naturalOrder()).orElseThrow();
    }

    /** The longest bound of all places that have one; that of the ledger which is kept on purpose has none. */
    private static Duration bound(LookbackConfig config, Admin admin) {
        List<DiskBound> bounds = DiskBounds.of(new TopicAdmin(admin, config).inForce(Map.of()));
        assertThat(bounds)
                .filteredOn(each -> each.bySettings() == null)
                .extracting(DiskBound::place)
                .as("places without a bound")
                .containsExactly("brokers: `lookups-enriched-kept`", "brokers: tombstones in `lookups-enriched-kept`");
        return bounds.stream()
                .filter(each -> each.holds() == DiskBound.Holds.LOOKUPS && each.bySettings() != null)
                .map(DiskBound::bySettings)
                .max(Comparator.naturalOrder())
                .orElseThrow();
    }

    // ---- something that forgets is taken away

    /** Both at once: they mostly wait. */
    @Test
    void whereSomethingThatForgetsIsOffTheHandlesAreFound() {
        CompletableFuture<Void> orders = CompletableFuture.runAsync(() -> controlled(
                "orders-off",
                Map.of("LOOKBACK_ROLES", "vault,casework"), // nobody carries expiry orders out
                instance -> assertThat(rows(instance)).as("rows of the past").isPositive()));
        CompletableFuture<Void> dropping = CompletableFuture.runAsync(() -> controlled(
                "dropping-off",
                Map.of("LOOKBACK_VAULT_FLUSH_INTERVAL", "1h"),
                instance -> await().atMost(LIMIT)
                        .untilAsserted(() -> assertThat(rows(instance))
                                .as("rows: forgotten they are, as far as anyone can read")
                                .isZero())));
        CompletableFuture.allOf(orders, dropping).join();
    }

    private interface Check {
        void check(Instance instance) throws Exception;
    }

    /** Plants a few under another prefix, finds them in tables, goes on sabotaged, and must find them after the bound. */
    private static void controlled(String name, Map<String, String> sabotage, Check check) {
        Map<String, String> own = Map.of(
                "topic.prefix", name + "-",
                "application.id.prefix", name + "-",
                "vault.standbys", "0",
                "retention.class.default.duration", SHORT_DURATION.toSeconds() + "s");
        LookbackConfig config = LookbackConfig.load(stack.configFile(), Map.of(), own);
        Map<String, String> environment = new HashMap<>();
        own.forEach((setting, value) -> environment.put(
                "LOOKBACK_" + setting.toUpperCase(java.util.Locale.ROOT).replace('.', '_'), value));
        Map<String, String> sabotaged = new HashMap<>(environment);
        sabotaged.putAll(sabotage);
        Path home = directory.resolve(name);
        try (Admin admin = Admin.create(ClientSettings.admin(config));
                Canaries canaries = new Canaries(config.topics().lookupEvents(), ClientSettings.producer(config))) {
            TopicAdmin topics = new TopicAdmin(admin, config);
            topics.apply(topics.plan(Map.of()));
            new SchemaSet(config.topics(), List.of("default", "kept")).apply(RegistryAdmin.of(config.serdeSettings()));
            scale(config, TOPICS);
            Instant planted;
            Place tables = tables(home, "rows-default");
            try (Instance instance = new Instance(stack.configFile(), home, environment)) {
                instance.start();
                instance.awaitReady();
                planted = CLOCK.instant();
                canaries.plant(Canaries.Path.ADMITTED, 300, planted);
                canaries.flush();
                awaitFound(canaries, tables, path -> true);
                instance.stop();
            }
            try (Instance instance = new Instance(stack.configFile(), home, sabotaged)) {
                instance.start();
                instance.awaitReady();
                Duration bySettings = DiskBounds.of(topics.inForce(Map.of())).stream()
                        .filter(each -> each.place().startsWith("vault, `rows-default`: in charge"))
                        .map(DiskBound::bySettings)
                        .findFirst()
                        .orElseThrow();
                Instant gone = planted.plus(SHORT_DURATION).plus(bySettings).plus(WORK);
                await().atMost(SHORT_DURATION.plus(bySettings).plus(WORK).plus(LIMIT))
                        .pollInterval(Duration.ofMillis(500))
                        .until(() -> CLOCK.instant().isAfter(gone));
                check.check(instance);
                assertThat(in(canaries, tables).cardinality())
                        .as("found in the tables after the bound, with %s", name)
                        .isEqualTo(canaries.count());
                say("%s: found %s handles, as it must", name, canaries.count());
            }
        } catch (Exception e) {
            throw new IllegalStateException(name + ": " + e.getMessage(), e);
        }
    }

    // ---- places

    /** Files, as one reader sees them. */
    private record Place(Path directory, Predicate<Where> here, String name) {}

    private static Place topic(String topic) {
        Path data = directory.resolve("stack/broker/data");
        return new Place(
                data,
                where -> where.reader() == Reader.KAFKA_LOG
                        && where.file().getParent().getFileName().toString().matches(topic + "-\\d+"),
                topic);
    }

    private static Place tables(Path under, String store) {
        return new Place(
                under,
                where -> where.reader() == Reader.ROCKSDB_TABLE
                        && where.file().getParent().getFileName().toString().equals(store),
                store + " under " + directory.relativize(under));
    }

    private static Findings search(Canaries canaries) throws IOException {
        return DiskSearch.search(canaries.needles(), List.of(directory));
    }

    private static BitSet in(Canaries canaries, Place place) throws IOException {
        return Files.exists(place.directory)
                ? DiskSearch.search(canaries.needles(), List.of(place.directory))
                        .in(place.here)
                : new BitSet();
    }

    private static void awaitFound(Canaries canaries, Place place, Predicate<Canaries.Path> paths) {
        BitSet wanted = canaries.by(paths);
        assertThat(wanted.cardinality()).isPositive();
        await().atMost(LIMIT).pollInterval(Duration.ofMillis(300)).untilAsserted(() -> {
            BitSet missing = (BitSet) wanted.clone();
            missing.andNot(in(canaries, place));
            assertThat(missing.cardinality())
                    .as("of %s handles, not found in %s", wanted.cardinality(), place.name)
                    .isZero();
        });
    }

    private static void scale(LookbackConfig config, Map<String, Map<String, String>> topics) throws Exception {
        Map<ConfigResource, Collection<AlterConfigOp>> changes = new HashMap<>();
        topics.forEach((topic, settings) -> {
            List<AlterConfigOp> all = new ArrayList<>();
            settings.forEach((name, value) ->
                    all.add(new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET)));
            all.add(new AlterConfigOp(new ConfigEntry("file.delete.delay.ms", "1000"), AlterConfigOp.OpType.SET));
            changes.put(
                    new ConfigResource(ConfigResource.Type.TOPIC, config.text(LookbackConfig.TOPIC_PREFIX) + topic),
                    all);
        });
        try (Admin admin = Admin.create(ClientSettings.admin(config))) {
            admin.incrementalAlterConfigs(changes).all().get();
        }
    }

    // ---- orders and requests

    private static long rows(Instance... instances) throws Exception {
        Map<Instance.Slice, Instance.Holding> all = new HashMap<>();
        for (Instance each : instances) {
            all.putAll(each.vault());
        }
        return all.values().stream().mapToLong(Instance.Holding::rows).sum();
    }

    private static void erase(LookbackConfig config, String handle) throws Exception {
        Topic<String, Erasure> topic = config.topics().erasures();
        Erasure erasure = SignedErasure.sign(
                UUID.randomUUID(),
                config.tokens().token(handle),
                SelectorRole.REQUESTER,
                "canary",
                CLOCK.instant(),
                LocalStack.ERASING_OFFICER,
                stack.officerKeys(LocalStack.ERASING_OFFICER).getPrivate());
        try (KafkaProducer<String, Erasure> producer = new KafkaProducer<>(
                ClientSettings.producer(config),
                topic.key().serializer(),
                topic.value().serializer())) {
            producer.send(new ProducerRecord<>(topic.name(), erasure.getId(), erasure))
                    .get();
        }
    }

    private static UUID submit(LookbackConfig config, String handle) throws Exception {
        UUID request = UUID.randomUUID();
        send(
                config,
                new Command.Submit(
                        request,
                        UUID.randomUUID(),
                        CLOCK.instant(),
                        false,
                        RealCluster.COURT_ORDER,
                        List.of(new Command.Ask(SelectorRole.REQUESTER, handle, null)),
                        CLOCK.instant().minus(Duration.ofHours(1)),
                        CLOCK.instant().plus(Duration.ofHours(1)),
                        Command.Particulars.NONE),
                LocalStack.INTAKE_OFFICER);
        return request;
    }

    private static void approve(LookbackConfig config, UUID request) throws Exception {
        awaitState(config, request, CaseState.AWAITING_APPROVAL);
        String digest = statuses(config, request).get(0).getRequestSha256();
        send(
                config,
                new Command.Approve(request, UUID.randomUUID(), CLOCK.instant(), digest),
                LocalStack.APPROVING_OFFICER);
    }

    private static Instant awaitState(LookbackConfig config, UUID request, CaseState state) {
        await().atMost(LIMIT)
                .pollInterval(Duration.ofMillis(500))
                .until(() -> statuses(config, request).stream().anyMatch(each -> each.getState() == state));
        return CLOCK.instant();
    }

    private static List<LegalRequestStatus> statuses(LookbackConfig config, UUID request) {
        try (TopicLog<LegalRequestStatus> log =
                new TopicLog<>(config, config.topics().legalRequestStatus())) {
            return log.read().stream()
                    .filter(each -> new String(each.key(), StandardCharsets.UTF_8).equals(request.toString()))
                    .map(each -> each.value())
                    .toList();
        }
    }

    private static void send(LookbackConfig config, Command command, String officer) throws Exception {
        Topics topics = config.topics();
        String jws =
                CommandCodec.sign(command, officer, stack.officerKeys(officer).getPrivate());
        try (KafkaProducer<String, LegalRequestCommand> producer = new KafkaProducer<>(
                ClientSettings.producer(config),
                topics.legalRequests().key().serializer(),
                topics.legalRequests().value().serializer())) {
            int partition = RequestPartitioner.partition(
                    command.requestId(),
                    producer.partitionsFor(topics.legalRequests().name()).size());
            producer.send(new ProducerRecord<>(
                            topics.legalRequests().name(),
                            partition,
                            command.requestId().toString(),
                            new LegalRequestCommand(new SignedCommand(jws))))
                    .get();
        }
    }

    private static void say(String format, Object... values) {
        System.out.println(CLOCK.instant() + " " + String.format(format, values));
    }
}
