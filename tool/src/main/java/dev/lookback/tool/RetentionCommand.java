package dev.lookback.tool;

import dev.lookback.config.Durations;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.bound.DiskBound;
import dev.lookback.config.bound.DiskBounds;
import dev.lookback.config.topics.TopicAdmin;
import dev.lookback.policy.PolicyHistory;
import dev.lookback.policy.PolicyHistory.Proposal;
import dev.lookback.retention.RetentionClass;
import dev.lookback.v1.RetentionPolicy;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;
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
            "  lookback retention plan default 25d",
            "  lookback retention set default 25d --reason 'ticket 123' --officer j.doe --keystore j.doe.p12",
            "  lookback retention approve default --officer a.roe --keystore a.roe.p12",
            "  lookback retention audit && echo 'nothing overdue'",
        })
final class RetentionCommand {
    private final Surroundings surroundings;

    RetentionCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Command(
            description = {
                "Show every class: duration in force, cutoff at this moment, the history of its policies and who signed"
                        + " them, a change that waits for a second officer, records that count for nothing, and whether"
                        + " the brokers' settings fit.",
            })
    int show(@Mixin Settings settings, @Mixin Json json) {
        LookbackConfig config = settings.load(surroundings.environment());
        Policies policies = Policies.read(config);
        RetentionShow shown = new RetentionShow(
                config,
                policies,
                policies.durations(surroundings.clock()),
                surroundings.clock().millis());
        if (json.wanted) {
            surroundings.console().printJson(shown.toJson());
        } else {
            shown.print(surroundings.console());
        }
        return ExitCodes.OK;
    }

    @Command(
            description = {
                "Say what a change would do, and change nothing: how many lookups it would forget at once, or keep though"
                        + " they would have been forgotten, from when on, and when the brokers' files follow.",
                "Counts by reading the keys of the part of the ledger that is concerned.",
            })
    int plan(
            @Parameters(paramLabel = "CLASS") String name,
            @Parameters(paramLabel = "DURATION", converter = DurationForm.class, description = "30d, 12h, 90m, …")
                    Duration duration,
            @Option(
                            names = "--estimate",
                            description = "Do not read the ledger: say what it is at most, from offsets alone.")
                    boolean estimate,
            @Mixin Settings settings,
            @Mixin Json json) {
        LookbackConfig config = settings.load(surroundings.environment());
        RetentionClass retentionClass = retentionClass(config, name);
        requireAllowed(config, retentionClass, duration);
        new LedgerSettings(config, retentionClass).requirePresent();
        RetentionPlan plan = plan(
                config,
                Policies.read(config),
                retentionClass,
                duration,
                estimate ? RetentionPlan.Effort.ESTIMATE : RetentionPlan.Effort.COUNT);
        if (json.wanted) {
            surroundings.console().printJson(plan.toJson());
        } else {
            plan.lines().forEach(surroundings.console()::print);
        }
        return ExitCodes.OK;
    }

    @Command(
            description = {
                "Change how long the lookups of a class are kept: signs the next policy, and alters the retention of the"
                        + " class's ledger on the brokers. In force everywhere within seconds, without a restart.",
                "Lengthening keeps what is still there; it brings nothing back. Shortening forgets evidence for good: it is"
                        + " only proposed, until another officer approves it.",
            })
    int set(
            @Parameters(paramLabel = "CLASS") String name,
            @Parameters(paramLabel = "DURATION", converter = DurationForm.class, description = "30d, 12h, 90m, …")
                    Duration duration,
            @Option(names = "--reason", paramLabel = "TEXT", required = true, description = "Why, for the auditor.")
                    String reason,
            @Mixin Signer signer,
            @Option(names = "--yes", description = "Do not ask.") boolean yes,
            @Mixin Settings settings,
            @Mixin Json json)
            throws IOException {
        LookbackConfig config = settings.load(surroundings.environment());
        RetentionClass retentionClass = retentionClass(config, name);
        requireAllowed(config, retentionClass, duration);
        PolicyChanges.Pen pen = signer.openForRetention(surroundings);
        PolicyChanges changes = new PolicyChanges(config, retentionClass, surroundings.clock());
        Policies before = Policies.read(config);
        List<RetentionPolicy> history = before.of(retentionClass);
        if (!history.isEmpty() && history.get(history.size() - 1).getDurationMillis() == duration.toMillis()) {
            throw ToolException.usage("Lookups of class " + name + " are kept for " + Durations.format(duration)
                    + " already; nothing was changed");
        }
        changes.requireReady(before);
        if (!yes) {
            RetentionPlan plan = plan(config, before, retentionClass, duration, RetentionPlan.Effort.QUICK);
            plan.lines().forEach(surroundings.console()::note);
            confirm(plan.shortens() ? "Propose it? [y/N] " : "Change it? [y/N] ");
        }
        return say(changes.set(before, duration, reason, pen), json);
    }

    @Command(
            description = {
                "Sign, as a second officer, the change that another has proposed. In force everywhere within seconds,"
                        + " without a restart.",
                "What it shortens is forgotten for good.",
            })
    int approve(
            @Parameters(paramLabel = "CLASS") String name,
            @Parameters(
                            paramLabel = "VERSION",
                            arity = "0..1",
                            description =
                                    "Which version you mean, as `show` has it; otherwise the one that is proposed.")
                    @Nullable
                    Integer version,
            @Mixin Signer signer,
            @Option(names = "--yes", description = "Do not ask.") boolean yes,
            @Mixin Settings settings,
            @Mixin Json json)
            throws IOException {
        LookbackConfig config = settings.load(surroundings.environment());
        RetentionClass retentionClass = retentionClass(config, name);
        PolicyChanges.Pen pen = signer.openForRetention(surroundings);
        Policies before = Policies.read(config);
        Proposal proposal = proposal(before, retentionClass, version);
        Duration duration = Duration.ofMillis(proposal.policy().getDurationMillis());
        requireAllowed(config, retentionClass, duration);
        if (!yes) {
            surroundings
                    .console()
                    .note(proposal.officer() + " proposes: " + proposal.policy().getReason());
            plan(config, before, retentionClass, duration, RetentionPlan.Effort.QUICK)
                    .lines()
                    .forEach(surroundings.console()::note);
            confirm("Approve it? [y/N] ");
        }
        return say(
                new PolicyChanges(config, retentionClass, surroundings.clock()).approve(before, proposal, pen), json);
    }

