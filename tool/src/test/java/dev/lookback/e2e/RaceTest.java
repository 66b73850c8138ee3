package dev.lookback.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lookback.casework.Command;
import dev.lookback.ledger.PreservedKey;
import dev.lookback.local.LocalStack;
import dev.lookback.v1.CaseState;
import dev.lookback.v1.EnrichedLookup;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The race at the deadline on a real broker: while lookups pass their deadlines by the millisecond and are swept without
 * a pause, requests come in, and the application is killed before it has preserved anything, in the middle of a search
 * and in the middle of a sweep. Whatever happens, a request gets the lookups whose deadline lies after the instant at
 * which the broker took it in, and none besides.
 */
@Tag("server")
class RaceTest extends RealCluster {
    private static final Duration KEPT = Duration.ofSeconds(12);
    private static final Duration DOWN = Duration.ofSeconds(3);
    private static final int STEADY = 1_500;
    private static final int MAX_TRIES = 10;

    private TopicLog<EnrichedLookup> preserved;

    RaceTest() {
        // Small slices, so that a search takes seconds and can be hit.
        super(
                KEPT,
                Duration.ofSeconds(1),
                Map.of("vault.slice.rows", "100", "vault.work.interval", "100ms", "vault.order.keys", "50"));
    }

    @AfterEach
    void closeLog() {
        if (preserved != null) {
            preserved.close();
        }
    }

    @Test
    void theInstantOfReceiptDecidesWhateverIsKilled() throws Exception {
        preserved = new TopicLog<>(stack.config(), topics.preservedLookups());
        first.start();
        first.awaitReady();

        race("before anything is preserved", request -> {
            kill(first, "with a request received and nothing preserved");
            assertThat(state(request.id)).isNotEqualTo(CaseState.AWAITING_APPROVAL);
            assertThat(copies(request.id)).as("copies").isZero();
            return true;
        });
        race("in the middle of a search", request -> {
            await().atMost(LIMIT)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> copies(request.id) > 0);
            kill(first, "in the middle of a search");
            return ends(request.id) < PARTITIONS;
        });
        race("in the middle of a sweep", request -> {
            long ordered = end(topics.expiryOrders().name());
            await().atMost(LIMIT)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> end(topics.expiryOrders().name()) > ordered);
            return kill(first, "in the middle of a sweep").sweeping();
        });
        vaultHoldsTheModel("after the last race");
    }

    /** A request whose lookups pass their deadlines one after the other from the instant of its receipt on. */
    private record Request(UUID id, Command.Submit submit, String digest) {}

    private interface Blow {
        /** Strikes; whether it hit. */
        boolean strike(Request request) throws Exception;
    }

    private Request request() throws Exception {
        traffic.flow(STEADY);
        long until = CLOCK.millis() + KEPT.toMillis();
        await().atMost(LIMIT).until(() -> CLOCK.millis() >= until);
        traffic.pause();
        UUID id = UUID.randomUUID();
        Command.Submit submit = submit(id);
        return new Request(id, submit, send(submit, LocalStack.INTAKE_OFFICER));
    }

    /** Tries until the blow has hit, and lookups were forgotten between receipt and answer; each answer must be exact. */
    private void race(String when, Blow blow) throws Exception {
        for (int attempt = 1; ; attempt++) {
            Request request = request();
            boolean hit = blow.strike(request);
            if (isAnsweredAsOfItsReceipt(request) > 0 && hit) {
                return;
            }
            assertThat(attempt).as("tries to hit %s", when).isLessThan(MAX_TRIES);
        }
    }

    /** How many of the lookups in the answer had passed their deadline before the search went on. */
    private int isAnsweredAsOfItsReceipt(Request request) throws Exception {
        long reachedAt = CLOCK.millis() + DOWN.toMillis();
        await().atMost(LIMIT).until(() -> CLOCK.millis() >= reachedAt);
        first.start();
        awaitState(request.id, CaseState.AWAITING_APPROVAL);
        send(
                new Command.Approve(request.id, UUID.randomUUID(), CLOCK.instant(), request.digest),
                LocalStack.APPROVING_OFFICER);
        awaitState(request.id, CaseState.SEALED);
        readModel();
        Set<Model.Row> answer = modelsAnswer(request.id, request.submit);
        extractHolds(request.id, answer);
        Set<Model.Row> forgottenSince = new HashSet<>(answer);
        forgottenSince.removeAll(model.answer(
                request.submit.selectors().get(0).handle(),
                request.submit.selectors().get(1).handle(),
                reachedAt));
        say(
                "%s of %s lookups had passed their deadline before the search went on",
                forgottenSince.size(), answer.size());
        first.awaitReady();
        return forgottenSince.size();
    }

    private long copies(UUID id) {
        return preserved.read().stream()
                .filter(each -> PreservedKey.requestId(each.key()).equals(id) && !PreservedKey.isEnd(each.key()))
                .count();
    }

    private long ends(UUID id) {
        return preserved.read().stream()
                .filter(each -> PreservedKey.requestId(each.key()).equals(id) && PreservedKey.isEnd(each.key()))
                .count();
    }
}
