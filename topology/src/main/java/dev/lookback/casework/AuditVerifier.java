package dev.lookback.casework;

import dev.lookback.seal.Instants;
import dev.lookback.seal.KeyFiles;
import dev.lookback.v1.AuditEntry;
import dev.lookback.v1.ChainDigest;
import java.security.PublicKey;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Verifies one audit chain, entry by entry, and stops at the first thing that is wrong.
 *
 * <p>What it proves. Digests link backwards: an entry's digest covers the entry's link to the one before it, and so all
 * before it. A checkpoint signs the number and the digest of the entry before it. So the <em>last</em> checkpoint that
 * verifies proves every surviving entry up to itself, also those that lie before the first surviving checkpoint: casework
 * wrote them with these numbers, none has been altered, dropped between two others, added or moved. How many are gone at
 * the beginning is known from the first number. What comes after the last checkpoint follows from it, and no more: whoever
 * can write to the topic could have made it up, or cut it off, until casework writes the next entry, which links to what
 * it has written itself.
 *
 * <p>That a chain was cut short behind a checkpoint, or was made anew by whoever holds the sealing key, shows only
 * against a head that is kept elsewhere: the chain must still hold exactly that entry.
 */
public final class AuditVerifier {
    /**
     * What to verify by.
     *
     * @param keys that checkpoints may be signed with; empty: signatures are not looked at, and nothing is proven but
     *     that the entries follow from one another
     * @param signedBefore entries from before this instant must be followed by a checkpoint; null: or not. Only with keys
     * @param keptSince no entry of this instant or later can have aged out of the topic; null: not known
     */
    public record Terms(
            List<PublicKey> keys,
            @Nullable Instant signedBefore,
            @Nullable Instant keptSince) {
        /** Links alone. */
        public static final Terms LINKS = new Terms(List.of(), null, null);
    }

    /** The first thing that is wrong: at which entry (0: before any), and what. */
    public record Flaw(int partition, long sequence, String what) {
        /** For people. */
        @Override
        public String toString() {
            return "Chain " + partition + ", entry " + sequence + ": " + what;
        }
    }

    /** What became of a head that was kept elsewhere. */
    public enum Kept {
        /** The chain holds exactly this entry, or links to it. */
        HELD,
        /** It lies before the chain's first entry: nothing can be said any more. */
        AGED_OUT
    }

    /** A head that was kept elsewhere, and what became of it. */
    public record KeptHead(long sequence, String at, Kept kept) {}

    /**
     * What was found.
     *
     * @param entries how many there are
     * @param first number of the first one; more than 1: those before it have aged out; 0: there is none
     * @param firstAt when it was written
     * @param last number of the last one
     * @param checkpoints how many of them verify
     * @param signed the last one that does: proves all entries before it
     * @param unsigned entries after it
     * @param heads those that were kept elsewhere, until the flaw
     * @param doubt what cannot be told
     * @param flaw the first thing that is wrong; null: nothing
     */
    public record Verdict(
            int partition,
            long entries,
            long first,
            @Nullable Instant firstAt,
            long last,
            long checkpoints,
            @Nullable SignedHead signed,
            long unsigned,
            List<KeptHead> heads,
            @Nullable String doubt,
            @Nullable Flaw flaw) {}

    private final int partition;
    private final Terms terms;
    private final List<SignedHead> heads;
    private final Map<String, PublicKey> keys = new HashMap<>();
    private AuditChain.Head head = AuditChain.Head.START;
    private long entries;
    private long first;
    private @Nullable Instant firstAt;
    private long checkpoints;
    private @Nullable SignedHead signed;
    private long unsigned;
    private @Nullable Instant unsignedSince;
    private final List<KeptHead> kept = new ArrayList<>();
    private @Nullable Flaw flaw;

    /**
     * A verifier that has seen nothing yet.
     *
     * @param heads of any chain, that were kept elsewhere
     */
    public AuditVerifier(int partition, Terms terms, List<SignedHead> heads) {
        this.partition = partition;
        this.terms = terms;
        this.heads =
                heads.stream().filter(each -> each.partition() == partition).toList();
        terms.keys.forEach(key -> keys.put(KeyFiles.keyId(key), key));
        for (SignedHead each : this.heads) {
            if (!isInForm(each)) {
                flaw(each.sequence(), "the head that was kept elsewhere is of no valid form");
            } else {
                String wrong = wrongSignature(each);
                if (wrong != null) {
                    flaw(each.sequence(), "the head of " + each.at() + " that was kept elsewhere " + wrong);
                }
            }
        }
    }

    /** The next entry, in the topic's order. */
    public void add(AuditEntry entry) {
        if (flaw != null) {
            return;
        }
        long sequence = entry.getSequence();
        if (entry.getPartition() != partition) {
            flaw(sequence, "belongs to chain " + entry.getPartition());
        } else if (entries == 0 && sequence > 1) {
            begin(entry);
        } else if (sequence != head.sequence() + 1) {
            flaw(sequence, "follows entry " + head.sequence());
        } else if (!entry.getPreviousSha256().equals(new ChainDigest(head.sha256()))) {
            flaw(sequence, "does not follow from the entry before it");
        }
        if (flaw != null) {
            return;
        }
        if (entries == 0) {
            first = sequence;
            firstAt = entry.getAt();
        }
        if (entry.getAction().equals(SignedHead.ACTION)) {
            checkpoint(entry);
        } else if (unsigned++ == 0) {
            unsignedSince = entry.getAt();
        }
        if (flaw == null) {
            entries++;
            head = AuditChain.Head.after(entry);
            compare();
        }
    }

