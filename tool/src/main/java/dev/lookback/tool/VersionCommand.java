package dev.lookback.tool;

import dev.lookback.app.Version;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "version", description = "Show the versions of Lookback, Kafka's clients and Java.")
final class VersionCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    private final Json json = new Json();

    VersionCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (json.wanted) {
            console.printJson(Map.of(
                    "software",
                    Version.SOFTWARE,
                    "kafka",
                    VersionProvider.kafka(),
                    "java",
                    Runtime.version().toString()));
        } else {
            new VersionProvider().lines().forEach(console::print);
        }
        return ExitCodes.OK;
    }
}