    @Command(description = "Take back a change that is proposed. Any officer of retention may.")
    int withdraw(
            @Parameters(paramLabel = "CLASS") String name,
            @Parameters(
                            paramLabel = "VERSION",
                            arity = "0..1",
                            description =
                                    "Which version you mean, as `show` has it; otherwise the one that is proposed.")
                    @Nullable
                    Integer version,
            @Mixin Signer signer,
            @Mixin Settings settings,
            @Mixin Json json)
            throws IOException {
        LookbackConfig config = settings.load(surroundings.environment());
        RetentionClass retentionClass = retentionClass(config, name);
        PolicyChanges.Pen pen = signer.openForRetention(surroundings);
        Policies before = Policies.read(config);
        Proposal proposal = proposal(before, retentionClass, version);
        return say(
                new PolicyChanges(config, retentionClass, surroundings.clock()).withdraw(before, proposal, pen), json);
    }

    private static RetentionClass retentionClass(LookbackConfig config, String name) {
        RetentionClass found = config.retentionClasses().get(name);
        if (found == null) {
            throw ToolException.usage("There is no retention class " + name + "; there are "
                    + config.retentionClasses().all().stream()
                            .map(RetentionClass::name)
                            .toList()
                    + " (" + LookbackConfig.RETENTION_CLASSES + ")");
        }
        return found;
    }

    private Proposal proposal(Policies policies, RetentionClass retentionClass, @Nullable Integer version) {
        Proposal proposal = policies.history()
                .proposal(retentionClass.name(), surroundings.clock().instant());
        if (proposal == null || (version != null && version != proposal.policy().getVersion())) {
            throw ToolException.usage("No such change of class " + retentionClass.name() + " is proposed"
                    + (proposal == null ? "" : "; version " + proposal.policy().getVersion() + " is")
                    + ". See lookback retention show; lookback retention set proposes one");
        }
        return proposal;
    }

    private RetentionPlan plan(
            LookbackConfig config,
            Policies policies,
            RetentionClass retentionClass,
            Duration duration,
            RetentionPlan.Effort effort) {
        return RetentionPlan.of(
                config,
                surroundings.console(),
                policies,
                retentionClass,
                duration,
                surroundings.clock().millis(),
                effort);
    }

    private void confirm(String question) {
        if (!surroundings.confirms(question)) {
            throw ToolException.failed("Nothing was changed");
        }
    }

    private int say(PolicyHistory.Verdict verdict, Json json) {
        if (json.wanted) {
            surroundings.console().printJson(PolicyChanges.toJson(verdict));
        } else {
            surroundings.console().print(PolicyChanges.told(verdict));
        }
        return ExitCodes.OK;
    }

    private static void requireAllowed(LookbackConfig config, RetentionClass retentionClass, Duration duration) {
        Duration least = config.duration(LookbackConfig.RETENTION_MIN);
        Duration most = config.duration(LookbackConfig.RETENTION_MAX);
        if (duration.compareTo(least) < 0 || duration.compareTo(most) > 0) {
            throw ToolException.usage(Durations.format(duration) + " is not allowed: from "
                    + LookbackConfig.RETENTION_MIN + " (" + Durations.format(least) + ") to "
                    + LookbackConfig.RETENTION_MAX + " (" + Durations.format(most)
                    + "). Whoever may, changes these settings where the tool and the application read them");
        }
        if (duration.compareTo(retentionClass.bucketWidth()) < 0) {
            throw ToolException.usage(Durations.format(duration) + " is shorter than a bucket of class "
                    + retentionClass.name() + " (" + Durations.format(retentionClass.bucketWidth())
                    + "), which is forgotten as a whole, and whose width is fixed. A new class can have narrower ones: "
                    + LookbackConfig.RETENTION_CLASSES + ", " + LookbackConfig.CLASS_PREFIX + "<name>."
                    + LookbackConfig.CLASS_BUCKET);
        }
    }

    @Command(
            description = {
                "Say until when bytes can stay on disk, in each place where they can be, as worked out from the settings in"
                        + " force: configuration, topics, brokers, retention policies. docs/FORGETTING.md explains each sum.",
                "Exit code 0 if lookups are gone from every place within the limit, 1 if not.",
            })
    int bound(
            @Option(
                            names = "--limit",
                            paramLabel = "DURATION",
                            converter = DurationForm.class,
                            defaultValue = "24h",
                            description = "The longest that is right (default: ${DEFAULT-VALUE}).")
                    Duration limit,
            @Mixin Settings settings,
            @Mixin Json json) {
        LookbackConfig config = settings.load(surroundings.environment());
        Map<String, Duration> durations = Policies.read(config).durations(surroundings.clock());
        List<DiskBound> bounds;
        try (Admin admin = Kafka.admin(config)) {
            bounds = DiskBounds.of(new TopicAdmin(admin, config).inForce(durations));
        }
        return RetentionBound.show(surroundings.console(), bounds, limit, json.wanted);
    }

    /** Durations as settings spell them. */
    static final class DurationForm implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            return Durations.parse(text);
        }
    }
}
