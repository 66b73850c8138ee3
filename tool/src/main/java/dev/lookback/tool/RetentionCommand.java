package dev.lookback.tool;

import dev.lookback.config.Durations;
import dev.lookback.config.LookbackConfig;
import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClass;
import dev.lookback.seal.Instants;
import dev.lookback.tool.PartitionAudit.Finding;
import dev.lookback.tool.PartitionAudit.Result;
import dev.lookback.v1.RetentionPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "retention",
        description = "See and change how long lookups are kept, and check that they are forgotten.",
        footer = {
            "",
            "Examples:",
            "  lookback retention show",
            "  lookback retention set default 25d --reason 'ticket 123' --by j.doe",
            "  lookback retention audit && echo 'nothing overdue'",
        })
final class RetentionCommand {
    private static final int MAX_SHOWN_FINDINGS = 50;

    private final Surroundings surroundings;

    RetentionCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Command(
            description =
                    "Show every class: duration in force, cutoff at this moment, and the history of its policies.")
    int show(@Mixin Settings settings, @Mixin Json json) {
        LookbackConfig config = settings.load(surroundings.environment());
        Policies policies = Policies.read(config);
        long now = surroundings.clock().millis();
        List<Map<String, Object>> all = new ArrayList<>();
        for (RetentionClass each : config.retentionClasses().all()) {
            Cutoff cutoff = policies.cutoff(each);
            Map<String, Object> shown = new LinkedHashMap<>();
            shown.put("class", each.name());
            shown.put("duration", Durations.format(Duration.ofMillis(cutoff.durationMillis(now))));
            shown.put("bucket", Durations.format(each.bucketWidth()));
            shown.put("cutoff", Instants.format(cutoff.at(now)));
            shown.put(
                    "policies",
                    policies.of(each).stream().map(RetentionCommand::toJson).toList());
            all.add(shown);
        }
        if (json.wanted) {
            surroundings.console().printJson(all);
        } else {
            all.forEach(this::print);
        }
        return ExitCodes.OK;
    }

