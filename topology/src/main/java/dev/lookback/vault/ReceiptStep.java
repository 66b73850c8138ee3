package dev.lookback.vault;

import dev.lookback.v1.ReceiptPhase;

/**
 * A step of a receipt, of a bucket or of an erasure. Of repeated ones the first counts, so all readers of a topic agree.
 *
 * @param sequence 0, 1, 2, … for the receipts of one bucket or erasure
 */
record ReceiptStep(ReceiptPhase phase, int sequence) {
    /** What was before the first: as if a receipt had been closed. */
    static final ReceiptStep NONE = new ReceiptStep(ReceiptPhase.CLOSED, -1);

    /** Whether this is the step that comes after the latest. */
    boolean follows(ReceiptStep latest) {
        return switch (phase) {
            case OPENED -> latest.phase == ReceiptPhase.CLOSED && sequence == latest.sequence + 1;
            case CLOSED -> latest.phase == ReceiptPhase.OPENED && sequence == latest.sequence;
        };
    }
}
