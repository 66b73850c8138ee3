package dev.lookback.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lookback.app.OfficersFile;
import dev.lookback.app.PolicyLog;
import dev.lookback.config.ClientSettings;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.local.LocalStack;
import dev.lookback.policy.PolicyHistory;
import dev.lookback.tool.Main;
import dev.lookback.topics.Topic;
import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.ExpiryReceipt;
import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.RejectReason;
import dev.lookback.v1.RejectedLookup;
import dev.lookback.v1.RetentionPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Durations changed while two processes run: in force in both within seconds and without a restart, for admitting, for
 * sweeping, and on the broker; signed by whom it takes, or not at all.
 */
@Tag("server")
class RetentionTest extends RealCluster {
    private static final Duration BEGIN = Duration.ofSeconds(120);
    private static final Duration STEP = Duration.ofSeconds(20);
    private static final Duration BUCKET = Duration.ofSeconds(2);
    private static final int ROUNDS = 5;
    private static final Duration PROBE_INTERVAL = Duration.ofMillis(50);
    private static final Duration QUIET = Duration.ofSeconds(2);
    private static final String PROBE = "+12015550100";
    private static final String FIRST = LocalStack.RETENTION_OFFICER;
    private static final String SECOND = LocalStack.SECOND_RETENTION_OFFICER;

    /** Far above what is promised, for machines that have other things to do; what it takes is printed. */
    private static final Duration GENEROUS = Duration.ofSeconds(60);

    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();

    /** When each probe that was sent occurred, by its id. */
    private final Map<String, Long> probes = new ConcurrentHashMap<>();

    private KafkaProducer<byte[], LookupEvent> producer;
    private volatile Duration probeAge = BEGIN.minus(STEP.dividedBy(2));

    RetentionTest() {
        super(BEGIN, BUCKET, Map.of());
    }

    @AfterEach
    void stopProbing() {
        executor.shutdownNow();
        if (producer != null) {
            producer.close();
        }
    }

    @Test
    void aChangeIsInForceEverywhereWithinSecondsWithoutARestart() throws Exception {
        first.start();
        second.start();
        first.awaitReady();
        second.awaitReady();
        startProbing();
        await().atMost(LIMIT).until(() -> admitted().size() > 100 * events.partitions());
        awaitVersion(1);

        List<Long> known = new ArrayList<>();
        List<Long> admitting = new ArrayList<>();
        List<Long> sweeping = new ArrayList<>();
        for (int round = 1; round <= ROUNDS; round++) {
            Duration shorter = BEGIN.minus(STEP.multipliedBy(round));
            // Under the duration so far these are admitted, under the next one they are past their deadline.
            probeAge = shorter.plus(STEP.dividedBy(2));
            Set<String> before = new HashSet<>(probes.keySet());
            await().atMost(LIMIT).until(() -> newly(admitted(), before).size() > 10 * events.partitions());

            succeeds(tool("set", Model.SHORT, shorter.toSeconds() + "s", "--reason", "a test", "--yes", by(FIRST)));
            assertThat(version()).as("a proposal changes nothing").isEqualTo(round);
            succeeds(tool("approve", Model.SHORT, "--yes", by(SECOND)));
            long inForce = effectiveFrom(round + 1);
            known.add(awaitVersion(round + 1) - inForce);
            admitting.add(awaitAllRefused() - inForce);
            sweeping.add(awaitSwept(shorter, round + 1) - inForce);
            assertThat(retentionMs())
                    .isEqualTo(shorter.plusMinutes(5).plusHours(1).toMillis());
        }
        say(
                "known to both processes after %s ms, median %s (as far as the tool's own end lets us see)",
                known, median(known));
        say("last probe past its deadline admitted after %s ms, median %s", admitting, median(admitting));
        say("all that was past its deadline forgotten after %s ms, median %s", sweeping, median(sweeping));

        lengtheningResurrectsNothing();
        whatIsNotSignedChangesNothing();
    }

