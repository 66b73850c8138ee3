package dev.lookback.tool;

import dev.lookback.app.PolicyLog;
import dev.lookback.config.Durations;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.topics.Change;
import dev.lookback.config.topics.TopicPlan;
import dev.lookback.policy.PolicyHistory;
import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClass;
import dev.lookback.seal.Instants;
import dev.lookback.v1.RetentionPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What is on record about retention, for people and for machines. */
final class RetentionShow {
    private static final int MAX_SHOWN_REFUSALS = 20;

    private final LookbackConfig config;
    private final Policies policies;
    private final Map<String, Duration> durations;
    private final long now;

    RetentionShow(LookbackConfig config, Policies policies, Map<String, Duration> durations, long now) {
        this.config = config;
        this.policies = policies;
        this.durations = durations;
        this.now = now;
    }

    Map<String, Object> toJson() {
        List<Map<String, Object>> classes = new ArrayList<>();
        for (RetentionClass each : config.retentionClasses().all()) {
            Cutoff cutoff = policies.cutoff(each);
            Map<String, Object> shown = new LinkedHashMap<>();
            shown.put("class", each.name());
            shown.put("duration", format(cutoff.durationMillis(now)));
            shown.put("bucket", Durations.format(each.bucketWidth()));
            shown.put("cutoff", Instants.format(cutoff.at(now)));
            shown.put(
                    "policies",
                    policies.history().enacted(each.name()).stream()
                            .map(RetentionShow::toJson)
                            .toList());
            PolicyHistory.Proposal proposal = policies.history().proposal(each.name(), Instant.ofEpochMilli(now));
            shown.put("proposal", proposal == null ? null : toJson(proposal));
            shown.put("brokers", brokers(each).stream().map(Change::toString).toList());
            classes.add(shown);
        }
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("classes", classes);
        json.put(
                "refused",
                policies.refused().stream().map(RetentionShow::toJson).toList());
        return json;
    }

    private List<Change> brokers(RetentionClass retentionClass) {
        return new LedgerSettings(config, retentionClass)
                .changes(durations.getOrDefault(retentionClass.name(), retentionClass.initialDuration()));
    }

    static Map<String, Object> toJson(PolicyHistory.Enacted enacted) {
        RetentionPolicy policy = enacted.policy();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("version", policy.getVersion());
        json.put("duration", format(policy.getDurationMillis()));
        json.put("effectiveFrom", Instants.format(policy.getEffectiveFrom()));
        json.put("changedBy", policy.getChangedBy());
        json.put("signedBy", enacted.signers());
        json.put("reason", policy.getReason());
        return json;
    }

    static Map<String, Object> toJson(PolicyHistory.Proposal proposal) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("version", proposal.policy().getVersion());
        json.put("duration", format(proposal.policy().getDurationMillis()));
        json.put("proposedBy", proposal.officer());
        json.put("proposedAt", Instants.format(proposal.proposedAt()));
        json.put("lapsesAt", Instants.format(proposal.lapsesAt()));
        json.put("reason", proposal.policy().getReason());
        return json;
    }

    private static Map<String, Object> toJson(PolicyLog.Entry entry) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("offset", entry.offset());
        json.put("appendedAt", Instants.format(entry.appendedAt()));
        json.put("reason", ((PolicyHistory.Refused) entry.verdict()).flaw().name());
        return json;
    }

    void print(Console console) {
        for (RetentionClass each : config.retentionClasses().all()) {
            print(console, each);
        }
        List<PolicyLog.Entry> refused = policies.refused();
        refused.stream()
                .limit(MAX_SHOWN_REFUSALS)
                .forEach(entry ->
                        console.print("! " + config.topics().retentionPolicies().name() + ", offset "
                                + entry.offset() + ", " + Instants.format(entry.appendedAt()) + ": refused, "
                                + ((PolicyHistory.Refused) entry.verdict()).flaw()));
        if (refused.size() > MAX_SHOWN_REFUSALS) {
            console.print("! … and " + Console.count(refused.size() - MAX_SHOWN_REFUSALS) + " more (--json)");
        }
        if (!refused.isEmpty()) {
            console.print(
                    "Refused records change nothing. Who wrote them? Only officers of retention and the application"
                            + " should be able to.");
        }
    }

    private void print(Console console, RetentionClass retentionClass) {
        Cutoff cutoff = policies.cutoff(retentionClass);
        console.print(retentionClass.name() + ": lookups are kept for " + format(cutoff.durationMillis(now))
                + ", in buckets of " + Durations.format(retentionClass.bucketWidth()) + "; forgotten now: up to "
                + Instants.format(cutoff.at(now)));
        List<PolicyHistory.Enacted> history = policies.history().enacted(retentionClass.name());
        if (history.isEmpty()) {
            console.print("  no policy on record; the configured duration holds");
        }
        for (PolicyHistory.Enacted each : history) {
            RetentionPolicy policy = each.policy();
            List<String> signers = each.signers();
            console.print("  version " + policy.getVersion() + ": " + format(policy.getDurationMillis()) + " from "
                    + Instants.format(policy.getEffectiveFrom()) + ", "
                    + (signers.isEmpty() ? "by " + policy.getChangedBy() : "signed by " + String.join(" and ", signers))
                    + ": " + policy.getReason());
        }
        PolicyHistory.Proposal proposal = policies.history().proposal(retentionClass.name(), Instant.ofEpochMilli(now));
        if (proposal != null) {
            console.print("  proposed: " + format(proposal.policy().getDurationMillis()) + ", by " + proposal.officer()
                    + " at " + Instants.format(proposal.proposedAt()) + ": "
                    + proposal.policy().getReason());
            console.print("    changes nothing until another officer signs it, by "
                    + Instants.format(proposal.lapsesAt()) + ": lookback retention approve " + retentionClass.name()
                    + " --officer … --keystore …");
        }
        for (Change change : brokers(retentionClass)) {
            console.print("  ! the brokers do not fit: " + change + "; " + TopicPlan.REMEDY + " repairs it");
        }
    }

    private static String format(long millis) {
        return Durations.format(Duration.ofMillis(millis));
    }
}
