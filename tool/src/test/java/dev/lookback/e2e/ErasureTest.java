package dev.lookback.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lookback.casework.Command;
import dev.lookback.config.ClientSettings;
import dev.lookback.erasure.SignedErasure;
import dev.lookback.local.LocalStack;
import dev.lookback.tool.Main;
import dev.lookback.v1.CaseState;
import dev.lookback.v1.Erasure;
import dev.lookback.v1.ErasureReceipt;
import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.ReceiptPhase;
import dev.lookback.v1.RejectReason;
import dev.lookback.v1.SelectorRole;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Erasing on a real broker while lookups arrive, with the application killed in the middle: what the naive model drops
 * is gone, retries and replays stay out, also after a restart, and a request that came first keeps what it got.
 */
@Tag("server")
class ErasureTest extends RealCluster {
    private static final int STEADY = 1_000;
    private static final int LOOKUPS = 20_000;

    private TopicLog<ErasureReceipt> erasureReceipts;

    ErasureTest() {
        // Small slices, so that an erasure takes seconds and can be hit.
        super(
                Duration.ofSeconds(40),
                Duration.ofSeconds(15),
                Map.of("vault.slice.rows", "100", "vault.work.interval", "100ms", "vault.order.keys", "10"));
    }

    @AfterEach
    void closeLog() {
        if (erasureReceipts != null) {
            erasureReceipts.close();
        }
    }

    @Test
    void whatIsErasedStaysErasedWhateverIsKilled() throws Exception {
        erasureReceipts = new TopicLog<>(stack.config(), topics.erasureReceipts());
        first.start();
        first.awaitReady();
        traffic.burst(LOOKUPS);
        vaultHoldsTheModel("before");

        UUID held = UUID.randomUUID();
        Command.Submit submit = submit(held);
        String digest = send(submit, LocalStack.INTAKE_OFFICER);
        awaitState(held, CaseState.AWAITING_APPROVAL);
        readModel();
        Set<Model.Row> answer = modelsAnswer(held, submit);

        String handle = submit.selectors().get(0).handle();
        traffic.flow(STEADY);
        Erasure erasure = erase(handle);
        await().atMost(LIMIT)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> opened(erasure).stream().anyMatch(each -> each.getRows() > 0));
        kill(first, "in the middle of an erasure");
        assertThat(closed(erasure)).as("receipts closed by then").isLessThan(2 * PARTITIONS);
        first.start();
        first.awaitReady();
        second.start();
        second.awaitReady();
        isCarriedOut(erasure);
        traffic.pause();
        vaultHoldsTheModel("erased");
        long rows = opened(erasure).stream().mapToLong(ErasureReceipt::getRows).sum();
        say("erased %s lookups under %s receipts", rows, opened(erasure).size());
        assertThat(rows).isPositive();

        replay(handle, "a replay");
        second.stop();
        first.stop();
        first.start();
        first.awaitReady();
        replay(handle, "a replay after a restart");

        send(new Command.Approve(held, UUID.randomUUID(), CLOCK.instant(), digest), LocalStack.APPROVING_OFFICER);
        awaitState(held, CaseState.SEALED);
        assertThat(answer.stream()
                        .filter(row -> model.isErased(row, Long.MAX_VALUE))
                        .count())
                .as("lookups that were preserved before they were erased")
                .isPositive();
        extractHolds(held, answer);

        UUID later = UUID.randomUUID();
        Command.Submit again = submit(later);
        String laterDigest = send(again, LocalStack.INTAKE_OFFICER);
        awaitState(later, CaseState.AWAITING_APPROVAL);
        send(new Command.Approve(later, UUID.randomUUID(), CLOCK.instant(), laterDigest), LocalStack.APPROVING_OFFICER);
        awaitState(later, CaseState.SEALED);
        Set<Model.Row> rest = modelsAnswer(later, again);
        assertThat(rest).noneMatch(row -> model.isErased(row, Long.MAX_VALUE));
        extractHolds(later, rest);

        assertThat(tool("retention", "audit")).as("the audit finds nothing").isZero();
        assertThat(tool("erase", "show", erasure.getId()))
                .as("the erasure is carried out")
                .isZero();
        assertThat(tool("erase", "holds", erasure.getId())).isZero();
    }

    private Erasure erase(String handle) throws Exception {
        Erasure erasure = SignedErasure.sign(
                UUID.randomUUID(),
                stack.config().tokens().token(handle),
                SelectorRole.EITHER,
                "a test",
                CLOCK.instant(),
                LocalStack.ERASING_OFFICER,
                stack.officerKeys(LocalStack.ERASING_OFFICER).getPrivate());
        try (KafkaProducer<String, Erasure> producer = new KafkaProducer<>(
                ClientSettings.producer(stack.config()),
                topics.erasures().key().serializer(),
                topics.erasures().value().serializer())) {
            long at = producer.send(new ProducerRecord<>(topics.erasures().name(), erasure.getId(), erasure))
                    .get()
                    .timestamp();
            model.erase(new Model.Erasure(handle, true, true, at));
            say("erasure at %s", Instant.ofEpochMilli(at));
        }
        return erasure;
    }

    private List<ErasureReceipt> opened(Erasure erasure) {
        return erasureReceipts.read().stream()
                .map(ConsumerRecord::value)
                .filter(each -> each.getErasureId().equals(erasure.getId()) && each.getPhase() == ReceiptPhase.OPENED)
                .toList();
    }

    private long closed(Erasure erasure) {
        return erasureReceipts.read().stream()
                .map(ConsumerRecord::value)
                .filter(each -> each.getErasureId().equals(erasure.getId())
                        && each.getPhase() == ReceiptPhase.CLOSED
                        && each.getSequence() == 0)
                .map(each -> each.getRetentionClass() + each.getPartition())
                .distinct()
                .count();
    }

    private void isCarriedOut(Erasure erasure) {
        await().atMost(LIMIT)
                .pollInterval(Duration.ofMillis(200))
                .untilAsserted(() -> assertThat(closed(erasure)).isEqualTo(2 * PARTITIONS));
    }

    /** Every lookup of the handle so far is published again. */
    private void replay(String handle, String what) {
        long before = rejectedAsErased();
        List<ConsumerRecord<byte[], LookupEvent>> covered = events.read().stream()
                .filter(each -> model.isErased(Model.Row.of(each.value()), Long.MAX_VALUE))
                .toList();
        assertThat(covered).as("lookups of the handle").isNotEmpty();
        try (KafkaProducer<byte[], LookupEvent> producer = new KafkaProducer<>(
                ClientSettings.producer(stack.config()),
                new ByteArraySerializer(),
                topics.lookupEvents().value().serializer())) {
            covered.forEach(each ->
                    producer.send(new ProducerRecord<>(topics.lookupEvents().name(), each.key(), each.value())));
            producer.flush();
        }
        vaultHoldsTheModel(what);
        say("%s of %s lookups: %s refused", what, covered.size(), rejectedAsErased() - before);
        assertThat(rejectedAsErased() - before).isPositive();
    }

    private long rejectedAsErased() {
        return rejects.read().stream()
                .filter(each -> each.value().getReason() == RejectReason.ERASED)
                .count();
    }

    /** Runs a command as an operator does; its exit code. */
    private int tool(String... args) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dorg.apache.avro.SERIALIZABLE_PACKAGES=dev.lookback.v1,java.lang",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName());
        builder.command().addAll(List.of(args));
        builder.command().addAll(List.of("--config", stack.configFile().toString()));
        Process process = builder.inheritIO().start();
        assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }
}
