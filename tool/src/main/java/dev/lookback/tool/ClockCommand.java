package dev.lookback.tool;

import dev.lookback.app.Confirmation;
import dev.lookback.config.ClientSettings;
import dev.lookback.config.Durations;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.topics.TopicAdmin;
import dev.lookback.seal.Instants;
import dev.lookback.topics.Topic;
import dev.lookback.topics.Topics;
import dev.lookback.v1.ClockCheck;
import dev.lookback.v1.ClockConfirmation;
import dev.lookback.v1.ClockDoubt;
import dev.lookback.v1.ClockRecord;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "clock",
        description = {
            "See how far the machines' clocks are from the brokers', and confirm one that was in doubt.",
            "A process whose machine's clock jumps, or is far from the brokers' when it starts, forgets nothing until an"
                    + " officer in charge of retention confirms the clock.",
        },
        footer = {
            "",
            "Examples:",
            "  lookback clock show",
            "  lookback clock confirm --officer j.doe --keystore j.doe.p12 --reason 'NTP was down, ticket 123'",
        })
final class ClockCommand {
    private final Surroundings surroundings;

    ClockCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** What an instance said last, and when the broker got it. */
    private record Seen(ClockCheck check, Instant at) {
        /** How far its clock was from the broker's, but for the way there; positive: ahead. */
        long aheadMillis() {
            return check.getWall().toEpochMilli() - at.toEpochMilli();
        }

        String name() {
            return check.getInstance() + (check.getHost().isEmpty() ? "" : " on " + check.getHost());
        }
    }

    @Command(
            description = {
                "Show every instance: what its machine's clock said when it was last compared with the brokers' (about"
                        + " once a minute), and whether it is in doubt.",
                "Exit code 0 if none is in doubt, 1 if one is.",
            })
    int show(@Mixin Settings settings, @Mixin Json json) {
        List<Seen> all = read(settings.load(surroundings.environment()));
        if (json.wanted) {
            surroundings
                    .console()
                    .printJson(all.stream().map(ClockCommand::toJson).toList());
        } else if (all.isEmpty()) {
            surroundings.console().print("No process has compared its clock yet.");
        } else {
            all.forEach(each -> surroundings.console().print(line(each)));
        }
        return all.stream().allMatch(each -> each.check.getDoubt() == null) ? ExitCodes.OK : ExitCodes.FAILED;
    }

