package dev.lookback.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.lookback.casework.Command;
import dev.lookback.e2e.Instance.Holding;
import dev.lookback.e2e.Instance.Slice;
import dev.lookback.local.LocalStack;
import dev.lookback.v1.CaseState;
import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.ExpiryReceipt;
import java.nio.file.Files;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The application under {@code kill -9}, on a real broker and a real registry, compared with a naive {@link Model} after
 * every blow: what a test driver cannot show (checkpoints, offsets, restored state, transactions cut off).
 */
@Tag("server")
class CrashTest extends RealCluster {
    private static final int LOOKUPS = 100_000;
    private static final int STEADY = 1_000;
    private static final int FLOOD = 10_000;
    private static final int MAX_TRIES = 10;

    CrashTest() {
        super(Duration.ofSeconds(40), Duration.ofSeconds(15), Map.of());
    }

    @Test
    void nothingIsLostDoubledOrKeptWhateverIsKilled() throws Exception {
        first.start();
        first.awaitReady();

        traffic.flow(STEADY);
        await().atMost(LIMIT).until(() -> end(topics.ledger("default").name()) > 5 * STEADY);
        assertThat(kill(first, "while it ingests").uncommitted()).isPositive();

        first.start();
        first.awaitReady();
        assertThat(kill(first, "while it catches up; then its state directory is wiped")
                        .uncommitted())
                .isPositive();
        first.wipeState();
        first.start();
        first.awaitReady();
        assertThat(Files.readString(first.log())).as("stores are told").contains(": restoring ends at position");
        traffic.pause();
        vaultHoldsTheModel("after a wipe");

        UUID request = UUID.randomUUID();
        Command.Submit submit = submit(request);
        String digest = send(submit, LocalStack.INTAKE_OFFICER);
        kill(first, "with a request just received");
        assertThat(state(request)).isNotIn(CaseState.AWAITING_APPROVAL, CaseState.APPROVED, CaseState.SEALED);
        first.start();
        awaitState(request, CaseState.AWAITING_APPROVAL);
        send(new Command.Approve(request, UUID.randomUUID(), CLOCK.instant(), digest), LocalStack.APPROVING_OFFICER);
        kill(first, "with an approval just received");
        assertThat(state(request)).isNotEqualTo(CaseState.SEALED);
        first.start();
        awaitState(request, CaseState.SEALED);
        Set<Model.Row> answer = modelsAnswer(request, submit);
        extractHolds(request, answer);
        vaultHoldsTheModel("after a request");

        killWhileItLagsAndSweeps();
        first.start();
        first.awaitReady();
        vaultHoldsTheModel("after a crash in a sweep");

        second.start();
        second.awaitReady();
        traffic.flow(STEADY);
        assertThat(kill(first, "while a second instance is there").uncommitted())
                .isPositive();
        await().atMost(LIMIT).until(() -> second.vault().size() == 2 * PARTITIONS);
        traffic.pause();
        vaultHoldsTheModel("held by the second instance");
        first.start();
        first.awaitReady();
        traffic.flow(STEADY);
        second.stop();
        traffic.pause();
        traffic.burst(Math.max(0, LOOKUPS - traffic.published()));
        await().atMost(LIMIT).until(() -> first.vault().size() == 2 * PARTITIONS);
        vaultHoldsTheModel("handed back");

        vaultHoldsTheModelWithNothingLeftToForget();
        receiptsAddUp();
        extractHolds(request, answer);
        everyVerifierTurnsRed(request, answer);
    }

    // ---- blows

