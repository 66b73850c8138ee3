package dev.lookback.tool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.ledger.LedgerKey;
import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClass;
import dev.lookback.seal.Sha256;
import dev.lookback.tool.PartitionAudit.Finding;
import dev.lookback.tool.PartitionAudit.Result;
import dev.lookback.v1.ExpiryReceipt;
import dev.lookback.v1.ReceiptPhase;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Each check, sabotaged once. Instants are in milliseconds; buckets are 1,000 wide, lookups kept for 10,000. */
class PartitionAuditTest {
    private static final RetentionClass CLASS =
            new RetentionClass("default", Duration.ofSeconds(1), Duration.ofSeconds(10), Set.of(), Set.of());
    private static final Duration ALLOWANCE = Duration.ofSeconds(5);
    private static final byte[] A = key(5_000, 1);
    private static final byte[] B = key(5_500, 2);
    private static final byte[] LATER = key(9_000, 3);
    private static final long DUE = 15_999;

    private final Cutoff cutoff = new Cutoff(CLASS, List.of());

    private static byte[] key(long occurredAt, long id) {
        return new LedgerKey(occurredAt / 1_000, 42, occurredAt, new UUID(0, id)).toBytes();
    }

    private PartitionAudit at(long now) {
        return new PartitionAudit(CLASS, 3, cutoff, PartitionAudit.Erasures.NONE, now, ALLOWANCE);
    }

