package dev.lookback.tool;

import dev.lookback.app.DisclosurePolicyFile;
import dev.lookback.disclosure.DisclosurePolicy;
import dev.lookback.disclosure.InvalidPolicyException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "disclosure",
        description = "Look into a disclosure policy: what may be disclosed under which legal paper.",
        footer = {
            "",
            "Examples:",
            "  lookback disclosure check deploy/disclosure-policy.yaml",
        })
final class DisclosureCommand {
    private final Surroundings surroundings;

    DisclosureCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Command(
            description = {
                "Say whether a file is a disclosure policy: exit code 0 if so, 1 if not. Needs nothing but the file.",
                "Shows what it means in words, and its SHA-256, which manifests name.",
            })
    int check(
            @Parameters(paramLabel = "FILE", description = "The policy, as for disclosure.policy.file.") Path file,
            @Mixin Json json) {
        try {
            sound(file, DisclosurePolicyFile.read(file), json);
            return ExitCodes.OK;
        } catch (IOException e) {
            throw ToolException.usage("There is no readable file " + file);
        } catch (InvalidPolicyException e) {
            flawed(file, e.problems(), json);
            return ExitCodes.FAILED;
        }
    }

    private void sound(Path file, DisclosurePolicy policy, Json json) {
        Console console = surroundings.console();
        if (json.wanted) {
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("file", file.toString());
            result.put("valid", true);
            result.put("name", policy.name());
            result.put("sha256", policy.sha256());
            result.put("terms", policy.lines());
            console.printJson(result);
            return;
        }
        console.print(policy.name());
        console.print("SHA-256 " + policy.sha256());
        policy.lines().forEach(console::print);
    }

    private void flawed(Path file, List<String> problems, Json json) {
        Console console = surroundings.console();
        if (json.wanted) {
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("file", file.toString());
            result.put("valid", false);
            result.put("problems", problems);
            console.printJson(result);
            return;
        }
        problems.forEach(problem -> console.print("! " + problem));
    }
}
