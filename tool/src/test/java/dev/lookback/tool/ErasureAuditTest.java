package dev.lookback.tool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.erasure.Barrier;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClass;
import dev.lookback.seal.Sha256;
import dev.lookback.v1.ErasureReceipt;
import dev.lookback.v1.ReceiptPhase;
import dev.lookback.v1.SelectorRole;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Each check, sabotaged once. Instants are in milliseconds; the value of a row is the token of who was asked about. */
class ErasureAuditTest {
    private static final RetentionClass CLASS =
            new RetentionClass("default", Duration.ofSeconds(1), Duration.ofHours(10), Set.of(), Set.of());
    private static final Duration ALLOWANCE = Duration.ofSeconds(5);
    private static final long ALICE = 42;
    private static final long BOB = 43;
    private static final long E = 6_000;
    private static final byte[] ASKED = key(ALICE, 5_000, 1);
    private static final byte[] WAS_ASKED = key(BOB, 6_000, 2);
    private static final byte[] OTHER = key(BOB, 5_500, 3);
    private static final byte[] LATER = key(ALICE, 6_001, 4);

    private final ErasureAudit erasures = new ErasureAudit(
            "default",
            3,
            CLASS.bucketWidth(),
            List.of(new Barrier("an-erasure", ALICE, SelectorRole.EITHER, E)),
            (key, value) -> value.length == 0
                    ? OptionalLong.empty()
                    : OptionalLong.of(ByteBuffer.wrap(value).getLong()),
            20_000,
            ALLOWANCE);
    private final PartitionAudit audit = new PartitionAudit(
            CLASS, 3, new Cutoff(CLASS, List.of()), new Scope.Everything(), erasures, 20_000, ALLOWANCE);
    private long offset;

    private static byte[] key(long requester, long occurredAt, long id) {
        return new LedgerKey(occurredAt / 1_000, requester, occurredAt, new UUID(0, id)).toBytes();
    }

    private void record(byte[] key, @Nullable Long queried) {
        byte[] value = queried == null
                ? null
                : ByteBuffer.allocate(Long.BYTES).putLong(queried).array();
        audit.ledger(offset, key, value == null);
        erasures.ledger(offset++, key, value);
    }

