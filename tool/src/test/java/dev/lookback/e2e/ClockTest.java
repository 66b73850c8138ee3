package dev.lookback.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lookback.e2e.ToolProcess.Said;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A real process on a real broker whose machine's clock jumps (libfaketime): nothing is lost, nothing is forgotten while
 * the clock is in doubt, and all that is due goes once an officer has confirmed it. The clock of the broker, and of this
 * test, stays right.
 */
@Tag("server")
class ClockTest extends RealCluster {
    private static final int STEADY = 100;
    private static final int BURST = 300;
    private static final Duration KEPT = Duration.ofSeconds(20);

    /** Longer than what is kept, so that something becomes due meanwhile. */
    private static final Duration WHILE_IN_DOUBT = Duration.ofSeconds(35);

    private FakeClock clock;

    ClockTest() {
        super(KEPT, Duration.ofSeconds(5), Map.of("clock.check.interval", "5s"));
    }

    @BeforeEach
    void setTheClock() throws Exception {
        clock = new FakeClock(directory.resolve("faketime"));
        first = instance("first", clock.environment());
        first.start();
        first.awaitReady();
        traffic.flow(STEADY);
    }

    @Test
    void aJumpAheadForgetsNothing() throws Exception {
        await().atMost(LIMIT).until(() -> receipts.read().size() > 4);
        traffic.pause();
        vaultHoldsTheModel("with a right clock");
        trusted(true);
        traffic.burst(BURST);
        allAreAdmitted();

        clock.set("+40d");
        trusted(false);
        int forgotten = tombstonesAtRest();
        traffic.flow(STEADY);
        nothingIsForgottenFrom(forgotten);
        traffic.pause();
        allAreAdmitted();
        assertThat(first.isAlive()).isTrue();
        assertThat(first.metric("lookback_clock_off_seconds")).isBetween(39.9 * 86_400, 40.1 * 86_400);
        assertThat(first.metric("lookback_clock_doubts_total")).isEqualTo(1);
        Said shown = lookback("clock", "show");
        assertThat(shown.exitCode()).isEqualTo(1);
        assertThat(shown.text()).contains("40d ahead of the brokers'", "IN DOUBT", "jumped by 40d");
        Said refused = confirm();
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.text()).contains("Set it right", "Nothing was confirmed");

