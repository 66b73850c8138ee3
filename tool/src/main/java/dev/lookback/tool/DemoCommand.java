package dev.lookback.tool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "demo",
        description =
                "See Lookback work, on this machine: a real broker and registry, lookups coming in, a legal request"
                        + " answered with a sealed extract, and lookups being forgotten.",
        footer = {
            "",
            "Everything lives in a temporary directory and on free loopback ports, and is gone at the end.",
            "",
            "Examples:",
            "  lookback demo          # stays up at the end; Ctrl-C stops it",
            "  lookback demo --once   # about a minute; exit code 0 if every step worked",
        })
final class DemoCommand implements Callable<Integer> {
    private static final Duration SIGNAL_DELAY = Duration.ofMillis(500);

    private final Surroundings surroundings;

    @Option(names = "--once", description = "End when everything has been shown.")
    private boolean once;

    @Option(names = "--keep", description = "Keep the directory with data, keys and logs.")
    private boolean keep;

    DemoCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("lookback-demo-");
        Logging.to(directory.resolve("lookback.log"));
        Logging.say("info");
        Demo demo = new Demo(surroundings, directory);
        Shutdown.whenStopped(() -> demo.stop(!keep));
        try {
            demo.show();
            if (!once) {
                demo.stayUp();
            }
            demo.stop(!keep);
            if (keep) {
                surroundings.console().print("Kept: " + directory);
            }
            return ExitCodes.OK;
        } catch (RuntimeException e) {
            // Ctrl-C ends broker and registry, too, perhaps a moment before this process learns of it.
            Thread.sleep(SIGNAL_DELAY.toMillis());
            if (demo.isStopping()) {
                // Ctrl-C: what fails now fails because everything is being stopped. The process ends without us.
                Thread.currentThread().join();
            }
            demo.stop(false);
            throw ToolException.failed("Failed at the step \"" + demo.step() + "\": " + e.getMessage()
                    + "\nThe logs are kept in " + directory);
        }
    }
}
