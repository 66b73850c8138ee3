package dev.lookback.tool;

import dev.lookback.app.PolicyLog;
import dev.lookback.config.Durations;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.topics.TopicPlan;
import dev.lookback.policy.PolicyHistory;
import dev.lookback.policy.PolicyHistory.Proposal;
import dev.lookback.policy.PolicyOrder;
import dev.lookback.retention.RetentionClass;
import dev.lookback.seal.Instants;
import dev.lookback.v1.RetentionPolicy;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.KafkaException;

/**
 * How the duration of a class is changed: a signed record, and the brokers' settings of the class's ledger. In such an
 * order that nothing goes from the brokers before its deadline, whatever comes between.
 */
final class PolicyChanges {
    private final LookbackConfig config;
    private final RetentionClass retentionClass;
    private final LedgerSettings ledger;
    private final InstantSource clock;

    /** An officer's signature. */
    interface Pen {
        /** Who signs. */
        String officer();

        /** The order in a JWS. */
        String sign(PolicyOrder order);
    }

    PolicyChanges(LookbackConfig config, RetentionClass retentionClass, InstantSource clock) {
        this.config = config;
        this.retentionClass = retentionClass;
        this.ledger = new LedgerSettings(config, retentionClass);
        this.clock = clock;
    }

    /**
     * Does nothing if the class can be changed at all.
     *
     * @throws ToolException if it has no policy or no ledger yet
     */
    void requireReady(Policies before) {
        if (before.history().latestDigest(retentionClass.name()) == null) {
            throw ToolException.usage(
                    "Class " + retentionClass.name() + " has no policy yet: the application writes the"
                            + " first one, from the configuration, when it is started (lookback run)");
        }
        ledger.requirePresent();
    }

    /**
     * Signs the next policy of the class. In force if it does not shorten; proposed if it does.
     *
     * @param before what the officer has seen
     * @throws ToolException if it came to nothing; says why, what was done and what to do
     */
    PolicyHistory.Verdict set(Policies before, Duration duration, String reason, Pen pen) {
        String name = retentionClass.name();
        List<RetentionPolicy> policies = before.of(retentionClass);
        requireReady(before);
        String latest = Objects.requireNonNull(before.history().latestDigest(name));
        RetentionPolicy head = policies.get(policies.size() - 1);
        PolicyOrder.Change change;
        try {
            change = new PolicyOrder.Change(name, head.getVersion() + 1, duration.toMillis(), reason, latest, now());
        } catch (IllegalArgumentException e) {
            throw ToolException.usage(String.valueOf(e.getMessage()));
        }
        RetentionPolicy record = RetentionPolicy.newBuilder()
                .setRetentionClass(name)
                .setVersion(change.version())
                .setDurationMillis(change.durationMillis())
                .setEffectiveFrom(change.issuedAt())
                .setChangedBy(pen.officer())
                .setReason(reason)
                .setSignatures(List.of(pen.sign(change)))
                .build();
        refuseBeforehand(before, record);
        boolean lengthens = duration.toMillis() > head.getDurationMillis();
        if (lengthens) {
            try {
                ledger.fit(duration);
            } catch (KafkaException e) {
                throw ToolException.failed("Nothing was changed: the brokers do not take the new settings of "
                        + ledger.ledger() + " (" + e.getMessage() + "). Whoever may alter it: " + TopicPlan.REMEDY);
            }
        }
        try {
            return write(record);
        } catch (KafkaException | ToolException e) {
            if (lengthens) {
                settleLedger(e);
            }
            throw e;
        }
    }

    /** Signs a proposal as the second officer: in force. */
    PolicyHistory.Verdict approve(Policies before, Proposal proposal, Pen pen) {
        ledger.requirePresent();
        PolicyOrder.Approve approval = new PolicyOrder.Approve(proposal.digest(), now());
        PolicyHistory.Verdict verdict = answer(before, proposal, approval, pen);
        try {
            ledger.fit(Duration.ofMillis(proposal.policy().getDurationMillis()));
        } catch (KafkaException e) {
            throw ToolException.failed(
                    "The policy is in force: nothing reads what is older. But the brokers do not take"
                            + " the new settings of " + ledger.ledger() + " (" + e.getMessage()
                            + "), so its files stay longer than they should. Mend that, then: " + TopicPlan.REMEDY);
        }
        return verdict;
    }

    /** Takes a proposal back, as any officer of retention may. */
    PolicyHistory.Verdict withdraw(Policies before, Proposal proposal, Pen pen) {
        return answer(before, proposal, new PolicyOrder.Withdraw(proposal.digest(), now()), pen);
    }

    private PolicyHistory.Verdict answer(Policies before, Proposal proposal, PolicyOrder order, Pen pen) {
        RetentionPolicy record = RetentionPolicy.newBuilder(proposal.policy())
                .setEffectiveFrom(order.issuedAt())
                .setSignatures(List.of(proposal.policy().getSignatures().get(0), pen.sign(order)))
                .build();
        refuseBeforehand(before, record);
        return write(record);
    }

