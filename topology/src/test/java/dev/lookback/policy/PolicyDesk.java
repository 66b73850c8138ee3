package dev.lookback.policy;

import dev.lookback.erasure.ErasureOfficer;
import dev.lookback.officers.Officer;
import dev.lookback.officers.Officers;
import dev.lookback.v1.RetentionPolicy;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Where two officers of retention sign what a test wants to be in force. Remembers what it has given out, as if all of it
 * had been appended at once.
 */
public final class PolicyDesk {
    public static final String ALICE = "alice";
    public static final String BOB = "bob";

    /** Signs commands, and has no say here. */
    public static final String CAROL = "carol";

    public static final PrivateKey STRANGER;
    public static final Officers OFFICERS;

    private static final KeyPair ALICES = newKey();
    private static final KeyPair BOBS = newKey();
    private static final KeyPair CAROLS = newKey();

    static {
        STRANGER = newKey().getPrivate();
        OFFICERS = new Officers(List.of(
                officer(ALICE, ALICES, Officer.Role.RETENTION),
                officer(BOB, BOBS, Officer.Role.RETENTION),
                officer(CAROL, CAROLS, Officer.Role.INTAKE),
                // So that one list serves the tests of all rooms.
                ErasureOfficer.OFFICERS.find("eraser").get(0),
                ErasureOfficer.OFFICERS.find("not-eraser").get(0)));
    }

    private final PolicyHistory history = new PolicyHistory(OFFICERS);

    /** Version 1, as the application writes it. */
    public RetentionPolicy first(String retentionClass, Duration duration, Instant at) {
        RetentionPolicy policy = RetentionPolicy.newBuilder()
                .setRetentionClass(retentionClass)
                .setVersion(1)
                .setDurationMillis(duration.toMillis())
                .setEffectiveFrom(at)
                .setChangedBy(PolicyHistory.CONFIGURATION)
                .setReason("first")
                .build();
        history.append(policy, at);
        return policy;
    }

    /** The records that bring a duration into force: one to lengthen, two to shorten. */
    public List<RetentionPolicy> set(String retentionClass, Duration duration, Instant at) {
        List<RetentionPolicy> records = new ArrayList<>();
        RetentionPolicy change = take(change(retentionClass, duration, at));
        records.add(change);
        if (history.proposal(retentionClass, at) != null) {
            records.add(take(approval(change, BOB, at)));
        }
        return records;
    }

    /** What was given out counts from now on. */
    public RetentionPolicy take(RetentionPolicy record) {
        history.append(record, record.getEffectiveFrom());
        return record;
    }

    /** What is in force, and proposed. */
    public PolicyHistory history() {
        return history;
    }

    /** The next policy of a class, signed by Alice alone; not taken for given out. */
    public RetentionPolicy change(String retentionClass, Duration duration, Instant at) {
        return change(retentionClass, duration, at, ALICE, key(ALICE));
    }

    /** The same in somebody's name and by somebody's key. */
    public RetentionPolicy change(
            String retentionClass, Duration duration, Instant at, String officer, PrivateKey key) {
        String latest = history.latestDigest(retentionClass);
        PolicyOrder.Change order = new PolicyOrder.Change(
                retentionClass,
                history.version(retentionClass) + 1,
                duration.toMillis(),
                "test",
                latest == null ? "none" : latest,
                at);
        return RetentionPolicy.newBuilder()
                .setRetentionClass(retentionClass)
                .setVersion(order.version())
                .setDurationMillis(order.durationMillis())
                .setEffectiveFrom(order.issuedAt())
                .setChangedBy(officer)
                .setReason(order.reason())
                .setSignatures(List.of(PolicyOrder.sign(order, officer, key)))
                .build();
    }

    /** A proposal with an officer's approval. */
    public static RetentionPolicy approval(RetentionPolicy proposal, String officer, Instant at) {
        return answer(proposal, new PolicyOrder.Approve(digest(proposal), at), officer);
    }

    /** A proposal with an officer's withdrawal. */
    public static RetentionPolicy withdrawal(RetentionPolicy proposal, String officer, Instant at) {
        return answer(proposal, new PolicyOrder.Withdraw(digest(proposal), at), officer);
    }

    static RetentionPolicy answer(RetentionPolicy proposal, PolicyOrder order, String officer) {
        return RetentionPolicy.newBuilder(proposal)
                .setEffectiveFrom(order.issuedAt())
                .setSignatures(List.of(proposal.getSignatures().get(0), PolicyOrder.sign(order, officer, key(officer))))
                .build();
    }

    private static String digest(RetentionPolicy proposal) {
        return PolicyOrder.digest(proposal.getSignatures().get(0));
    }

    /** An officer's key. */
    public static PrivateKey key(String officer) {
        return switch (officer) {
            case ALICE -> ALICES.getPrivate();
            case BOB -> BOBS.getPrivate();
            case CAROL -> CAROLS.getPrivate();
            default -> throw new IllegalArgumentException(officer);
        };
    }

    private static Officer officer(String id, KeyPair keys, Officer.Role role) {
        return new Officer(id, Set.of(role), keys.getPublic(), null, null);
    }

    static KeyPair newKey() {
        try {
            return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