    private void receipt(ReceiptPhase phase, long position, byte[]... keys) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        Arrays.stream(keys).sorted(Arrays::compareUnsigned).forEach(all::writeBytes);
        erasures.receipt(ErasureReceipt.newBuilder()
                .setPhase(phase)
                .setErasureId("an-erasure")
                .setRole(SelectorRole.EITHER)
                .setErasedAt(Instant.ofEpochMilli(E))
                .setRetentionClass("default")
                .setPartition(3)
                .setSequence(0)
                .setFromBucket(0)
                .setLedgerPosition(position)
                .setRows(keys.length)
                .setKeysSha256(new dev.lookback.v1.Sha256(Sha256.of(all.toByteArray())))
                .setOpenedAt(Instant.ofEpochMilli(7_000))
                .setClosedAt(phase == ReceiptPhase.CLOSED ? Instant.ofEpochMilli(8_000) : null)
                .build());
    }

    private void lookups() {
        record(ASKED, BOB);
        record(WAS_ASKED, ALICE);
        record(OTHER, BOB);
        record(LATER, BOB);
    }

    private List<String> findings() {
        List<String> all = new ArrayList<>();
        audit.finish().with(erasures.finish()).findings().stream()
                .map(Finding::what)
                .forEach(all::add);
        return all;
    }

    @Test
    void findsNothingWhereTheLedgerShowsWhatTheReceiptStates() {
        receipt(ReceiptPhase.OPENED, 4, ASKED, WAS_ASKED);
        receipt(ReceiptPhase.CLOSED, 4, ASKED, WAS_ASKED);
        lookups();
        record(ASKED, null);
        record(WAS_ASKED, null);
        record(ASKED, null); // a repeated order
        assertThat(findings()).isEmpty();
    }

    /** With its bucket's key destroyed nobody can tell who was asked about: neither counted again nor held against it. */
    @Test
    void believesAReceiptOverRowsThatCannotBeReadAnyMore() {
        receipt(ReceiptPhase.OPENED, 4, ASKED, WAS_ASKED);
        receipt(ReceiptPhase.CLOSED, 4, ASKED, WAS_ASKED);
        record(ASKED, BOB);
        recordUnreadable(WAS_ASKED);
        recordUnreadable(OTHER);
        record(LATER, BOB);
        record(ASKED, null);
        record(WAS_ASKED, null);
        record(WAS_ASKED, null);
        record(OTHER, null); // one more than the receipt states
        record(LATER, null); // after the erasure
        assertThat(findings())
                .containsExactly(
                        "forgotten without a receipt opened before", "forgotten without a receipt opened before");
    }

    private void recordUnreadable(byte[] key) {
        audit.ledger(offset, key, false);
        erasures.ledger(offset++, key, new byte[0]);
    }

    @Test
    void findsATombstoneThatTheErasureDoesNotCover() {
        receipt(ReceiptPhase.OPENED, 4, ASKED, WAS_ASKED);
        receipt(ReceiptPhase.CLOSED, 4, ASKED, WAS_ASKED);
        lookups();
        record(ASKED, null);
        record(WAS_ASKED, null);
        record(OTHER, null);
        record(LATER, null);
        assertThat(findings())
                .containsExactly(
                        "forgotten without a receipt opened before", "forgotten without a receipt opened before");
    }

    @Test
    void findsATombstoneBeforeTheReceipt() {
        receipt(ReceiptPhase.OPENED, 5, WAS_ASKED);
        receipt(ReceiptPhase.CLOSED, 5, WAS_ASKED);
        lookups();
        record(ASKED, null);
        record(WAS_ASKED, null);
        assertThat(findings()).containsExactly("forgotten without a receipt opened before");
    }

    @Test
    void findsARowThatWasLeftBehind() {
        receipt(ReceiptPhase.OPENED, 4, ASKED, WAS_ASKED);
        receipt(ReceiptPhase.CLOSED, 4, ASKED, WAS_ASKED);
        lookups();
        record(ASKED, null);
        assertThat(findings()).containsExactly("receipt 0 of erasure an-erasure closed, but this row is still there");
    }

    @Test
    void findsAReceiptThatStatesOtherRows() {
        receipt(ReceiptPhase.OPENED, 4, ASKED);
        receipt(ReceiptPhase.CLOSED, 4, ASKED);
        lookups();
        record(ASKED, null);
        record(WAS_ASKED, null);
        assertThat(findings()).containsExactly("receipt 0 of erasure an-erasure states 1 rows; the ledger had 2");
    }

    @Test
    void findsAReceiptWithAnotherDigest() {
        receipt(ReceiptPhase.OPENED, 4, ASKED, OTHER);
        receipt(ReceiptPhase.CLOSED, 4, ASKED, OTHER);
        lookups();
        record(ASKED, null);
        record(WAS_ASKED, null);
        assertThat(findings())
                .containsExactly("receipt 0 of erasure an-erasure has a digest that is not that of the ledger's rows");
    }

    @Test
    void findsAnErasureThatIsNotCarriedOut() {
        lookups();
        assertThat(findings()).containsExactly("erasure an-erasure has no receipt, and 2 rows are still there");
    }

    @Test
    void findsAReceiptThatStaysOpen() {
        receipt(ReceiptPhase.OPENED, 4, ASKED, WAS_ASKED);
        lookups();
        assertThat(findings()).containsExactly("receipt 0 of erasure an-erasure opened, but not closed in time");
    }

    @Test
    void findsAReceiptThatIsClosedWithOtherRowsOrWasNeverOpened() {
        receipt(ReceiptPhase.OPENED, 0);
        receipt(ReceiptPhase.CLOSED, 0, OTHER);
        assertThat(findings())
                .containsExactly("receipt 0 of erasure an-erasure closed with other rows than it was opened with");
        receipt(ReceiptPhase.CLOSED, 0);
        ErasureAudit never = new ErasureAudit(
                "default",
                3,
                CLASS.bucketWidth(),
                List.of(new Barrier("an-erasure", ALICE, SelectorRole.EITHER, E)),
                (key, value) -> OptionalLong.of(0),
                20_000,
                ALLOWANCE);
        never.receipt(ErasureReceipt.newBuilder()
                .setPhase(ReceiptPhase.CLOSED)
                .setErasureId("an-erasure")
                .setRole(SelectorRole.EITHER)
                .setErasedAt(Instant.ofEpochMilli(E))
                .setRetentionClass("default")
                .setPartition(3)
                .setSequence(0)
                .setFromBucket(0)
                .setLedgerPosition(0)
                .setRows(0)
                .setKeysSha256(new dev.lookback.v1.Sha256(new byte[32]))
                .setOpenedAt(Instant.ofEpochMilli(7_000))
                .build());
        assertThat(never.finish().get(0).what()).endsWith("closed, but never opened");
    }

    @Test
    void doesNotRecountWhatTheBrokersNoLongerHold() {
        receipt(ReceiptPhase.OPENED, 4, ASKED, WAS_ASKED);
        receipt(ReceiptPhase.CLOSED, 4, ASKED, WAS_ASKED);
        erasures.ledgerBegins(5_600, Duration.ofSeconds(1));
        record(LATER, BOB);
        assertThat(findings()).isEmpty();
    }
}
