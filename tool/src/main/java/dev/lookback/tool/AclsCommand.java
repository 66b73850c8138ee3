package dev.lookback.tool;

import dev.lookback.config.LookbackConfig;
import dev.lookback.config.acls.AclAdmin;
import dev.lookback.config.acls.AclChange;
import dev.lookback.config.acls.AclPlan;
import dev.lookback.config.acls.AclsFile;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.SecurityDisabledException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "acls",
        description = "Compare the brokers' ACLs with deploy/acls.yaml, and make them so.",
        footer = {
            "",
            "acls.file names the file that says which principals have which role (docs/SECURITY.md). Only ACLs on"
                    + " Lookback's topics, groups and transactional ids are deleted.",
            "",
            "Examples:",
            "  lookback acls plan --config lookback.properties",
            "  lookback acls apply --yes --config lookback.properties",
        })
final class AclsCommand {
    private static final String AUTHORIZER = "org.apache.kafka.metadata.authorizer.StandardAuthorizer";

    private final Surroundings surroundings;

    AclsCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Command(description = "Show what `apply` would create and delete. Changes nothing.")
    int plan(@Mixin Settings settings, @Mixin Json json) {
        return withAcls(settings, acls -> {
            show(acls.plan(), json);
            return ExitCodes.OK;
        });
    }

    @Command(
            description = "Create what is missing and delete what nobody is to have. Doing it again changes nothing."
                    + " Exit code 1 if something is left that is not Lookback's to delete.")
    int apply(
            @Option(names = "--yes", description = "Do not ask.") boolean yes,
            @Mixin Settings settings,
            @Mixin Json json) {
        return withAcls(settings, acls -> {
            AclPlan plan = acls.plan();
            show(plan, json);
            boolean isDone = plan.changes().size() == plan.tooWide().size();
            if (!isDone && !yes && !surroundings.confirms("Change them so? [y/N] ")) {
                throw ToolException.failed("Nothing was applied");
            }
            acls.apply(plan);
            if (!plan.tooWide().isEmpty()) {
                throw ToolException.failed("Applied, but for the lines with !: they are not Lookback's to delete.");
            }
            surroundings.console().note("Applied.");
            return ExitCodes.OK;
        });
    }

    @Command(description = "Say whether the brokers' ACLs are as they should be: exit code 0 if so, 1 if not.")
    int check(@Mixin Settings settings, @Mixin Json json) {
        return withAcls(settings, acls -> {
            AclPlan plan = acls.plan();
            show(plan, json);
            return plan.isEmpty() ? ExitCodes.OK : ExitCodes.FAILED;
        });
    }

    private interface Work {
        int with(AclAdmin acls);
    }

    private int withAcls(Settings settings, Work work) {
        LookbackConfig config = settings.load(surroundings.environment());
        AclsFile file = AclsFile.load(config);
        file.wanted(); // says what is wrong before a broker is asked
        List<String> unassigned = file.unassigned();
        if (!unassigned.isEmpty()) {
            surroundings.console().note("Roles that no principal has: " + String.join(", ", unassigned));
        }
        try (Admin admin = Kafka.admin(config)) {
            return work.with(new AclAdmin(admin, file));
        } catch (SecurityDisabledException e) {
            throw ToolException.failed("The brokers have no authorizer: whoever reaches them may do anything. Set"
                    + " authorizer.class.name=" + AUTHORIZER + " and super.users on brokers and controllers"
                    + " (docs/SECURITY.md)");
        } catch (ClusterAuthorizationException e) {
            throw ToolException.failed(
                    "This principal may not see or change ACLs. Seeing takes DESCRIBE on the cluster,"
                            + " changing ALTER: whoever is in the brokers' super.users may (kafka.*)");
        }
    }

    private void show(AclPlan plan, Json json) {
        Console console = surroundings.console();
        if (json.wanted) {
            console.printJson(plan.changes().stream().map(AclsCommand::toJson).toList());
        } else if (plan.isEmpty()) {
            console.print("All ACLs are as they should be.");
        } else {
            plan.changes().forEach(change -> console.print(change.toString()));
        }
    }

    private static Map<String, Object> toJson(AclChange change) {
        AclBinding acl = change.acl();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("change", kind(change));
        json.put("principal", acl.entry().principal());
        json.put("host", acl.entry().host());
        json.put("permission", acl.entry().permissionType().name());
        json.put("operation", acl.entry().operation().name());
        json.put("resourceType", acl.pattern().resourceType().name());
        json.put("pattern", acl.pattern().patternType().name());
        json.put("resource", acl.pattern().name());
        return json;
    }

    private static String kind(AclChange change) {
        if (change instanceof AclChange.Create) {
            return "create";
        }
        return change instanceof AclChange.Delete ? "delete" : "tooWide";
    }
}