        clock.set("+0");
        assertThat(first.awaitEnd()).contains("clock went back by 40d", "has to be started again");
        first.start(); // as a supervisor does
        first.awaitReady();
        trusted(false);
        nothingIsForgottenFrom(forgotten);
        assertThat(confirm().exitCode()).isZero();
        trusted(true);
        vaultHoldsTheModel("after the clock was confirmed");
        assertThat(shortTombstones()).isGreaterThan(forgotten);
        assertThat(lookback("clock", "show").exitCode()).isZero();
    }

    @Test
    void aJumpBackStopsTheProcessAndResurrectsNothing() throws Exception {
        await().atMost(LIMIT).until(() -> receipts.read().size() > 4);

        model.clockDoubtedFrom(CLOCK.millis() - KEPT.toMillis()); // some of it had not been judged yet
        clock.set("-1d");
        assertThat(first.awaitEnd()).contains("clock went back by 24h", "has to be started again");
        int forgotten = shortTombstones();
        Set<Model.Row> gone = gone();
        first.start();
        first.awaitReady();
        trusted(false);
        nothingIsForgottenFrom(tombstonesAtRest());
        traffic.pause();
        allAreAdmitted();
        assertThat(lookback("clock", "show").text()).contains("24h behind the brokers'", "IN DOUBT");

        clock.set("+0");
        Said confirmed = confirmSoon();
        assertThat(confirmed.exitCode()).as(confirmed.text()).isZero();
        trusted(true);
        vaultHoldsTheModel("after the clock was confirmed");
        assertThat(first.metric("lookback_clock_off_seconds")).isZero();
        assertThat(shortTombstones()).isGreaterThan(forgotten);
        assertThat(gone()).as("what was gone stays gone").containsAll(gone);
    }

    @Test
    void aClockThatIsWrongAtTheStartForgetsNothingAndALongOutageIsNoJump() throws Exception {
        await().atMost(LIMIT).until(() -> receipts.read().size() > 4);
        traffic.pause();
        vaultHoldsTheModel("with a right clock");
        traffic.burst(BURST);
        allAreAdmitted();
        first.stop();

        // An outage longer than what is kept: all of the class is overdue when the process comes back.
        int forgotten = shortTombstones();
        long down = System.nanoTime();
        await().atMost(LIMIT)
                .until(() -> System.nanoTime() - down > KEPT.plusSeconds(10).toNanos());
        first.start();
        first.awaitReady();
        trusted(true);
        vaultHoldsTheModel("after a long outage");
        assertThat(shortTombstones()).isGreaterThan(forgotten);
        traffic.burst(BURST);
        allAreAdmitted();
        first.stop();

        clock.set("+1d");
        first.start();
        first.awaitReady();
        trusted(false);
        int before = tombstonesAtRest();
        traffic.flow(STEADY);
        nothingIsForgottenFrom(before);
        traffic.pause();
        allAreAdmitted();
        Said shown = lookback("clock", "show");
        assertThat(shown.text()).contains("24h ahead of the brokers'", "was away from the brokers' by 24h");
        Said refused = confirm("--despite-brokers");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.text())
                .contains("refuse what is dated more than 1h ahead", "Set the brokers' clocks right first");
        first.stop();

        clock.set("+30m"); // within what brokers accept
        first.start();
        first.awaitReady();
        trusted(false);
        assertThat(confirm("--despite-brokers").exitCode()).isZero();
        trusted(true);
        await().atMost(LIMIT).until(() -> shortTombstones() > before);
    }

    // ---- what is seen

    private void trusted(boolean expected) {
        await().atMost(LIMIT)
                .until(() -> Double.valueOf(expected ? 1 : 0).equals(first.metric("lookback_clock_trusted")));
    }

    /** Every lookup that was published is in its ledger, or was refused for what is wrong with it. */
    private void allAreAdmitted() {
        await().atMost(LIMIT).pollInterval(Duration.ofMillis(500)).untilAsserted(() -> {
            Ledger defaults = new Ledger("default", PARTITIONS).read(defaultLedger.read());
            Ledger shorts = new Ledger(Model.SHORT, PARTITIONS).read(shortLedger.read());
            model.read(events.read(), rejects.read(), shorts.everPut());
            long now = CLOCK.millis();
            Set<Model.Row> due = new HashSet<>(model.storedAt(now));
            due.removeIf(row -> row.retentionClass().equals(Model.SHORT));
            same("default ledger", defaults.live(), due);
            Map<Instance.Slice, Instance.Holding> held = new HashMap<>(first.vault());
            held.keySet().removeIf(slice -> slice.retentionClass().equals(Model.SHORT));
            assertThat(held).as("vault").isEqualTo(defaults.holdings(due));
        });
    }

    private void nothingIsForgottenFrom(int tombstones) {
        await().during(WHILE_IN_DOUBT)
                .atMost(WHILE_IN_DOUBT.multipliedBy(2))
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> shortTombstones() == tombstones);
        long overdue = new Ledger(Model.SHORT, PARTITIONS)
                .read(shortLedger.read()).live().stream()
                        .filter(row -> row.occurredAt()
                                < CLOCK.millis() - KEPT.plusSeconds(10).toMillis())
                        .count();
        say("in doubt: %s tombstones as before, %s lookups are due and still there", tombstones, overdue);
        assertThat(overdue).as("something to forget").isPositive();
    }

    /** Once all has been carried out that was ordered before the clock was in doubt. */
    private int tombstonesAtRest() {
        int[] last = {-1};
        await().atMost(LIMIT).pollInterval(Duration.ofSeconds(4)).until(() -> {
            int before = last[0];
            last[0] = shortTombstones();
            return last[0] == before;
        });
        return last[0];
    }

    private int shortTombstones() {
        return gone().size();
    }

    private Set<Model.Row> gone() {
        Ledger ledger = new Ledger(Model.SHORT, PARTITIONS).read(shortLedger.read());
        Set<Model.Row> gone = new HashSet<>(ledger.everPut());
        gone.removeAll(ledger.live());
        return gone;
    }

    // ---- what an operator does

    private Said confirm(String... more) throws Exception {
        return said("clock confirm", new ToolProcess(stack, directory).confirmClock(more));
    }

    /** As soon as the process has said that its clock is right. */
    private Said confirmSoon() throws Exception {
        await().atMost(LIMIT).until(() -> !lookback("clock", "show").text().contains("24h behind"));
        return confirm();
    }

    private Said lookback(String... args) throws Exception {
        return said(String.join(" ", args), new ToolProcess(stack, directory).run(args));
    }

    private Said said(String command, Said said) {
        say("lookback %s: %s %s", command, said.exitCode(), said.text().strip());
        return said;
    }
}
