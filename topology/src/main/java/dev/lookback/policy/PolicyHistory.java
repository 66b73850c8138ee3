package dev.lookback.policy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.lookback.officers.Officer;
import dev.lookback.officers.Officers;
import dev.lookback.officers.Signature;
import dev.lookback.seal.Sha256;
import dev.lookback.v1.RetentionPolicy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which records of the topic retention-policies count. They are {@linkplain #append appended} in the order of the topic,
 * and each is judged by those before it, by the officers' keys and by the instant at which the broker had it: so every
 * reader comes to the same policies, whenever it reads.
 *
 * <p>Version 1 of a class carries no signature: the application writes it when it first starts with the class. Each
 * later version names the digest of the one before, and is signed by one officer with the role RETENTION; by two if it
 * shortens, the second approving what the first has proposed. A shortening with one signature is a proposal: it changes
 * nothing until it is approved, withdrawn, replaced or lapsed.
 *
 * <p>Not safe for use by several threads.
 */
public final class PolicyHistory {
    /**
     * How long after the broker had it a lengthening comes into force. Every instance knows of it by then: one that
     * learned of it later would first let its cutoff go on under the shorter duration, and then move it back.
     */
    public static final Duration LEAD = Duration.ofSeconds(3);

    /** An order that the broker has got longer after its signing is refused: nobody may keep one for later use. */
    public static final Duration MAX_AGE = Duration.ofDays(1);

    /** How far ahead of the broker's an officer's clock may be. */
    public static final Duration MAX_AHEAD = Duration.ofMinutes(10);

    /** For how long a proposal can be approved. */
    public static final Duration PROPOSAL_LIFE = Duration.ofDays(7);

    /** The {@code changedBy} of a version 1. */
    public static final String CONFIGURATION = "configuration";

    private static final int MAX_SIGNATURES = 2;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Officers officers;
    private final Map<String, Line> lines = new HashMap<>();

    /** What became of a record. */
    public sealed interface Verdict {}

    /**
     * It counts.
     *
     * @param policy in force from its {@code effectiveFrom} on, which here is when it takes effect, not when it was signed
     * @param signers ids of the officers, in the order of their signatures; none of a version 1
     */
    public record Enacted(RetentionPolicy policy, List<String> signers) implements Verdict {
        /** Copies the signers. */
        public Enacted {
            signers = List.copyOf(signers);
        }
    }

    /** A shortening that waits for another officer. */
    public record Proposed(Proposal proposal) implements Verdict {}

    /** The end of a proposal. */
    public record Withdrawn(Proposal proposal, String officer) implements Verdict {}

    /** It changes nothing. */
    public record Refused(Flaw flaw) implements Verdict {}

    /**
     * A shortening that waits for another officer.
     *
     * @param policy as on record; its one signature is what is to be approved
     * @param proposedAt when the broker had it
     */
    public record Proposal(RetentionPolicy policy, String officer, Instant proposedAt) {
        /** When it can no longer be approved. */
        public Instant lapsesAt() {
            return proposedAt.plus(PROPOSAL_LIFE);
        }

        /** What an approval or withdrawal names. */
        public String digest() {
            return PolicyOrder.digest(policy.getSignatures().get(0));
        }
    }

    /** Why a record changes nothing. */
    public enum Flaw {
        /** It is no policy, or its texts are not those of a change of this class, version, duration and reason. */
        MALFORMED,
        /** The version is there already: somebody else was first, or the first start wrote it twice. */
        VERSION_TAKEN,
        /** Later than version 1, and nobody has signed it. */
        UNSIGNED,
        /** Signed in the name of somebody who is not in the list of officers (any more). */
        UNKNOWN_OFFICER,
        /** Not a signature by that officer's key. */
        BAD_SIGNATURE,
        /** The officer was not valid when the broker had the record. */
        OFFICER_NOT_VALID,
        /** Signed with a key that the officer did not have (any more) when the broker had the record. */
        KEY_NOT_VALID,
        /** The officer has not the role RETENTION. */
        ROLE_MISSING,
        /** It follows another policy than the one that is the latest. */
        STALE,
        /** Signed more than {@link #MAX_AGE} before the broker had it. */
        TOO_OLD,
        /** Signed more than {@link #MAX_AHEAD} after the broker had it. */
        FROM_THE_FUTURE,
        /** A proposal that has been made before. */
        REPEATED,
        /** It approves or withdraws what is not proposed (any more). */
        NOT_PROPOSED,
        /** It is approved by the officer who has proposed it. */
        SELF_APPROVED;

        /** Whether this happens without anybody meaning harm or having made a mistake. */
        public boolean isUsual() {
            return this == VERSION_TAKEN;
        }
    }

    /** One class. */
    private static final class Line {
        final List<Enacted> enacted = new ArrayList<>();
        final Set<String> proposedBefore = new HashSet<>();
        String digest;

        @Nullable
        Proposal open;

        Line(RetentionPolicy first) {
            enacted.add(new Enacted(first, List.of()));
            digest = PolicyHistory.digest(first);
        }

        RetentionPolicy latest() {
            return enacted.get(enacted.size() - 1).policy;
        }

        Enacted enact(RetentionPolicy record, Instant from, List<String> signers) {
            Instant before = latest().getEffectiveFrom();
            RetentionPolicy policy = RetentionPolicy.newBuilder(record)
                    .setEffectiveFrom(from.isBefore(before) ? before : from)
                    .build();
            Enacted verdict = new Enacted(policy, signers);
            enacted.add(verdict);
            digest = PolicyHistory.digest(record);
            proposedBefore.clear();
            open = null;
            return verdict;
        }
    }

    private static final class FlawException extends Exception {
        private static final long serialVersionUID = 1;

        final Flaw flaw;

        FlawException(Flaw flaw) {
            super(flaw.name(), null, false, false);
            this.flaw = flaw;
        }
    }

    private record Signed<T extends PolicyOrder>(Officer officer, T order) {}

    /** A history without records. */
    public PolicyHistory(Officers officers) {
        this.officers = officers;
    }

    /**
     * Names a record in force, for the next one to follow: SHA-256 (hex) over all it says and its signatures.
     *
     * @param record as it is on the topic
     */
    public static String digest(RetentionPolicy record) {
        ArrayNode json = JSON.createArrayNode()
                .add(record.getRetentionClass())
                .add(record.getVersion())
                .add(record.getDurationMillis())
                .add(record.getEffectiveFrom().toEpochMilli())
                .add(record.getChangedBy())
                .add(record.getReason());
        record.getSignatures().forEach(json::add);
        try {
            return Sha256.hex(JSON.writeValueAsString(json).getBytes(StandardCharsets.UTF_8));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Judges the next record of the topic.
     *
     * @param appendedAt when the broker had it
     */
    public Verdict append(RetentionPolicy record, Instant appendedAt) {
        Line line = lines.get(record.getRetentionClass());
        try {
            return line == null ? first(record) : next(line, record, appendedAt);
        } catch (FlawException e) {
            return new Refused(e.flaw);
        }
    }

    private Verdict first(RetentionPolicy record) throws FlawException {
        require(record.getVersion() == 1 && record.getSignatures().isEmpty(), Flaw.STALE);
        require(record.getChangedBy().equals(CONFIGURATION), Flaw.UNSIGNED); // it speaks in nobody's name
        require(record.getDurationMillis() > 0, Flaw.MALFORMED);
        lines.put(record.getRetentionClass(), new Line(record));
        return new Enacted(record, List.of());
    }

    private Verdict next(Line line, RetentionPolicy record, Instant appendedAt) throws FlawException {
        List<String> signatures = record.getSignatures();
        require(record.getVersion() > line.latest().getVersion(), Flaw.VERSION_TAKEN);
        require(!signatures.isEmpty(), Flaw.UNSIGNED);
        require(signatures.size() <= MAX_SIGNATURES, Flaw.MALFORMED);
        Signed<PolicyOrder.Change> change = read(signatures.get(0), PolicyOrder.Change.class, appendedAt);
        require(says(change, record), Flaw.MALFORMED);
        require(
                record.getVersion() == line.latest().getVersion() + 1
                        && change.order.previous().equals(line.digest),
                Flaw.STALE);
        return signatures.size() == 1
                ? ofOne(line, record, change, appendedAt)
                : ofTwo(line, record, change, signatures.get(1), appendedAt);
    }

    private static boolean says(Signed<PolicyOrder.Change> change, RetentionPolicy record) {
        return change.order.retentionClass().equals(record.getRetentionClass())
                && change.order.version() == record.getVersion()
                && change.order.durationMillis() == record.getDurationMillis()
                && change.order.reason().equals(record.getReason())
                && change.officer.id().equals(record.getChangedBy());
    }

    private static Verdict ofOne(
            Line line, RetentionPolicy record, Signed<PolicyOrder.Change> change, Instant appendedAt)
            throws FlawException {
        require(record.getEffectiveFrom().equals(change.order.issuedAt()), Flaw.MALFORMED);
        requireInTime(change.order, appendedAt);
        long before = line.latest().getDurationMillis();
        if (record.getDurationMillis() >= before) {
            Instant from = later(change.order.issuedAt(), appendedAt);
            return line.enact(
                    record, record.getDurationMillis() > before ? from.plus(LEAD) : from, List.of(change.officer.id()));
        }
        Proposal proposal = new Proposal(record, change.officer.id(), appendedAt);
        require(line.proposedBefore.add(proposal.digest()), Flaw.REPEATED);
        line.open = proposal;
        return new Proposed(proposal);
    }

    private Verdict ofTwo(
            Line line, RetentionPolicy record, Signed<PolicyOrder.Change> change, String second, Instant appendedAt)
            throws FlawException {
        Signed<PolicyOrder> answer = read(second, PolicyOrder.class, appendedAt);
        requireInTime(answer.order, appendedAt);
        Proposal open = line.open;
        if (open == null) {
            throw new FlawException(Flaw.NOT_PROPOSED);
        }
        require(
                open.policy.getSignatures().get(0).equals(record.getSignatures().get(0))
                        && appendedAt.isBefore(open.lapsesAt()),
                Flaw.NOT_PROPOSED);
        if (answer.order instanceof PolicyOrder.Withdraw withdraw) {
            require(withdraw.change().equals(open.digest()), Flaw.NOT_PROPOSED);
            line.open = null;
            return new Withdrawn(open, answer.officer.id());
        }
        require(answer.order instanceof PolicyOrder.Approve, Flaw.MALFORMED);
        require(((PolicyOrder.Approve) answer.order).change().equals(open.digest()), Flaw.NOT_PROPOSED);
        require(!answer.officer.id().equals(change.officer.id()), Flaw.SELF_APPROVED);
        require(record.getEffectiveFrom().equals(answer.order.issuedAt()), Flaw.MALFORMED);
        return line.enact(
                record, later(answer.order.issuedAt(), appendedAt), List.of(change.officer.id(), answer.officer.id()));
    }

    private <T extends PolicyOrder> Signed<T> read(String jws, Class<T> kind, Instant appendedAt) throws FlawException {
        Signature.Reading reading = Signature.read(jws, officers, appendedAt);
        if (reading instanceof Signature.Unsound unsound) {
            throw new FlawException(
                    switch (unsound.flaw()) {
                        case TOO_LARGE -> Flaw.MALFORMED;
                        case UNKNOWN_OFFICER -> Flaw.UNKNOWN_OFFICER;
                        case BAD_SIGNATURE -> Flaw.BAD_SIGNATURE;
                        case OFFICER_NOT_VALID -> Flaw.OFFICER_NOT_VALID;
                        case KEY_NOT_VALID -> Flaw.KEY_NOT_VALID;
                    });
        }
        Signature.Sound sound = (Signature.Sound) reading;
        require(sound.officer().roles().contains(Officer.Role.RETENTION), Flaw.ROLE_MISSING);
        try {
            return new Signed<>(sound.officer(), kind.cast(PolicyOrder.read(sound.text())));
        } catch (IllegalArgumentException | ClassCastException e) {
            throw new FlawException(Flaw.MALFORMED);
        }
    }

    private static void requireInTime(PolicyOrder order, Instant appendedAt) throws FlawException {
        require(!order.issuedAt().isBefore(appendedAt.minus(MAX_AGE)), Flaw.TOO_OLD);
        require(!order.issuedAt().isAfter(appendedAt.plus(MAX_AHEAD)), Flaw.FROM_THE_FUTURE);
    }

    private static void require(boolean holds, Flaw flaw) throws FlawException {
        if (!holds) {
            throw new FlawException(flaw);
        }
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    /** The policies of a class, oldest first, and who signed them. */
    public List<Enacted> enacted(String retentionClass) {
        Line line = lines.get(retentionClass);
        return line == null ? List.of() : List.copyOf(line.enacted);
    }

    /** The policies of a class, oldest first, each in force from its {@code effectiveFrom} on: what a cutoff is made of. */
    public List<RetentionPolicy> of(String retentionClass) {
        return enacted(retentionClass).stream().map(Enacted::policy).toList();
    }

    /** The version of the latest policy of a class; 0 if there is none. */
    public int version(String retentionClass) {
        Line line = lines.get(retentionClass);
        return line == null ? 0 : line.latest().getVersion();
    }

    /** What the next change of a class names as the one before it; null if the class has no policy yet. */
    public @Nullable String latestDigest(String retentionClass) {
        Line line = lines.get(retentionClass);
        return line == null ? null : line.digest;
    }

    /** The proposal of a class that can be approved at an instant, or null. */
    public @Nullable Proposal proposal(String retentionClass, Instant now) {
        Line line = lines.get(retentionClass);
        Proposal open = line == null ? null : line.open;
        return open == null || !now.isBefore(open.lapsesAt()) ? null : open;
    }
}