    private static Map<String, Object> toJson(RetentionPolicy policy) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("version", policy.getVersion());
        json.put("duration", Durations.format(Duration.ofMillis(policy.getDurationMillis())));
        json.put("effectiveFrom", Instants.format(policy.getEffectiveFrom()));
        json.put("changedBy", policy.getChangedBy());
        json.put("reason", policy.getReason());
        return json;
    }

    private void print(Map<String, Object> shown) {
        Console console = surroundings.console();
        console.print(shown.get("class") + ": lookups are kept for " + shown.get("duration") + ", in buckets of "
                + shown.get("bucket") + "; forgotten now: up to " + shown.get("cutoff"));
        List<?> policies = (List<?>) shown.get("policies");
        if (policies == null || policies.isEmpty()) {
            console.print("  no policy on record; the configured duration holds");
            return;
        }
        for (Object each : policies) {
            Map<?, ?> policy = (Map<?, ?>) each;
            console.print("  version " + policy.get("version") + ": " + policy.get("duration") + " from "
                    + policy.get("effectiveFrom") + ", by " + policy.get("changedBy") + ": " + policy.get("reason"));
        }
    }

    @Command(
            description = {
                "Change how long the lookups of a class are kept: writes the next policy and alters the retention of the"
                        + " class's ledger on the brokers in one step. In force everywhere within seconds, without a"
                        + " restart.",
                "Shortening forgets evidence for good. Lengthening keeps what is still there; it brings nothing back.",
            })
    int set(
            @Parameters(paramLabel = "CLASS") String name,
            @Parameters(paramLabel = "DURATION", converter = DurationForm.class, description = "30d, 12h, 90m, …")
                    Duration duration,
            @Option(names = "--reason", paramLabel = "TEXT", required = true, description = "Why, for the auditor.")
                    String reason,
            @Option(names = "--by", paramLabel = "NAME", required = true, description = "Who changes it.") String by,
            @Option(names = "--yes", description = "Do not ask.") boolean yes,
            @Mixin Settings settings,
            @Mixin Json json) {
        LookbackConfig config = settings.load(surroundings.environment());
        RetentionClass retentionClass = config.retentionClasses().get(name);
        if (retentionClass == null) {
            throw ToolException.usage("There is no retention class " + name + "; there are "
                    + config.retentionClasses().all().stream()
                            .map(RetentionClass::name)
                            .toList());
        }
        requireAllowed(config, duration);
        Instant now = Instant.ofEpochMilli(surroundings.clock().millis()); // as precise as it is stored
        Policies before = Policies.read(config);
        Duration inForce = Duration.ofMillis(before.cutoff(retentionClass).durationMillis(now.toEpochMilli()));
        if (inForce.equals(duration)) {
            throw ToolException.usage("Lookups of class " + name + " are kept for " + Durations.format(duration)
                    + " already; nothing was changed");
        }
        boolean shorter = duration.compareTo(inForce) < 0;
        String change = "Lookups of class " + name + " are kept for " + Durations.format(inForce) + "; from now on for "
                + Durations.format(duration) + ".";
        if (!yes) {
            surroundings.console().note(change);
            if (shorter) {
                surroundings
                        .console()
                        .note("What is older (up to " + Instants.format(now.minus(duration))
                                + ") is forgotten at once, and for good.");
            }
            if (!surroundings.confirms("Change it? [y/N] ")) {
                throw ToolException.failed("Nothing was changed");
            }
        }
        RetentionPolicy policy = before.change(retentionClass, duration, now, by, reason);
        if (json.wanted) {
            surroundings.console().printJson(toJson(policy));
        } else {
            surroundings.console().print(change + " Policy version " + policy.getVersion() + ".");
        }
        return ExitCodes.OK;
    }

    private static void requireAllowed(LookbackConfig config, Duration duration) {
        Duration least = config.duration(LookbackConfig.RETENTION_MIN);
        Duration most = config.duration(LookbackConfig.RETENTION_MAX);
        if (duration.compareTo(least) < 0 || duration.compareTo(most) > 0) {
            throw ToolException.usage(Durations.format(duration) + " is not allowed: from "
                    + LookbackConfig.RETENTION_MIN + " (" + Durations.format(least) + ") to "
                    + LookbackConfig.RETENTION_MAX + " (" + Durations.format(most) + ")");
        }
    }

    @Command(
            description = {
                "Check the promise from what the topics say: counts every receipt again from the ledger, and looks for"
                        + " rows past their deadline, tombstones without a receipt and receipts that were not closed.",
                "Exit code 0 if nothing is overdue and every receipt adds up, 1 if not.",
            })
    int audit(
            @Option(
                            names = "--allowance",
                            paramLabel = "DURATION",
                            converter = DurationForm.class,
                            defaultValue = "5m",
                            description = "How long after a bucket is due its rows may still be there (default:"
                                    + " ${DEFAULT-VALUE}). Expiry may wait for a search for vault.expiry.grace.")
                    Duration allowance,
            @Mixin Settings settings,
            @Mixin Json json) {
        LookbackConfig config = settings.load(surroundings.environment());
        Console console = surroundings.console();
        List<Result> results =
                new RetentionAudit(config, console, surroundings.clock().millis(), allowance).run();
        List<Finding> findings =
                results.stream().flatMap(result -> result.findings().stream()).toList();
        if (json.wanted) {
            console.printJson(results);
        } else {
            results.forEach(result -> console.print(result.retentionClass() + "/" + result.partition() + ": "
                    + Console.count(result.live()) + " rows live, " + Console.count(result.forgotten())
                    + " forgotten under " + Console.count(result.receipts()) + " receipts, of which "
                    + Console.count(result.recounted()) + " counted again"
                    + (result.pending() == 0 ? "" : ", " + result.pending() + " still open")));
            findings.stream().limit(MAX_SHOWN_FINDINGS).forEach(finding -> console.print("! " + finding));
            if (findings.size() > MAX_SHOWN_FINDINGS) {
                console.print("! … and " + Console.count(findings.size() - MAX_SHOWN_FINDINGS) + " more (--json)");
            }
            console.print(
                    findings.isEmpty()
                            ? "Nothing is overdue, and every receipt adds up."
                            : "The promise is broken in " + Console.count(findings.size()) + " places.");
        }
        return findings.isEmpty() ? ExitCodes.OK : ExitCodes.FAILED;
    }

    /** Durations as settings spell them. */
    static final class DurationForm implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            return Durations.parse(text);
        }
    }
}