    private void lengtheningResurrectsNothing() throws Exception {
        Duration shorter = BEGIN.minus(STEP.multipliedBy(ROUNDS));
        Duration longer = BEGIN;
        succeeds(tool("set", Model.SHORT, longer.toSeconds() + "s", "--reason", "a test", "--yes", by(FIRST)));
        int version = ROUNDS + 2;
        long inForce = effectiveFrom(version);
        awaitVersion(version);
        assertThat(retentionMs()).isEqualTo(longer.plusMinutes(5).plusHours(1).toMillis());
        long cutoff = inForce - shorter.toMillis();
        await().atMost(GENEROUS).until(() -> CLOCK.millis() > inForce + shorter.toMillis() / 2);
        String forgotten = probe(cutoff - 1_000, 0);
        String kept = probe(cutoff + 1_000, 0);
        await().atMost(GENEROUS).until(() -> admitted().containsKey(kept));
        await().atMost(GENEROUS).until(() -> refused().containsKey(forgotten));
        assertThat(CLOCK.millis() - (cutoff + 1_000))
                .as("under the shorter duration it would be past its deadline")
                .isGreaterThan(shorter.toMillis());
        say("lengthened: what was past its deadline stays refused, what was not is kept");
    }

    private void whatIsNotSignedChangesNothing() throws Exception {
        PolicyLog log = new PolicyLog(stack.config(), OfficersFile.load(stack.config()), Map.of());
        RetentionPolicy latest = log.read().history().of(Model.SHORT).get(ROUNDS + 1);
        RetentionPolicy forged = RetentionPolicy.newBuilder(latest)
                .setVersion(latest.getVersion() + 1)
                .setDurationMillis(1)
                .build();
        assertThat(log.write(forged)).isInstanceOf(PolicyHistory.Refused.class);
        assertThat(log.write(RetentionPolicy.newBuilder(forged)
                        .setSignatures(List.of())
                        .build()))
                .isEqualTo(new PolicyHistory.Refused(PolicyHistory.Flaw.UNSIGNED));
        await().atMost(GENEROUS).untilAsserted(() -> {
            for (Instance each : List.of(first, second)) {
                for (String role : List.of("ingest", "vault")) {
                    assertThat(each.metric("lookback_retention_policies_refused", "UNSIGNED", role))
                            .isEqualTo(1);
                    assertThat(each.metric("lookback_retention_policies_refused", "MALFORMED", role))
                            .isEqualTo(1);
                }
            }
        });
        assertThat(version()).isEqualTo(latest.getVersion());
        String fresh = probe(CLOCK.millis() - 1_000, 1);
        await().atMost(GENEROUS).until(() -> admitted().containsKey(fresh));
    }

    // ---- probes: one for each partition of lookup-events, so that both processes have to judge some