    private static ExpiryReceipt receipt(ReceiptPhase phase, long openedAt, long position, byte[]... keys) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        Arrays.stream(keys).sorted(Arrays::compareUnsigned).forEach(all::writeBytes);
        return ExpiryReceipt.newBuilder()
                .setPhase(phase)
                .setRetentionClass("default")
                .setPartition(3)
                .setBucket(5)
                .setSequence(0)
                .setBucketStart(Instant.ofEpochMilli(5_000))
                .setBucketEnd(Instant.ofEpochMilli(6_000))
                .setDueAt(Instant.ofEpochMilli(DUE))
                .setLedgerPosition(position)
                .setRows(keys.length)
                .setKeysSha256(new dev.lookback.v1.Sha256(Sha256.of(all.toByteArray())))
                .setOpenedAt(Instant.ofEpochMilli(openedAt))
                .setPolicyVersion(1)
                .build();
    }

    private static void forgetting(PartitionAudit audit, byte[]... stated) {
        audit.receipt(receipt(ReceiptPhase.OPENED, DUE, 4, stated));
        audit.receipt(receipt(ReceiptPhase.CLOSED, DUE, 4, stated));
        audit.ledger(0, A, false);
        audit.ledger(1, LedgerKey.progress(0, 7), true);
        audit.ledger(2, B, false);
        audit.ledger(3, LATER, false);
        audit.ledger(4, A, true);
        audit.ledger(5, B, true);
    }

    @Test
    void findsNothingWhereTheLedgerShowsWhatTheReceiptStates() {
        PartitionAudit audit = at(17_000);
        forgetting(audit, B, A);

        assertThat(audit.finish()).isEqualTo(new Result("default", 3, 1, 2, 1, 1, 0, List.of()));
    }

    @Test
    void findsAReceiptThatStatesARowTooFew() {
        PartitionAudit audit = at(17_000);
        forgetting(audit, A);

        assertThat(whats(audit)).containsExactly("receipt 0 states 1 rows; the ledger had 2");
    }

    @Test
    void findsAReceiptWithAnotherDigest() {
        PartitionAudit audit = at(17_000);
        forgetting(audit, A, key(5_501, 2));

        assertThat(whats(audit)).containsExactly("receipt 0 its digest is not that of the ledger's rows");
    }

    @Test
    void countsTheFirstOfSeveralOpenedReceipts() {
        PartitionAudit audit = at(17_000);
        audit.receipt(receipt(ReceiptPhase.OPENED, DUE, 4, A, B));
        audit.receipt(receipt(ReceiptPhase.OPENED, DUE, 4, A));
        forgetting(audit, A, B);

        assertThat(whats(audit)).isEmpty();
    }

    @Test
    void findsARowThatIsOverdueBeyondTheAllowance() {
        PartitionAudit audit = at(DUE + ALLOWANCE.toMillis() + 1);
        audit.ledger(7, A, false);

        assertThat(audit.finish().findings())
                .containsExactly(new Finding("default", 3, 7, 5, "overdue by PT0.001S beyond the allowance"));
    }

    @Test
    void allowsARowUntilThen() {
        PartitionAudit audit = at(DUE + ALLOWANCE.toMillis());
        audit.ledger(7, A, false);

        assertThat(whats(audit)).isEmpty();
    }

    @Test
    void findsARowThatWasLeftBehind() {
        PartitionAudit audit = at(17_000);
        audit.receipt(receipt(ReceiptPhase.OPENED, DUE, 2, A, B));
        audit.receipt(receipt(ReceiptPhase.CLOSED, DUE, 2, A, B));
        audit.ledger(0, A, false);
        audit.ledger(1, B, false);
        audit.ledger(2, A, true);

        assertThat(audit.finish().findings())
                .containsExactly(new Finding("default", 3, 1, 5, "still there although its receipt is closed"));
    }

    @Test
    void findsATombstoneWithoutAReceipt() {
        PartitionAudit audit = at(17_000);
        audit.ledger(0, A, false);
        audit.ledger(1, A, true);

        assertThat(audit.finish().findings())
                .containsExactly(new Finding("default", 3, 1, 5, "forgotten without a receipt opened before"));
    }

    @Test
    void takesAReceiptThatCameMeanwhileForAnExplanation() {
        PartitionAudit audit = at(17_000);
        audit.ledger(0, A, false);
        audit.ledger(1, A, true);
        audit.laterReceipt(receipt(ReceiptPhase.OPENED, DUE, 1, A));

        assertThat(whats(audit)).isEmpty();
    }

    @Test
    void findsAReceiptThatStaysOpen() {
        PartitionAudit late = at(DUE + ALLOWANCE.toMillis() + 1);
        late.receipt(receipt(ReceiptPhase.OPENED, DUE, 0));
        PartitionAudit inTime = at(DUE + ALLOWANCE.toMillis());
        inTime.receipt(receipt(ReceiptPhase.OPENED, DUE, 0));

        assertThat(whats(late)).containsExactly("receipt 0 opened, but not closed in time");
        assertThat(inTime.finish().pending()).isEqualTo(1);
    }

    @Test
    void findsAReceiptThatWasOpenedTooEarly() {
        PartitionAudit audit = at(17_000);
        audit.receipt(receipt(ReceiptPhase.OPENED, DUE - 1, 0));

        assertThat(whats(audit)).containsExactly("receipt 0 opened before the bucket was due");
    }

    @Test
    void findsAReceiptThatWasNeverOpened() {
        PartitionAudit audit = at(17_000);
        audit.receipt(receipt(ReceiptPhase.CLOSED, DUE, 0));

        assertThat(whats(audit)).containsExactly("receipt 0 closed, but never opened");
    }

    @Test
    void doesNotRecountWhatTheBrokersNoLongerHold() {
        PartitionAudit audit = at(17_000);
        audit.receipt(receipt(ReceiptPhase.OPENED, DUE, 4, A, B));
        audit.receipt(receipt(ReceiptPhase.CLOSED, DUE, 4, A, B));
        audit.ledgerBegins(5_600, Duration.ofSeconds(1));
        audit.ledger(3, LATER, false);

        Result result = audit.finish();
        assertThat(result.recounted()).isZero();
        assertThat(result.findings()).isEmpty();
    }

    private static List<String> whats(PartitionAudit audit) {
        return audit.finish().findings().stream().map(Finding::what).toList();
    }
}
