package dev.lookback.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** What holds for every command. */
class CommandsTest {
    /** Every command and subcommand, as one would type it. */
    static List<List<String>> commands() {
        List<List<String>> all = new ArrayList<>();
        collect(Lookback.commandLine(Run.surroundings(Map.of(), "", new StringWriter(), new StringWriter())), all);
        return all;
    }

    private static void collect(CommandLine command, List<List<String>> all) {
        String name = command.getCommandSpec().qualifiedName();
        all.add(List.of(name.split(" ")).subList(1, name.split(" ").length));
        command.getSubcommands().values().forEach(each -> collect(each, all));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void explainsItself(List<String> command) {
        Run run = Run.of(with(command, "--help"));

        assertThat(run.exitCode()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out().lines().toList())
                .startsWith(run.out().lines().findFirst().orElseThrow())
                .contains("Exit codes:", "  2   wrong usage or settings; nothing was done");
        String description = run.out()
                .lines()
                .dropWhile(line -> line.startsWith("Usage: ") || line.startsWith(" "))
                .findFirst()
                .orElseThrow();
        assertThat(description).matches("[A-Z].*");
    }

    @ParameterizedTest
    @MethodSource("commands")
    void refusesWhatItDoesNotKnow(List<String> command) {
        Run run = Run.of(with(command, "--no-such-option"));

        assertThat(run.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).startsWith("lookback: ").contains("--help").doesNotContain("\tat ");
    }

    /** Only the command that is named is made, by the name that it is looked up by. */
    @Test
    void commandsAreCalledWhatTheySay() {
        Lookback.commandLine(Run.surroundings(Map.of(), "", new StringWriter(), new StringWriter()))
                .getSubcommands()
                .forEach((name, command) -> assertThat(
                                command.getCommandSpec().userObject().getClass())
                        .satisfies(type -> assertThat(type.getAnnotation(CommandLine.Command.class)
                                        .name())
                                .isEqualTo(name)));
    }

    private static String[] with(List<String> command, String option) {
        List<String> args = new ArrayList<>(command);
        args.add(option);
        return args.toArray(String[]::new);
    }

    @Test
    void suggestsTheCommandThatWasMeant() {
        Run run = Run.of("topic");

        assertThat(run.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(run.err()).contains("topics");
    }

    @Test
    void namesEverySettingThatIsMissing() {
        Run run = Run.of("topics", "plan");

        assertThat(run.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(run.err()).contains("kafka.bootstrap.servers", "schema.registry.url");
    }

    @Test
    void namesTheConfigurationFileThatIsMissing() {
        Run run = Run.of("topics", "plan", "--config", "/no/such/file");

        assertThat(run.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(run.err()).isEqualToIgnoringNewLines("lookback: There is no readable file /no/such/file (--config)");
    }

    @Test
    void saysThatAclsAreForPrincipalsWhoAreToBeNamed() {
        Map<String, String> settings = Map.of(
                "LOOKBACK_KAFKA_BOOTSTRAP_SERVERS",
                "127.0.0.1:1",
                "LOOKBACK_SCHEMA_REGISTRY_URL",
                "http://127.0.0.1:1");

        Run run = Run.with(settings, "", "acls", "plan");

        assertThat(run.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(run.err()).contains("acls.file is missing", "docs/SECURITY.md");
    }

    @Test
    void saysThatTheRegistryDoesNotAnswer() {
        Map<String, String> settings = Map.of(
                "LOOKBACK_KAFKA_BOOTSTRAP_SERVERS",
                "127.0.0.1:1",
                "LOOKBACK_SCHEMA_REGISTRY_URL",
                "http://127.0.0.1:1",
                "LOOKBACK_MAX_RETRIES",
                "0");

        Run run = Run.with(settings, "", "schemas", "check");

        assertThat(run.exitCode()).isEqualTo(ExitCodes.UNAVAILABLE);
        assertThat(run.err()).contains("127.0.0.1:1").doesNotContain("\tat ");
    }

    @Test
    void saysItsVersion() {
        assertThat(Run.of("version").out()).contains("Lookback ", "Kafka clients 4.", "Java ");
        assertThat(Run.of("--version").out()).isEqualTo(Run.of("version").out());
        assertThat(Run.of("version", "--json").out()).contains("\"software\"", "\"kafka\"", "\"java\"");
    }
}