    private void startProbing() {
        Topic<byte[], LookupEvent> topic = topics.lookupEvents();
        producer = new KafkaProducer<>(
                ClientSettings.producer(stack.config()),
                topic.key().serializer(),
                topic.value().serializer());
        executor.scheduleAtFixedRate(
                () -> {
                    for (int partition = 0; partition < events.partitions(); partition++) {
                        probe(CLOCK.millis() - probeAge.toMillis(), partition);
                    }
                },
                0,
                PROBE_INTERVAL.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    private String probe(long occurredAt, int partition) {
        String id = UUID.randomUUID().toString();
        probes.put(id, occurredAt);
        LookupEvent event = LookupEvent.newBuilder()
                .setEventId(id)
                .setOccurredAt(Instant.ofEpochMilli(occurredAt))
                .setRequester(PROBE)
                .setQueried(PROBE)
                .setSourceIp("192.0.2.1")
                .build();
        producer.send(new ProducerRecord<>(topics.lookupEvents().name(), partition, null, event));
        return id;
    }

    /** When each probe was admitted. */
    private Map<String, Long> admitted() {
        Map<String, Long> admitted = new HashMap<>();
        for (ConsumerRecord<byte[], EnrichedLookup> each : shortLedger.read()) {
            if (each.value() != null) {
                admitted.putIfAbsent(LedgerKey.eventId(each.key()).toString(), each.timestamp());
            }
        }
        return admitted;
    }

    /** When each probe was refused because it was past its deadline. An expired lookup's id is not kept: by its source. */
    private Map<String, Long> refused() {
        Map<String, Long> refused = new HashMap<>();
        Map<String, String> ids = new HashMap<>();
        events.read()
                .forEach(each -> ids.put(
                        each.partition() + "/" + each.offset(), each.value().getEventId()));
        for (ConsumerRecord<byte[], RejectedLookup> each : rejects.read()) {
            RejectedLookup lookup = each.value();
            assertThat(lookup.getReason()).isEqualTo(RejectReason.EXPIRED_ON_ARRIVAL);
            String id = ids.get(lookup.getSourcePartition() + "/" + lookup.getSourceOffset());
            if (id != null) {
                refused.put(id, lookup.getRejectedAt().toEpochMilli());
            }
        }
        return refused;
    }

    private static Map<String, Long> newly(Map<String, Long> all, Set<String> before) {
        Map<String, Long> newly = new HashMap<>(all);
        newly.keySet().removeAll(before);
        return newly;
    }

    /** Until no probe has been admitted for a while, but many refused; when the last one was admitted. */
    private long awaitAllRefused() {
        await().atMost(GENEROUS).until(() -> {
            long quietSince = lastAdmitted() + QUIET.toMillis();
            return refused().values().stream().filter(at -> at > quietSince).count() > 10L * events.partitions();
        });
        return lastAdmitted();
    }

    private long lastAdmitted() {
        return admitted().values().stream().mapToLong(Long::longValue).max().orElseThrow();
    }

    /** Until nothing is left in the ledger that was past its deadline when the policy came; when the last receipt closed. */
    private long awaitSwept(Duration duration, int version) {
        long due = effectiveFrom(version) - duration.toMillis() - BUCKET.toMillis();
        await().atMost(LIMIT).untilAsserted(() -> {
            Ledger ledger = new Ledger(Model.SHORT, PARTITIONS).read(shortLedger.read());
            assertThat(ledger.live().stream().filter(row -> row.occurredAt() <= due))
                    .as("rows past their deadline")
                    .isEmpty();
            assertThat(closed(version, due)).as("receipts").isNotEmpty();
        });
        return closed(version, due).stream()
                .mapToLong(each -> each.getClosedAt().toEpochMilli())
                .max()
                .orElseThrow();
    }

    private List<ExpiryReceipt> closed(int version, long due) {
        return receipts.read().stream()
                .map(ConsumerRecord::value)
                .filter(each -> each.getClosedAt() != null
                        && each.getPolicyVersion() == version
                        && each.getBucketEnd().toEpochMilli() <= due)
                .toList();
    }

    // ---- what is said of policies

    private long effectiveFrom(int version) {
        return new PolicyLog(stack.config(), OfficersFile.load(stack.config()), Map.of())
                .read()
                .history()
                .of(Model.SHORT)
                .get(version - 1)
                .getEffectiveFrom()
                .toEpochMilli();
    }

    /** Until every role of both processes has the version; when that was seen. */
    private long awaitVersion(int version) {
        await().atMost(GENEROUS)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> version() == version);
        return CLOCK.millis();
    }

    private double version() throws Exception {
        double least = Double.MAX_VALUE;
        for (Instance each : List.of(first, second)) {
            for (String role : List.of("ingest", "vault")) {
                least = Math.min(least, each.metric("lookback_retention_policy_version", Model.SHORT, role));
            }
        }
        return least;
    }

    private long retentionMs() throws Exception {
        ConfigResource ledger = new ConfigResource(
                ConfigResource.Type.TOPIC, topics.ledger(Model.SHORT).name());
        return Long.parseLong(admin.describeConfigs(List.of(ledger))
                .all()
                .get()
                .get(ledger)
                .get("retention.ms")
                .value());
    }

    private static long median(List<Long> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    // ---- the tool, as its users run it

    private String[] by(String officer) {
        return new String[] {
            "--officer",
            officer,
            "--keystore",
            stack.officerKeystore(officer).toString(),
            "--password-file",
            stack.passwordFile().toString()
        };
    }

    /** Runs {@code lookback retention …}; the last argument may be a list. */
    private Process tool(Object... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Dorg.apache.avro.SERIALIZABLE_PACKAGES=dev.lookback.v1,java.lang",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "retention"));
        for (Object each : args) {
            command.addAll(each instanceof String[] several ? Arrays.asList(several) : List.of(each.toString()));
        }
        command.addAll(List.of("--config", stack.configFile().toString()));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("tool.log").toFile())
                .start();
    }

    private void succeeds(Process tool) throws Exception {
        assertThat(tool.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(tool.exitValue())
                .as(Files.readString(directory.resolve("tool.log")))
                .isZero();
    }
}
