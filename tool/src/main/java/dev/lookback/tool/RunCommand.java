package dev.lookback.tool;

import dev.lookback.app.LookbackApp;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.Role;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "run",
        description =
                "Run Lookback: ingest, vault and casework, or some of them. Ctrl-C or SIGTERM stops in good order.",
        footer = {
            "",
            "Examples:",
            "  lookback run --config lookback.properties",
            "  LOOKBACK_HTTP_PORT=9090 lookback run --config lookback.properties --role vault",
        })
final class RunCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Option(
            names = "--role",
            split = ",",
            paramLabel = "ROLE",
            description = "Run only these: ${COMPLETION-CANDIDATES}. Otherwise what `roles` says.")
    private List<Role> roles = List.of();

    @Mixin
    private final Settings settings = new Settings();

    RunCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws InterruptedException {
        Logging.say("info");
        String labels = roles.stream().map(Role::label).collect(Collectors.joining(","));
        Map<String, String> overrides = roles.isEmpty() ? Map.of() : Map.of(LookbackConfig.ROLES, labels);
        LookbackConfig config = settings.load(surroundings.environment(), overrides);
        try (LookbackApp app = LookbackApp.start(config)) {
            Shutdown.whenStopped(app::close);
            surroundings.console().note("Lookback runs; health and metrics at " + app.address());
            app.awaitEnd();
            return ExitCodes.OK;
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            throw ToolException.failed((cause == null ? e : cause).getMessage() + "; the log says why");
        }
    }
}
