package dev.lookback.tool;

import dev.lookback.config.LookbackConfig;
import dev.lookback.config.topics.Change;
import dev.lookback.config.topics.TopicAdmin;
import dev.lookback.config.topics.TopicPlan;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "topics",
        description = "Compare the cluster's topics with deploy/topics.yaml, and make them so.",
        footer = {
            "",
            "Never deletes a topic, never takes partitions away, never changes the partition count of a keyed topic.",
            "",
            "Examples:",
            "  lookback topics plan --config lookback.properties",
            "  lookback topics apply --config lookback.properties",
        })
final class TopicsCommand {
    private final Surroundings surroundings;

    TopicsCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Command(description = "Show what `apply` would change. Changes nothing.")
    int plan(@Mixin Settings settings, @Mixin Json json) {
        return withTopics(settings, (topics, durations) -> {
            TopicPlan plan = topics.plan(durations);
            show(plan, json);
            return plan.refusals().isEmpty() ? ExitCodes.OK : ExitCodes.FAILED;
        });
    }

    @Command(description = "Create what is missing and change what differs. Doing it again changes nothing.")
    int apply(@Mixin Settings settings, @Mixin Json json) {
        return withTopics(settings, (topics, durations) -> {
            TopicPlan plan = topics.plan(durations);
            show(plan, json);
            if (!plan.refusals().isEmpty()) {
                throw ToolException.failed("Nothing was applied; the lines with ! say why.");
            }
            topics.apply(plan);
            surroundings.console().note("Applied.");
            return ExitCodes.OK;
        });
    }

    @Command(description = "Say whether the cluster's topics are as they should be: exit code 0 if so, 1 if not.")
    int check(@Mixin Settings settings, @Mixin Json json) {
        return withTopics(settings, (topics, durations) -> {
            TopicPlan plan = topics.plan(durations);
            show(plan, json);
            return plan.isEmpty() ? ExitCodes.OK : ExitCodes.FAILED;
        });
    }

    private interface Work {
        int with(TopicAdmin topics, Map<String, Duration> durations);
    }

    private int withTopics(Settings settings, Work work) {
        LookbackConfig config = settings.load(surroundings.environment());
        try (Admin admin = Kafka.admin(config)) {
            // The duration in force, not the configured one, decides how long brokers keep a ledger.
            return work.with(
                    new TopicAdmin(admin, config), Policies.read(config).durations(surroundings.clock()));
        }
    }

    private void show(TopicPlan plan, Json json) {
        Console console = surroundings.console();
        if (json.wanted) {
            console.printJson(plan.changes().stream().map(TopicsCommand::toJson).toList());
        } else if (plan.isEmpty()) {
            console.print("All topics are as they should be.");
        } else {
            plan.changes().forEach(change -> console.print(change.toString()));
        }
    }

    private static Map<String, Object> toJson(Change change) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("topic", change.topic());
        if (change instanceof Change.Create create) {
            json.put("change", "create");
            json.put("partitions", create.partitions());
            json.put("replication", create.replication());
            json.put("settings", create.settings());
        } else if (change instanceof Change.AddPartitions add) {
            json.put("change", "addPartitions");
            json.put("from", add.from());
            json.put("to", add.to());
        } else if (change instanceof Change.Alter alter) {
            json.put("change", "alter");
            json.put("setting", alter.setting());
            json.put("from", alter.from());
            json.put("to", alter.to());
            json.put("why", alter.why());
        } else if (change instanceof Change.Refuse refuse) {
            json.put("change", "refuse");
            json.put("why", refuse.why());
        }
        return json;
    }
}
