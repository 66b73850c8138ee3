package dev.lookback.tool;

import dev.lookback.config.LookbackConfig;
import dev.lookback.registry.RegistryAdmin;
import dev.lookback.retention.RetentionClass;
import dev.lookback.topics.SchemaSet;
import dev.lookback.topics.SchemaSet.Change;
import dev.lookback.topics.SchemaSet.Plan;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "schemas",
        description = "Compare the registry's schemas with this version's, and make them so.",
        footer = {
            "",
            "Every subject is " + SchemaSet.LEVEL + ". An incompatible schema is never registered.",
            "",
            "Examples:",
            "  lookback schemas plan --config lookback.properties",
            "  lookback schemas check --json",
        })
final class SchemasCommand {
    private final Surroundings surroundings;

    SchemasCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Command(description = "Show what `apply` would change. Changes nothing.")
    int plan(@Mixin Settings settings, @Mixin Json json) {
        LookbackConfig config = settings.load(surroundings.environment());
        Plan plan = schemas(config).plan(registry(config));
        show(plan, json);
        return plan.isBlocked() ? ExitCodes.FAILED : ExitCodes.OK;
    }

    @Command(description = "Register what is missing and set compatibility. Doing it again changes nothing.")
    int apply(@Mixin Settings settings, @Mixin Json json) {
        LookbackConfig config = settings.load(surroundings.environment());
        Plan plan = schemas(config).apply(registry(config));
        show(plan, json);
        if (plan.isBlocked()) {
            throw ToolException.failed("Nothing was applied; the lines with ! say why.");
        }
        surroundings.console().note("Applied.");
        return ExitCodes.OK;
    }

    @Command(description = "Say whether the registry's schemas are as they should be: exit code 0 if so, 1 if not.")
    int check(@Mixin Settings settings, @Mixin Json json) {
        LookbackConfig config = settings.load(surroundings.environment());
        Plan plan = schemas(config).plan(registry(config));
        show(plan, json);
        return plan.changes().isEmpty() ? ExitCodes.OK : ExitCodes.FAILED;
    }

    /** The schemas that these settings ask for. */
    static SchemaSet schemas(LookbackConfig config) {
        List<String> classes = config.retentionClasses().all().stream()
                .map(RetentionClass::name)
                .toList();
        return new SchemaSet(config.topics(), classes);
    }

    /** The registry that these settings name. */
    static RegistryAdmin registry(LookbackConfig config) {
        return RegistryAdmin.of(config.serdeSettings());
    }

    private void show(Plan plan, Json json) {
        Console console = surroundings.console();
        if (json.wanted) {
            console.printJson(
                    plan.changes().stream().map(SchemasCommand::toJson).toList());
        } else if (plan.changes().isEmpty()) {
            console.print("All schemas are as they should be.");
        } else {
            plan.changes().forEach(change -> console.print(line(change)));
        }
    }

    private static String line(Change change) {
        if (change instanceof Change.Register register) {
            return "+ " + register.subject() + ": version " + register.version()
                    + listed(", adds ", register.adds(), register.version() > 1)
                    + listed(", drops ", register.drops(), true);
        } else if (change instanceof Change.SetLevel level) {
            return "~ " + level.subject() + ": compatibility " + (level.from().isEmpty() ? "not set" : level.from())
                    + " -> " + level.to();
        }
        Change.Incompatible incompatible = (Change.Incompatible) change;
        return "! " + incompatible.subject() + ": cannot read version " + incompatible.version() + ", field "
                + (incompatible.field().isEmpty() ? "(the record itself)" : incompatible.field()) + ": "
                + incompatible.reason();
    }

    private static String listed(String label, List<String> names, boolean wanted) {
        return names.isEmpty() || !wanted ? "" : label + String.join(", ", names);
    }

    private static Map<String, Object> toJson(Change change) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("subject", change.subject());
        if (change instanceof Change.Register register) {
            json.put("change", "register");
            json.put("version", register.version());
            json.put("adds", register.adds());
            json.put("drops", register.drops());
        } else if (change instanceof Change.SetLevel level) {
            json.put("change", "setLevel");
            json.put("from", level.from());
            json.put("to", level.to());
        } else if (change instanceof Change.Incompatible incompatible) {
            json.put("change", "incompatible");
            json.put("version", incompatible.version());
            json.put("field", incompatible.field());
            json.put("reason", incompatible.reason());
        }
        return json;
    }
}