    private static Map<String, Object> toJson(Seen seen) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("instance", seen.check.getInstance());
        json.put("host", seen.check.getHost());
        json.put("comparedAt", Instants.format(seen.at));
        json.put("clock", Instants.format(seen.check.getWall()));
        json.put("aheadMillis", seen.aheadMillis());
        json.put("time", Instants.format(seen.check.getTime()));
        ClockDoubt doubt = seen.check.getDoubt();
        json.put("trusted", doubt == null);
        if (doubt != null) {
            Map<String, Object> shown = new LinkedHashMap<>();
            shown.put("id", doubt.getId());
            shown.put("cause", doubt.getCause().name());
            shown.put("offMillis", doubt.getOffMillis());
            shown.put("since", Instants.format(doubt.getSince()));
            json.put("doubt", shown);
        }
        return json;
    }

    private static String line(Seen seen) {
        ClockDoubt doubt = seen.check.getDoubt();
        return seen.name() + ": " + apart(seen.aheadMillis()) + " the brokers' at " + Instants.format(seen.at)
                + (doubt == null
                        ? "; trusted"
                        : "; IN DOUBT since " + Instants.format(doubt.getSince()) + ", when it "
                                + switch (doubt.getCause()) {
                                    case JUMPED -> "jumped by ";
                                    case FAR_FROM_BROKERS -> "was away from the brokers' by ";
                                    case UNKNOWN -> "was off by ";
                                }
                                + format(doubt.getOffMillis()) + "; nothing is forgotten there");
    }

    private static String apart(long ahead) {
        return format(ahead) + (ahead < 0 ? " behind" : " ahead of");
    }

    private static String format(long millis) {
        return Durations.about(Duration.ofMillis(Math.abs(millis)));
    }

    @Command(
            description = {
                "Confirm the clocks that are in doubt: forgetting goes on within seconds, by what these clocks say then."
                        + " Signed by an officer in the role RETENTION, and kept on record.",
                "A clock that is not where the brokers' are is not confirmed: set it right first.",
            })
    int confirm(
            @Mixin Signer signer,
            @Option(names = "--reason", paramLabel = "TEXT", required = true, description = "Why, for the auditor.")
                    String reason,
            @Option(
                            names = "--instance",
                            paramLabel = "ID",
                            description = "Confirm the clock of this instance only (may be repeated).")
                    @Nullable
                    List<String> instances,
            @Option(
                            names = "--despite-brokers",
                            description = "Confirm a clock that is far from the brokers', because theirs are wrong.")
                    boolean despiteBrokers,
            @Option(names = "--yes", description = "Do not ask.") boolean yes,
            @Mixin Settings settings)
            throws IOException {
        LookbackConfig config = settings.load(surroundings.environment());
        List<Seen> chosen = new ArrayList<>(read(config));
        chosen.removeIf(each ->
                each.check.getDoubt() == null || (instances != null && !instances.contains(each.check.getInstance())));
        if (chosen.isEmpty()) {
            throw ToolException.usage("No clock is in doubt" + (instances == null ? "" : " there")
                    + "; lookback clock show lists them. Nothing was confirmed");
        }
        Console console = surroundings.console();
        chosen.forEach(each -> console.note(line(each)));
        long limit = config.duration(LookbackConfig.CLOCK_JUMP_MAX).toMillis();
        for (Seen each : chosen) {
            if (Math.abs(each.aheadMillis()) > limit && !despiteBrokers) {
                throw ToolException.failed("The clock of " + each.name() + " is " + apart(each.aheadMillis())
                        + " the brokers'. Set it right and confirm it a few seconds later; or say --despite-brokers if"
                        + " theirs are wrong. Nothing was confirmed");
            }
        }
        if (despiteBrokers) {
            demandWhatBrokersAccept(config, chosen);
        }
        if (!yes && !surroundings.confirms("Forget by what these clocks say from now on? [y/N] ")) {
            throw ToolException.failed("Nothing was confirmed");
        }
        List<UUID> doubts = chosen.stream().map(ClockCommand::doubtId).toList();
        String jws = Confirmation.sign(
                doubts, reason, surroundings.clock().instant(), signer.officer(), signer.key(surroundings));
        Topic<String, ClockRecord> topic = config.topics().clockChecks();
        try (KafkaProducer<String, ClockRecord> producer = Kafka.producer(config, topic)) {
            for (UUID doubt : doubts) {
                Kafka.await(producer.send(new ProducerRecord<>(
                        topic.name(), doubt.toString(), new ClockRecord(new ClockConfirmation(jws)))));
            }
        }
        console.print("Confirmed by " + signer.officer() + "; lookback clock show tells when it has been taken up.");
        return ExitCodes.OK;
    }

    /** Once a clock is believed, records are dated by it: an instance whose records the brokers refuse stops for good. */
    private static void demandWhatBrokersAccept(LookbackConfig config, List<Seen> chosen) {
        String ledger = config.topics().ledger(Topics.DEFAULT_CLASS).name();
        try (Admin admin = Admin.create(ClientSettings.admin(config))) {
            String setting = "message.timestamp.after.max.ms";
            Duration accepted = Duration.ofMillis(Long.parseLong(
                    new TopicAdmin(admin, config).inForce(Map.of()).ofTopic(ledger, setting)));
            for (Seen each : chosen) {
                if (each.aheadMillis() > accepted.toMillis()) {
                    throw ToolException.failed("The clock of " + each.name() + " is " + apart(each.aheadMillis())
                            + " the brokers', who refuse what is dated more than " + Durations.format(accepted)
                            + " ahead of them (" + setting + " of " + ledger
                            + "). Set the brokers' clocks right first. Nothing was confirmed");
                }
            }
        }
    }

    private static UUID doubtId(Seen seen) {
        ClockDoubt doubt = seen.check.getDoubt();
        if (doubt == null) {
            throw new IllegalArgumentException("not in doubt");
        }
        return UUID.fromString(doubt.getId());
    }

    /** The last check of every instance, by id. */
    private static List<Seen> read(LookbackConfig config) {
        Topic<String, ClockRecord> topic = config.topics().clockChecks();
        Map<String, Seen> latest = new TreeMap<>();
        try (Consumer<byte[], byte[]> consumer = Kafka.consumer(config)) {
            Kafka.readAll(consumer, Kafka.partitions(consumer, topic.name()), record -> {
                try {
                    ClockRecord value = topic.value().deserializer().deserialize(topic.name(), record.value());
                    if (value != null && value.getContent() instanceof ClockCheck check) {
                        latest.put(check.getInstance(), new Seen(check, Instant.ofEpochMilli(record.timestamp())));
                    }
                } catch (SerializationException e) {
                    return true; // anyone may have written there
                }
                return true;
            });
        }
        return List.copyOf(latest.values());
    }
}