    private void killWhileItLagsAndSweeps() throws Exception {
        for (int attempt = 1; ; attempt++) {
            long due = nextDue();
            long ordered = end(topics.expiryOrders().name());
            await().atMost(LIMIT).pollInterval(Duration.ofMillis(20)).until(() -> CLOCK.millis() > due);
            traffic.flow(FLOOD);
            await().atMost(LIMIT)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> end(topics.expiryOrders().name()) > ordered);
            Unfinished unfinished = kill(first, "while it lags and sweeps");
            traffic.pause();
            if (unfinished.sweeping() && unfinished.eventsBehind() > 0) {
                return;
            }
            assertThat(attempt).as("tries to hit a sweep").isLessThan(MAX_TRIES);
            first.start();
            first.awaitReady();
        }
    }

    /** When there is something to forget; publishes something if there will not be. */
    private long nextDue() {
        readModel();
        if (model.nextDue(CLOCK.millis()).isEmpty()) {
            traffic.burst(FLOOD);
            vaultHoldsTheModel("something to forget");
        }
        return model.nextDue(CLOCK.millis()).orElseThrow();
    }

    // ---- guarantees

    private void vaultHoldsTheModelWithNothingLeftToForget() {
        await().atMost(LIMIT).pollInterval(Duration.ofMillis(500)).untilAsserted(() -> {
            readModel();
            Set<Model.Row> stored = model.storedAt(CLOCK.millis());
            assertThat(stored).noneMatch(row -> row.retentionClass().equals(Model.SHORT));
            holds(stored, first.vault());
            assertThat(new Receipts(Model.SHORT, receipts.read()).notClosed()).isZero();
        });
    }

    private void receiptsAddUp() {
        Receipts all = new Receipts(Model.SHORT, receipts.read());
        all.addUp(shortLedger.read(), PARTITIONS);
        Ledger ledger = new Ledger(Model.SHORT, PARTITIONS).read(shortLedger.read());
        assertThat(all.rows()).isGreaterThanOrEqualTo(ledger.everPut().size());
        say(
                "%s receipts over %s rows add up; %s lookups were ever in the short ledger",
                all.count(), all.rows(), ledger.everPut().size());
        assertThat(new Receipts("default", receipts.read()).count()).isZero();
    }

    /** Each check can fail: shown on the very evidence that it has just passed. */
    private void everyVerifierTurnsRed(UUID request, Set<Model.Row> answer) throws Exception {
        readModel();
        Set<Model.Row> stored = model.storedAt(CLOCK.millis());
        Map<Slice, Holding> vault = first.vault();
        holds(stored, vault);

        Model.Row dropped = stored.iterator().next();
        Set<Model.Row> oneLess = new HashSet<>(stored);
        oneLess.remove(dropped);
        red(() -> holds(oneLess, vault));
        Map<Slice, Holding> altered = new HashMap<>(vault);
        altered.replaceAll((slice, holding) -> new Holding(holding.rows(), "0".repeat(64)));
        red(() -> holds(stored, altered));
        Map<Slice, Holding> partitionLost = new HashMap<>(vault);
        partitionLost.remove(new Slice("default", 0));
        red(() -> holds(stored, partitionLost));

        Set<Model.Row> oneNotAnswered = new HashSet<>(answer);
        oneNotAnswered.remove(answer.iterator().next());
        red(() -> extractHolds(request, oneNotAnswered));

        List<ConsumerRecord<byte[], EnrichedLookup>> ledger = shortLedger.read();
        List<ConsumerRecord<byte[], EnrichedLookup>> oneGone = new java.util.ArrayList<>(ledger);
        oneGone.remove(
                ledger.stream().filter(each -> each.value() != null).findFirst().orElseThrow());
        red(() -> new Receipts(Model.SHORT, receipts.read()).addUp(oneGone, PARTITIONS));
        List<ConsumerRecord<byte[], ExpiryReceipt>> withoutLast = receipts.read();
        assertThat(new Receipts(Model.SHORT, withoutLast.subList(0, withoutLast.size() - 1)).notClosed())
                .isPositive();
        readModel();
    }

    private static void red(org.assertj.core.api.ThrowableAssert.ThrowingCallable check) {
        assertThatThrownBy(check).isInstanceOf(AssertionError.class);
    }
}