    /** A record of the topic that holds no entry. */
    public void addUnreadable() {
        if (flaw == null) {
            flaw(head.sequence() + 1, "cannot be read");
        }
    }

    /** What was before it has aged out, but its link says what that was. */
    private void begin(AuditEntry entry) {
        head = new AuditChain.Head(
                entry.getSequence() - 1, entry.getPreviousSha256().bytes());
        compare();
    }

    private void checkpoint(AuditEntry entry) {
        SignedHead found;
        try {
            found = SignedHead.of(entry);
        } catch (IllegalArgumentException e) {
            flaw(entry.getSequence(), "is a checkpoint that holds no signed head");
            return;
        }
        boolean signsTheOneBefore = found.partition() == partition
                && found.sequence() == head.sequence()
                && found.sha256().equals(hex(head));
        // So that every field of the checkpoint itself is signed, too.
        boolean saysNothingElse = found.at().equals(Instants.format(entry.getAt()))
                && found.detail().equals(entry.getDetail())
                && entry.getRequestId().isEmpty()
                && entry.getOfficer().equals(AuditLog.LOOKBACK);
        if (!signsTheOneBefore || !saysNothingElse) {
            flaw(entry.getSequence(), "is a checkpoint that signs something else than the entry before it");
            return;
        }
        String wrong = wrongSignature(found);
        if (wrong != null) {
            flaw(entry.getSequence(), "is a checkpoint that " + wrong);
        } else if (!keys.isEmpty()) {
            checkpoints++;
            signed = found;
            unsigned = 0;
            unsignedSince = null;
        }
    }

    private @Nullable String wrongSignature(SignedHead found) {
        if (keys.isEmpty()) {
            return null;
        }
        PublicKey key = keys.get(found.keyId());
        if (key == null) {
            return "is signed with another key than those given (key id "
                    + (isHex(found.keyId()) ? found.keyId() : "unreadable") + ")";
        }
        return found.verifies(key) ? null : "bears a signature that is not that of its key";
    }

    /** Holds the heads that were kept elsewhere against where the chain stands. */
    private void compare() {
        for (SignedHead each : heads) {
            if (each.sequence() == head.sequence()) {
                if (each.sha256().equals(hex(head))) {
                    kept.add(new KeptHead(each.sequence(), each.at(), Kept.HELD));
                } else {
                    flaw(
                            head.sequence(),
                            "is not the entry that the head of " + each.at()
                                    + " names, which was kept elsewhere: the chain" + " has been rewritten");
                }
            }
        }
    }

    /** What was found, once the last entry has been added. */
    public Verdict verdict() {
        if (flaw == null) {
            findMissing();
        }
        if (flaw == null && !keys.isEmpty() && isBefore(unsignedSince, terms.signedBefore)) {
            flaw(head.sequence() - unsigned + 1, "and what follows it is not signed, though that was due");
        }
        return new Verdict(
                partition,
                entries,
                first,
                firstAt,
                entries == 0 ? 0 : head.sequence(),
                checkpoints,
                signed,
                unsigned,
                List.copyOf(kept),
                doubt(),
                flaw);
    }

    private void findMissing() {
        for (SignedHead each : heads) {
            Instant at = Instant.parse(each.at());
            // The entry after the one that it signs was written at that very time.
            boolean mayHaveAgedOut = !isBefore(terms.keptSince, at);
            boolean before = entries > 0 && each.sequence() < first - 1;
            boolean behind = entries == 0 || each.sequence() > head.sequence();
            boolean allAgedOut = entries == 0 && terms.keptSince != null && mayHaveAgedOut;
            if (before && mayHaveAgedOut || allAgedOut) {
                kept.add(new KeptHead(each.sequence(), each.at(), Kept.AGED_OUT));
            } else if (before) {
                flaw(
                        first,
                        "is the first, but the head of " + each.at() + ", which was kept elsewhere, names entry "
                                + each.sequence()
                                + ", which cannot have aged out yet: the chain's beginning has been removed");
                return;
            } else if (behind) {
                flaw(
                        head.sequence(),
                        (entries == 0 ? "there is none" : "is the last") + ", but the head of " + each.at()
                                + ", which was kept elsewhere, names entry " + each.sequence()
                                + ": the chain has been cut short");
                return;
            }
        }
    }

    private @Nullable String doubt() {
        Instant at = firstAt;
        return at != null && first > 1 && isBefore(terms.keptSince, at)
                ? "begins with entry " + first + " of " + Instants.format(at)
                        + ", although the topic keeps older ones: either none were written for long before it, or the"
                        + " beginning has been removed"
                : null;
    }

    private static boolean isBefore(@Nullable Instant earlier, @Nullable Instant later) {
        return earlier != null && later != null && earlier.isBefore(later);
    }

    private static boolean isInForm(SignedHead head) {
        try {
            return head.sequence() > 0
                    && isHex(head.sha256())
                    && Instants.format(Instant.parse(head.at())).equals(head.at());
        } catch (DateTimeException e) {
            return false;
        }
    }

    private static boolean isHex(String digest) {
        return digest.matches("[0-9a-f]{64}");
    }

    private static String hex(AuditChain.Head head) {
        return HexFormat.of().formatHex(head.sha256());
    }

    private void flaw(long sequence, String what) {
        if (flaw == null) {
            flaw = new Flaw(partition, sequence, what);
        }
    }
}
