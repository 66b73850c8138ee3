package dev.lookback.tool;

import dev.lookback.custody.CustodyException;
import dev.lookback.custody.CustodyUnavailableException;
import dev.lookback.registry.RegistryUnavailableException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.RetriableException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command itself: its subcommands, and what becomes of their failures. */
@Command(
        name = "lookback",
        description = "A lookup log that forgets exactly and discloses completely.",
        versionProvider = VersionProvider.class,
        footer = {
            "",
            "To see it work on this machine: lookback demo",
            "Help for a command: lookback COMMAND --help",
        })
final class Lookback {
    private static final int HELP_WIDTH = 100;
    private static final Map<String, String> EXIT_CODES = new LinkedHashMap<>();

    /** In the order of the help. */
    private static final Map<String, Function<Surroundings, Object>> COMMANDS = new LinkedHashMap<>();

    static {
        COMMANDS.put("demo", DemoCommand::new);
        COMMANDS.put("up", UpCommand::new);
        COMMANDS.put("run", RunCommand::new);
        COMMANDS.put("topics", TopicsCommand::new);
        COMMANDS.put("acls", AclsCommand::new);
        COMMANDS.put("schemas", SchemasCommand::new);
        COMMANDS.put("publish", PublishCommand::new);
        COMMANDS.put("request", RequestCommand::new);
        COMMANDS.put("extract", ExtractCommand::new);
        COMMANDS.put("case", CaseCommand::new);
        COMMANDS.put("verify", VerifyCommand::new);
        COMMANDS.put("audit", DisclosureAuditCommand::new);
        COMMANDS.put("report", ReportCommand::new);
        COMMANDS.put(
                "retention",
                surroundings -> new CommandLine(new RetentionCommand(surroundings))
                        .addSubcommand(new AuditCommand(surroundings))
                        .addSubcommand(new CertificateCommand(surroundings)));
        COMMANDS.put("disclosure", DisclosureCommand::new);
        COMMANDS.put("erase", EraseCommand::new);
        COMMANDS.put("clock", ClockCommand::new);
        COMMANDS.put("keys", KeysCommand::new);
        COMMANDS.put("bench", BenchCommand::new);
        COMMANDS.put("version", surroundings -> new VersionCommand(surroundings.console()));
        EXIT_CODES.put(Integer.toString(ExitCodes.OK), "done; or the answer is yes");
        EXIT_CODES.put(Integer.toString(ExitCodes.FAILED), "failed; or the answer is no");
        EXIT_CODES.put(Integer.toString(ExitCodes.USAGE), "wrong usage or settings; nothing was done");
        EXIT_CODES.put(Integer.toString(ExitCodes.UNAVAILABLE), "the broker or the registry does not answer");
    }

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show this help.")
    private boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Show the version.")
    private boolean version;

    @Option(names = "--debug", scope = ScopeType.INHERIT, description = "Show where a failure comes from.")
    private boolean debug;

    private Lookback() {}

    /** Runs a command; returns its exit code. */
    static int execute(Surroundings surroundings, String... args) {
        // Picocli's making of them all takes most of a second, a part of every start.
        boolean isNamed = args.length > 0 && COMMANDS.containsKey(args[0]);
        return commandLine(surroundings, isNamed ? Set.of(args[0]) : COMMANDS.keySet())
                .execute(args);
    }

    /** The command line with all its subcommands. */
    static CommandLine commandLine(Surroundings surroundings) {
        return commandLine(surroundings, COMMANDS.keySet());
    }

    private static CommandLine commandLine(Surroundings surroundings, Set<String> subcommands) {
        Console console = surroundings.console();
        Lookback lookback = new Lookback();
        CommandLine commandLine = new CommandLine(lookback);
        COMMANDS.forEach((name, maker) -> {
            if (subcommands.contains(name)) {
                commandLine.addSubcommand(name, maker.apply(surroundings));
            }
        });
        document(commandLine);
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.setOut(console.out());
        commandLine.setErr(console.err());
        commandLine.setParameterExceptionHandler((exception, args) -> {
            console.note("lookback: " + exception.getMessage());
            UnmatchedArgumentException.printSuggestions(exception, console.err());
            console.note("Try: " + exception.getCommandLine().getCommandSpec().qualifiedName() + " --help");
            return ExitCodes.USAGE;
        });
        commandLine.setExecutionExceptionHandler((exception, command, result) -> {
            if (lookback.debug) {
                exception.printStackTrace(console.err());
            }
            console.progressDone();
            console.note("lookback: " + message(exception));
            return exitCode(exception);
        });
        return commandLine;
    }

    private static void document(CommandLine command) {
        UsageMessageSpec usage = command.getCommandSpec().usageMessage();
        usage.width(HELP_WIDTH);
        usage.sortOptions(false);
        usage.exitCodeListHeading("%nExit codes:%n");
        usage.exitCodeList(EXIT_CODES);
        command.getSubcommands().values().forEach(Lookback::document);
    }

    private static int exitCode(Throwable failure) {
        if (failure instanceof ToolException told) {
            return told.exitCode();
        }
        if (failure instanceof ConfigException) {
            return ExitCodes.USAGE;
        }
        return isUnavailable(failure) ? ExitCodes.UNAVAILABLE : ExitCodes.FAILED;
    }

    private static boolean isUnavailable(@Nullable Throwable failure) {
        return failure != null
                && (failure instanceof RegistryUnavailableException
                        || failure instanceof RetriableException
                        || (failure instanceof KafkaException && isUnavailable(failure.getCause())));
    }

    private static String message(Throwable failure) {
        String said = failure.getMessage();
        if (failure instanceof CustodyUnavailableException || failure instanceof CustodyException) {
            return said == null ? "" : said;
        }
        if (failure instanceof RetriableException) {
            return "Kafka does not answer as it should (kafka.bootstrap.servers): " + said;
        }
        if (failure instanceof ToolException
                || failure instanceof ConfigException
                || failure instanceof RegistryUnavailableException) {
            return said == null ? "" : said;
        }
        return said == null
                ? failure.toString()
                : said + " (" + failure.getClass().getSimpleName() + ")";
    }
}