    /** As the readers will judge it, so that nothing is written that comes to nothing. */
    private void refuseBeforehand(Policies before, RetentionPolicy record) {
        if (before.history().append(record, now()) instanceof PolicyHistory.Refused refused) {
            throw ToolException.failed("Refused, nothing was changed: " + why(refused.flaw()));
        }
    }

    private PolicyHistory.Verdict write(RetentionPolicy record) {
        PolicyLog log = Policies.log(config);
        PolicyHistory.Verdict verdict = log.write(record);
        if (verdict instanceof PolicyHistory.Refused refused) {
            throw ToolException.failed("Refused, the change does not count: " + why(refused.flaw()));
        }
        return verdict;
    }

    /** After a lengthening that came to nothing the brokers go by what is in force. */
    private void settleLedger(RuntimeException failure) {
        try {
            Duration inForce =
                    Policies.read(config).durations(clock).getOrDefault(retentionClass.name(), Duration.ZERO);
            if (!inForce.isZero()) {
                ledger.fit(inForce);
            }
        } catch (KafkaException e) {
            throw ToolException.failed(failure.getMessage() + ". The brokers keep " + ledger.ledger()
                    + " longer than the policy in force asks for (" + e.getMessage() + "). Mend that with: "
                    + TopicPlan.REMEDY);
        }
    }

    private Instant now() {
        return Instant.ofEpochMilli(clock.millis()); // as precise as it is stored
    }

    private String why(PolicyHistory.Flaw flaw) {
        String show = "lookback retention show";
        String anew = "lookback retention set " + retentionClass.name() + " …";
        return switch (flaw) {
            case UNKNOWN_OFFICER ->
                "the officer is not in officers.file; lookback keys generate officer … --role RETENTION makes the entry";
            case BAD_SIGNATURE -> "the key in the keystore is not the one that officers.file has for this officer";
            case OFFICER_NOT_VALID -> "the officer is not valid now (validFrom, validUntil in officers.file)";
            case KEY_NOT_VALID ->
                "the key in the keystore is not the one that the officer has now (validFrom, validUntil in officers.file)";
            case ROLE_MISSING -> "the officer has not the role RETENTION in officers.file";
            case SELF_APPROVED ->
                "whoever has proposed a change cannot approve it; another officer with the role RETENTION can: lookback"
                        + " retention approve " + retentionClass.name() + " --officer … --keystore …";
            case VERSION_TAKEN ->
                "somebody else has changed the class at the same moment, and that counts; see " + show;
            case STALE -> "another policy has come into force meanwhile; see " + show + ", then " + anew;
            case NOT_PROPOSED -> "this is not proposed (any more); see " + show + ", then " + anew;
            case REPEATED -> "the same has been proposed before; " + anew;
            case TOO_OLD, FROM_THE_FUTURE ->
                "the clock of this machine is far from the brokers'; set it right, then " + anew;
            case MALFORMED, UNSIGNED -> "the record is not of the right form (" + flaw + ")";
        };
    }

    /** The same for machines. */
    static Map<String, Object> toJson(PolicyHistory.Verdict verdict) {
        Map<String, Object> json = new LinkedHashMap<>();
        if (verdict instanceof PolicyHistory.Enacted enacted) {
            json.put("state", "IN_FORCE");
            json.put("class", enacted.policy().getRetentionClass());
            json.putAll(RetentionShow.toJson(enacted));
        } else if (verdict instanceof PolicyHistory.Proposed proposed) {
            json.put("state", "PROPOSED");
            json.put("class", proposed.proposal().policy().getRetentionClass());
            json.putAll(RetentionShow.toJson(proposed.proposal()));
        } else if (verdict instanceof PolicyHistory.Withdrawn withdrawn) {
            json.put("state", "WITHDRAWN");
            json.put("class", withdrawn.proposal().policy().getRetentionClass());
            json.putAll(RetentionShow.toJson(withdrawn.proposal()));
        }
        return json;
    }

    /** Says what became of a change. */
    static String told(PolicyHistory.Verdict verdict) {
        if (verdict instanceof PolicyHistory.Enacted enacted) {
            RetentionPolicy policy = enacted.policy();
            return "In force from " + Instants.format(policy.getEffectiveFrom()) + ": "
                    + policy.getRetentionClass() + " " + Durations.format(Duration.ofMillis(policy.getDurationMillis()))
                    + ", policy version " + policy.getVersion() + ".";
        } else if (verdict instanceof PolicyHistory.Proposed proposed) {
            RetentionPolicy policy = proposed.proposal().policy();
            return "Proposed: " + policy.getRetentionClass() + " "
                    + Durations.format(Duration.ofMillis(policy.getDurationMillis())) + ". Nothing changes until"
                    + " another officer signs it, by "
                    + Instants.format(proposed.proposal().lapsesAt())
                    + ": lookback retention approve " + policy.getRetentionClass() + " --officer … --keystore …";
        } else if (verdict instanceof PolicyHistory.Withdrawn withdrawn) {
            return "Withdrawn: version " + withdrawn.proposal().policy().getVersion() + " of "
                    + withdrawn.proposal().policy().getRetentionClass() + " will not come.";
        }
        return verdict.toString();
    }
}
