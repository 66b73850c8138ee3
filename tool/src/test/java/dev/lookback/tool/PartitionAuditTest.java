package dev.lookback.tool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.ledger.KeyFingerprint;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClass;
import dev.lookback.seal.Sha256;
import dev.lookback.tool.PartitionAudit.Result;
import dev.lookback.v1.ExpiryReceipt;
import dev.lookback.v1.ReceiptPhase;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
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
    private static final long LATE = 700;

    private final Cutoff cutoff = new Cutoff(CLASS, List.of());

    private static byte[] key(long occurredAt, long id) {
        return new LedgerKey(occurredAt / 1_000, 42, occurredAt, new UUID(0, id)).toBytes();
    }

    private PartitionAudit at(long now) {
        return at(now, new Scope.Everything());
    }

    private PartitionAudit at(long now, Scope scope) {
        return new PartitionAudit(CLASS, 3, cutoff, scope, PartitionAudit.Erasures.NONE, now, ALLOWANCE);
    }

    private static ExpiryReceipt receipt(ReceiptPhase phase, long openedAt, long position, byte[]... keys) {
        return receipt(phase, 0, openedAt, position, keys);
    }

    private static ExpiryReceipt receipt(
            ReceiptPhase phase, int sequence, long openedAt, long position, byte[]... keys) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        Arrays.stream(keys).sorted(Arrays::compareUnsigned).forEach(all::writeBytes);
        return ExpiryReceipt.newBuilder()
                .setPhase(phase)
                .setRetentionClass("default")
                .setPartition(3)
                .setBucket(5)
                .setSequence(sequence)
                .setBucketStart(Instant.ofEpochMilli(5_000))
                .setBucketEnd(Instant.ofEpochMilli(6_000))
                .setDueAt(Instant.ofEpochMilli(DUE))
                .setLedgerPosition(position)
                .setRows(keys.length)
                .setKeysSha256(new dev.lookback.v1.Sha256(Sha256.of(all.toByteArray())))
                .setOpenedAt(Instant.ofEpochMilli(openedAt))
                .setPolicyVersion(1)
                .setClosedAt(phase == ReceiptPhase.CLOSED ? Instant.ofEpochMilli(openedAt + LATE) : null)
                .setLatenessMillis(phase == ReceiptPhase.CLOSED ? LATE : null)
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

        Result result = audit.finish();
        assertThat(result.findings()).isEmpty();
        assertThat(result.isSound()).isTrue();
        assertThat(days(result))
                .containsExactly(new DayTally(
                        "default", "1970-01-01", 3, 0, 2, 1, 0, LATE, new DayTally.Receipts(1, 0, 0, 0, 0), 0));
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
        assertThat(days(inTime.finish()).get(0).receipts()).isEqualTo(new DayTally.Receipts(0, 0, 0, 1, 0));
        assertThat(days(late.finish()).get(0).receipts().doubtful()).isEqualTo(1);
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
        assertThat(result.findings()).isEmpty();
        assertThat(days(result).get(0).receipts()).isEqualTo(new DayTally.Receipts(0, 0, 1, 0, 0));
        assertThat(days(result).get(0).came()).isEqualTo(3);
        assertThat(days(result).get(0).cameAsStated()).isEqualTo(2);
    }

    @Test
    void doubtsALedgerThatBeginsAfterTheCutoff() {
        PartitionAudit audit = at(17_000);
        audit.ledgerBegins(6_500, Duration.ofSeconds(1));

        assertThat(audit.finish().doubts()).singleElement().asString().contains("1970-01-01T00:00:06.500Z");
    }

    @Test
    void findsALatenessThatIsNotTheReceiptsOwn() {
        PartitionAudit audit = at(17_000);
        audit.receipt(receipt(ReceiptPhase.OPENED, DUE, 0));
        ExpiryReceipt closed = receipt(ReceiptPhase.CLOSED, DUE, 0);
        closed.setLatenessMillis(1L);
        audit.receipt(closed);

        assertThat(whats(audit)).containsExactly("receipt 0 states a lateness that its own times do not give");
    }

    @Test
    void findsAReceiptThatIsClosedWithOtherRows() {
        PartitionAudit audit = at(17_000);
        forgetting(audit, A, B);
        audit.receipt(receipt(ReceiptPhase.OPENED, 1, DUE + 1, 6));
        audit.receipt(receipt(ReceiptPhase.CLOSED, 1, DUE + 1, 6, A));

        assertThat(whats(audit)).containsExactly("receipt 1 closed with other rows than it was opened with");
    }

    @Test
    void countsASupplementaryReceiptFromWhatCameAfterTheFirst() {
        PartitionAudit audit = at(17_000);
        audit.receipt(receipt(ReceiptPhase.OPENED, DUE, 1, A));
        audit.receipt(receipt(ReceiptPhase.OPENED, 1, DUE + 300, 3, B));
        audit.receipt(receipt(ReceiptPhase.CLOSED, DUE, 1, A));
        audit.receipt(receipt(ReceiptPhase.CLOSED, 1, DUE + 300, 3, B));
        audit.ledger(0, A, false);
        audit.ledger(1, A, true);
        audit.ledger(2, B, false);
        audit.ledger(3, B, true);

        Result result = audit.finish();
        assertThat(result.findings()).isEmpty();
        assertThat(days(result).get(0).forgotten()).isEqualTo(2);
        assertThat(days(result).get(0).receipts().matching()).isEqualTo(2);
    }

    @Test
    void findsARowThatLeavesBeforeItsTime() {
        PartitionAudit audit = at(17_000);
        audit.ledger(0, LATER, false);
        audit.ledger(1, LATER, true);

        Result result = audit.finish();
        assertThat(result.findings())
                .containsExactly(new Finding("default", 3, 1, 9, "forgotten without a receipt opened before"));
        assertThat(days(result).get(0).live()).isZero();
        assertThat(days(result).get(0).receipts().missing()).isEqualTo(1);
    }

    @Test
    void takesAnErasureForAnExplanation() {
        PartitionAudit audit = new PartitionAudit(
                CLASS, 3, cutoff, new Scope.Everything(), (key, offset) -> offset == 1, 17_000, ALLOWANCE);
        audit.ledger(0, LATER, false);
        audit.ledger(1, LATER, true);
        audit.ledger(2, A, false);
        audit.ledger(3, A, true);

        assertThat(audit.finish().findings()).extracting(Finding::offset).containsExactly(3L);
    }

    @Test
    void saysThatADueBucketHasRowsAndNoReceipt() {
        PartitionAudit audit = at(DUE + ALLOWANCE.toMillis() + 1);
        audit.ledger(7, A, false);

        DayTally day = days(audit.finish()).get(0);
        assertThat(day.receipts().missing()).isEqualTo(1);
        assertThat(day.overdue()).isEqualTo(1);
    }

    @Test
    void listsSomeFindingsAndCountsTheRest() {
        PartitionAudit audit = at(DUE + ALLOWANCE.toMillis() + 1);
        int rows = Findings.MOST + 7;
        for (int i = 0; i < rows; i++) {
            audit.ledger(i, key(5_000, i), false);
        }

        Result result = audit.finish();
        assertThat(result.findings()).hasSize(Findings.MOST);
        assertThat(result.unlisted()).isEqualTo(7);
        assertThat(days(result).get(0).overdue()).isEqualTo(rows);
        assertThat(days(result).get(0).findings()).isEqualTo(rows);
    }

    // ---- the vault

    private static VaultHolding vault(long position, byte[]... keys) {
        Map<Long, Long> rows = new TreeMap<>();
        Map<Long, Long> prints = new TreeMap<>();
        KeyFingerprint fingerprint = new KeyFingerprint();
        for (byte[] each : keys) {
            rows.merge(LedgerKey.bucket(each), 1L, Long::sum);
            prints.merge(LedgerKey.bucket(each), fingerprint.of(each), Long::sum);
        }
        return new VaultHolding("default", 3, position, rows, prints);
    }

    /** The mirror may lag behind what the audit reads, or be asked in the midst of forgetting. */
    @Test
    void findsTheVaultInAgreementAtWhateverPositionItIs() {
        List<VaultHolding> right = List.of(
                vault(0),
                vault(1, A),
                vault(2, A),
                vault(3, A, B),
                vault(4, A, B, LATER),
                vault(5, B, LATER),
                vault(6, LATER),
                vault(99, LATER));
        PartitionAudit audit = at(17_000);
        right.forEach(audit::vault);
        forgetting(audit, A, B);

        Result result = audit.finish();
        assertThat(result.findings()).isEmpty();
        assertThat(result.compared()).isGreaterThanOrEqualTo(right.size());
    }

    @Test
    void findsARowThatTheVaultHasStill() {
        PartitionAudit audit = at(17_000);
        audit.vault(vault(6, LATER, B));
        forgetting(audit, A, B);

        assertThat(whats(audit)).containsExactly("at ledger position 6 the vault held 1 rows; the ledger had 0");
    }

    @Test
    void findsARowThatTheVaultHasLost() {
        PartitionAudit audit = at(17_000);
        audit.vault(vault(6));
        forgetting(audit, A, B);

        assertThat(whats(audit)).containsExactly("at ledger position 6 the vault held 0 rows; the ledger had 1");
    }

    @Test
    void findsThatTheVaultHasOtherRows() {
        PartitionAudit audit = at(17_000);
        audit.vault(vault(6, key(9_000, 4)));
        forgetting(audit, A, B);

        assertThat(whats(audit)).containsExactly("at ledger position 6 the vault did not hold the ledger's rows");
    }

    @Test
    void findsOverdueRowsInTheVaultThatTheLedgerNoLongerShows() {
        PartitionAudit audit = at(DUE + ALLOWANCE.toMillis() + 1);
        audit.vault(vault(6, A, LATER));
        audit.ledgerBegins(5_600, Duration.ofSeconds(1));
        audit.ledger(5, LATER, false);

        assertThat(whats(audit)).containsExactly("the vault still held 1 rows, which are overdue");
    }

    @Test
    void doubtsAVaultWhoseRowsAreThoseOfNoPosition() {
        PartitionAudit audit = at(17_000);
        audit.vault(vault(-1));
        forgetting(audit, A, B);

        Result result = audit.finish();
        assertThat(result.compared()).isZero();
        assertThat(result.doubts()).singleElement().asString().contains("ask it again later");
    }

    // ---- scopes

    @Test
    void judgesWhatHasFallenDueSince() {
        PartitionAudit audit = at(DUE + ALLOWANCE.toMillis() + 2_000, new Scope.DueSince(DUE + 1));
        byte[] next = key(6_100, 9);
        audit.ledger(0, A, false);
        audit.ledger(1, next, false);
        audit.ledger(2, key(60_000, 1), false);
        audit.ledger(3, key(60_000, 1), true);

        Result result = audit.finish();
        assertThat(result.findings())
                .extracting(Finding::offset)
                .as("what is due, and what left before its time")
                .containsExactly(1L, 3L);
    }

    @Test
    void judgesSomeBucketsAlone() {
        PartitionAudit audit = at(DUE + ALLOWANCE.toMillis() + 9_000, new Scope.Buckets(5, 5));
        audit.ledger(0, A, false);
        audit.ledger(1, key(6_100, 9), false);
        audit.ledger(2, key(4_900, 9), false);
        audit.ledger(3, key(4_900, 9), true);

        assertThat(audit.finish().findings()).extracting(Finding::offset).containsExactly(0L);
    }

    private static List<DayTally> days(Result result) {
        Map<String, DayTally> days = new TreeMap<>();
        for (BucketAudit each : result.buckets()) {
            DayTally none = DayTally.none("default", DayTally.day(each.bucket(), CLASS));
            days.put(none.day(), days.getOrDefault(none.day(), none).plus(each));
        }
        return List.copyOf(days.values());
    }

    private static List<String> whats(PartitionAudit audit) {
        return audit.finish().findings().stream().map(Finding::what).toList();
    }
}
