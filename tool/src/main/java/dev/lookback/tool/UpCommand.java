package dev.lookback.tool;

import dev.lookback.local.LocalStack;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "up",
        description =
                "Start what Lookback needs on this machine: a Kafka broker, a schema registry, topics, schemas, keys,"
                        + " officers and sample GeoIP databases. Ctrl-C stops it; its directory can be used again.",
        footer = {
            "",
            "Example:",
            "  lookback up                                       # in one terminal",
            "  lookback run --config .lookback/up/lookback.properties   # in another",
        })
final class UpCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description = "Where data, keys and logs live. Default: ${DEFAULT-VALUE}")
    private Path directory = Path.of(".lookback", "up");

    @Mixin
    private final Json json = new Json();

    UpCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws InterruptedException {
        Console console = surroundings.console();
        Shutdown.whenStopped(Shutdown::awaitChildren);
        console.note("Starting a broker and a registry …");
        try (LocalStack stack = LocalStack.start(directory, Map.of(), surroundings.clock())) {
            Map<String, Object> found = new LinkedHashMap<>();
            found.put("broker", stack.broker().bootstrapServers());
            found.put("registry", stack.registry().url());
            found.put("config", stack.configFile().toString());
            for (String officer : List.of(
                    LocalStack.INTAKE_OFFICER, LocalStack.APPROVING_OFFICER, LocalStack.SECOND_APPROVING_OFFICER)) {
                found.put(officer, stack.officerKeystore(officer).toString());
            }
            found.put("passwordFile", stack.passwordFile().toString());
            found.put("sealingPublicKey", stack.sealingPublicKey().toString());
            if (json.wanted) {
                console.printJson(found);
            } else {
                found.forEach((name, value) -> console.print(name + ": " + value));
            }
            console.note("Ctrl-C stops it.");
            new CountDownLatch(1).await();
        }
        return ExitCodes.OK;
    }
}
