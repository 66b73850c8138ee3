package dev.lookback.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.RejectReason;
import dev.lookback.v1.RejectedLookup;
import dev.lookback.v1.SelectorRole;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The barrier at the door: what is published after an erasure and occurred before it stays out. */
class ErasureTest {
    private static final String ALICE = "+491701234567";
    private static final String BOB = "+4915799999999";
    private static final Instant E = Ingest.NOW.minusSeconds(30);

    private final Ingest ingest = new Ingest();

    @AfterEach
    void stop() {
        ingest.close();
    }

    private void erase(String handle, SelectorRole role) {
        ingest.erase(UUID.randomUUID(), handle, role, E);
        ingest.driver.advanceWallClockTime(Duration.ofSeconds(1));
    }

    private static LookupEvent lookup(String requester, String queried, Instant occurredAt) {
        return Ingest.lookup()
                .setRequester(requester)
                .setQueried(queried)
                .setOccurredAt(occurredAt)
                .build();
    }

    private boolean admits(LookupEvent event) {
        ingest.publish(event);
        boolean admitted = ingest.written(Ingest.DEFAULT).stream().anyMatch(each -> each.value() != null);
        assertThat(ingest.rejected())
                .extracting(RejectedLookup::getReason)
                .isEqualTo(admitted ? java.util.List.of() : java.util.List.of(RejectReason.ERASED));
        return admitted;
    }

    @Test
    void keepsOutWhatOccurredUpToTheInstant() {
        erase(ALICE, SelectorRole.REQUESTER);
        assertThat(admits(lookup(ALICE, BOB, E.minusMillis(1)))).isFalse();
        assertThat(admits(lookup(ALICE, BOB, E))).isFalse();
        assertThat(admits(lookup(ALICE, BOB, E.plusMillis(1)))).isTrue();
    }

    @Test
    void looksAtTheRole() {
        erase(ALICE, SelectorRole.REQUESTER);
        assertThat(admits(lookup("+49 170 1234567", BOB, E)))
                .as("normalised first")
                .isFalse();
        assertThat(admits(lookup(BOB, ALICE, E))).isTrue();
        erase(ALICE, SelectorRole.QUERIED);
        assertThat(admits(lookup(BOB, "+49 (170) 123-4567", E))).isFalse();
        assertThat(admits(lookup(BOB, BOB, E))).isTrue();
        erase(BOB, SelectorRole.EITHER);
        assertThat(admits(lookup(BOB, BOB, E))).isFalse();
        assertThat(admits(lookup("a@example.org", "b@example.org", E))).isTrue();
    }

    @Test
    void keepsNothingOfWhatItRefusesEvenIfThatIsInvalidBesides() {
        erase(ALICE, SelectorRole.REQUESTER);
        ingest.publish(Ingest.lookup().setOccurredAt(E).setSourceIp("nonsense").build());
        RejectedLookup rejected = ingest.rejected().get(0);
        assertThat(rejected.getReason()).isEqualTo(RejectReason.ERASED);
        assertThat(rejected.getRawKey()).isNull();
        assertThat(rejected.getRawValue()).isNull();
        assertThat(rejected.toString()).doesNotContain("170").doesNotContain("nonsense");
    }

    @Test
    void letsInWhatWasPublishedBeforeTheErasure() {
        ingest.erase(UUID.randomUUID(), ALICE, SelectorRole.REQUESTER, Ingest.NOW.minusSeconds(1));
        ingest.driver.advanceWallClockTime(Duration.ofSeconds(1));
        // The fixture publishes at NOW - 1 s: not after the erasure. A request received before it may still need it.
        assertThat(admits(lookup(ALICE, BOB, E))).isTrue();
    }

    @Test
    void aForgedErasureKeepsNothingOut() {
        ingest.forgeErasure(UUID.randomUUID(), ALICE, SelectorRole.EITHER, E);
        ingest.driver.advanceWallClockTime(Duration.ofSeconds(1));
        assertThat(admits(lookup(ALICE, BOB, E))).isTrue();
        assertThat(ingest.meters.get("lookback.erasures.unsound").gauge().value())
                .isEqualTo(1);
    }
}
