package dev.lookback.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lookback.casework.Command;
import dev.lookback.casework.CommandCodec;
import dev.lookback.local.OpenPolicy;
import dev.lookback.seal.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** Options and files make the same command, and everything that is wrong with one is said before anything is sent. */
class SubmitOptionsTest {
    private static final UUID ID = UUID.fromString("00000000-0000-4000-8000-000000000001");
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final UUID OTHER = UUID.fromString("00000000-0000-4000-8000-000000000002");

    @TempDir
    private Path directory;

    private Path document;

    @BeforeEach
    void writeTheDocument() throws IOException {
        document = Files.writeString(directory.resolve("order.pdf"), "an order");
    }

    private static ObjectNode command(List<String> mistakes, String... args) {
        SubmitOptions options = CommandLine.populateCommand(new SubmitOptions(), args);
        ObjectNode command = options.command(false, ID, NOW, mistakes);
        command.put("commandId", OTHER.toString());
        return command;
    }

    private static ObjectNode command(String... args) {
        List<String> mistakes = new ArrayList<>();
        ObjectNode command = command(mistakes, args);
        assertThat(mistakes).isEmpty();
        return command;
    }

    private Path file(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }

    @Test
    void optionsJsonAndYamlMakeTheSameCommand() throws IOException {
        String digest = Sha256.hex("an order".getBytes(StandardCharsets.UTF_8));
        ObjectNode byOptions = command(
                "--instrument", "standing-order",
                "--reference", "12 Gs 345/26",
                "--authority", "Amtsgericht Musterstadt",
                "--jurisdiction", "DE",
                "--issued-on", "2026-02-27",
                "--served-on", "2026-03-01",
                "--document", document.toString(),
                "--requester", "0170 1234567",
                "--queried", "+1 201 555 0123",
                "--source", "192.0.2.0/28",
                "--region", "DE",
                "--from", "2026-03-02",
                "--to", "2026-03-31T12:00:00Z",
                "--priority", "urgent",
                "--due", "2026-03-05",
                "--non-disclosure-until", "2026-12-31",
                "--narrowed", "names: and contents:not-held",
                "--continues", OTHER.toString());
        ObjectNode byJson = command("--file", "" + file("request.json", """
                {"instrument": {"type": "STANDING_ORDER", "reference": "12 Gs 345/26",
                   "authority": "Amtsgericht Musterstadt", "jurisdiction": "DE", "issuedOn": "2026-02-27",
                   "servedOn": "2026-03-01", "documentSha256": "%s"},
                 "selectors": [
                   {"role": "REQUESTER", "handle": "0170 1234567", "region": "DE"},
                   {"role": "QUERIED", "handle": "+1 201 555 0123", "region": "DE"},
                   {"role": "SOURCE", "handle": "192.0.2.0/28"}],
                 "from": "2026-03-02", "to": "2026-03-31T12:00:00Z", "priority": "URGENT", "dueBy": "2026-03-05",
                 "nonDisclosureUntil": "2026-12-31",
                 "narrowings": [{"what": "names: and contents", "reason": "NOT_HELD"}],
                 "continues": "%s"}
                """.formatted(digest, OTHER)));
        ObjectNode byYaml =
                command("--document", document.toString(), "--file", "" + file("request.yaml", """
                # As on the paper.
                instrument:
                  type: STANDING_ORDER
                  reference: 12 Gs 345/26
                  authority: Amtsgericht Musterstadt
                  jurisdiction: DE
                  issuedOn: 2026-02-27
                  servedOn: 2026-03-01
                selectors:
                  - {role: REQUESTER, handle: 0170 1234567, region: DE}
                  - {role: QUERIED, handle: +1 201 555 0123, region: DE}
                  - {role: SOURCE, handle: 192.0.2.0/28}
                from: 2026-03-02
                to: 2026-03-31T12:00:00Z
                priority: URGENT
                dueBy: 2026-03-05
                nonDisclosureUntil: 2026-12-31
                narrowings:
                  - what: "names: and contents"
                    reason: NOT_HELD
                continues: %s
                """.formatted(OTHER)));

        assertThat(byJson).isEqualTo(byOptions);
        assertThat(byYaml).isEqualTo(byOptions);
        Command.Submit submit = CommandCodec.submit(byOptions);
        assertThat(submit.from()).isEqualTo("2026-03-02T00:00:00Z");
        assertThat(submit.instrument().documentSha256()).isEqualTo(digest);
        assertThat(submit.selectors().get(0).handle()).as("as the paper has it").isEqualTo("0170 1234567");
        assertThat(submit.selectors().get(2).region()).isNull();
    }

    @ParameterizedTest
    @CsvSource({"010 1234,010 1234", "0x10,0x10", "yes,yes", "2026-01-01,2026-01-01", "1e3,1e3", "null,null"})
    void yamlChangesNoText(String handle, String read) throws IOException {
        ObjectNode command = command("--file", "" + file("r.yaml", "selectors: [{handle: " + handle + "}]"));

        assertThat(command.at("/selectors/0/handle").textValue()).isEqualTo(read);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            r.json | {"from": "a", "from": "b"}  | not JSON, near line 1
            r.json | {"from": "a"} {}            | not JSON, near line 1
            r.json | ["a"]                       | no request
            r.yaml | {from: a, from: b}          | not YAML, near line 1
            r.yaml | from: !!java.net.URL [x]    | not YAML, near line 1
            r.yaml | {a: &b [x], c: *b}          | not YAML
            r.yaml | from: "a                    | not YAML, near line 1
            r.yaml | {a: [[[[[[[[]]]]]]]]}       | not YAML
            r.yaml | just a text                 | no request
            r      | {"from": "a"                | not JSON
            """)
    void saysWhereAFileIsNone(String name, String text, String said) throws IOException {
        Path file = file(name, text);

        assertThatThrownBy(() -> command("--file", file.toString()))
                .isInstanceOf(ToolException.class)
                .hasMessageContaining(said)
                .hasMessageNotContaining("URL");
    }

    @Test
    void refusesAFileThatIsTooLargeOrNotThere() throws IOException {
        Path large = file("large.yaml", "from: " + "x".repeat(300_000));

        assertThatThrownBy(() -> command("--file", large.toString())).hasMessageContaining("too large");
        assertThatThrownBy(() -> command("--file", "/no/such"))
                .hasMessage("There is no readable file /no/such (--file)");
    }

    @Test
    void aFileGoesWithADocumentAndWithNothingElse() throws IOException {
        List<String> mistakes = new ArrayList<>();
        command(mistakes, "--from", "2026-01-01", "--file", "" + file("r.yaml", "requestId: x\ntype: submit"));

        assertThat(mistakes)
                .satisfiesExactly(
                        each -> assertThat(each).startsWith("--file: the request is in the file"),
                        each -> assertThat(each).startsWith("type: not a field of the file"),
                        each -> assertThat(each).startsWith("requestId: not a field of the file"));
    }

    // ---- through the command: each mistake by its field, all of them at once

    private Run submit(Map<String, String> settings, String... args) {
        Map<String, String> environment = new HashMap<>(Map.of(
                "LOOKBACK_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1",
                "LOOKBACK_SCHEMA_REGISTRY_URL", "http://127.0.0.1:1"));
        environment.putAll(settings);
        List<String> all =
                new ArrayList<>(List.of("request", "submit", "--officer", "o", "--keystore", "/no/such.p12"));
        all.addAll(Arrays.asList(args));
        return Run.with(environment, "", all.toArray(String[]::new));
    }

    /** A request that is right but for one option. */
    private List<String> rightBut(String option, String... instead) {
        Map<String, String> options = new HashMap<>(Map.of(
                "--instrument", "COURT_ORDER",
                "--reference", "r",
                "--authority", "a",
                "--jurisdiction", "j",
                "--document", document.toString(),
                "--requester", "+4915550100001",
                "--from", "2026-01-01",
                "--to", "2026-01-31"));
        options.remove(option);
        List<String> args = new ArrayList<>();
        options.forEach((name, value) -> args.addAll(List.of(name, value)));
        args.addAll(Arrays.asList(instead));
        return args;
    }

    static Stream<Arguments> mistakes() {
        return Stream.of(
                Arguments.of("--instrument", List.of(), "instrument.type (--instrument): missing; allowed: SUBPOENA, "),
                Arguments.of("--instrument", List.of("--instrument", "letter"), "instrument.type (--instrument): not"),
                Arguments.of(
                        "--reference", List.of(), "instrument.reference (--reference): missing; allowed: 1 to 200"),
                Arguments.of("--authority", List.of("--authority", " "), "instrument.authority (--authority): missing"),
                Arguments.of(
                        "--jurisdiction",
                        List.of("--jurisdiction", "x".repeat(201)),
                        "instrument.jurisdiction (--jurisdiction): too long"),
                Arguments.of("", List.of("--issued-on", "1.2.26"), "instrument.issuedOn (--issued-on): not readable"),
                Arguments.of(
                        "",
                        List.of("--issued-on", "2026-01-02", "--served-on", "2026-01-01"),
                        "instrument.servedOn (--served-on): served before"),
                Arguments.of(
                        "--document", List.of(), "instrument.documentSha256 (--document or --document-sha256): mis"),
                Arguments.of(
                        "--document",
                        List.of("--document", "/no/such"),
                        "instrument.documentSha256: there is no readable file /no/such (--document)"),
                Arguments.of(
                        "", List.of("--document-sha256", "0".repeat(64)), "instrument.documentSha256: not that of"),
                Arguments.of(
                        "--requester", List.of(), "selectors (--requester, --queried, --either, --source): missing"),
                Arguments.of(
                        "--requester",
                        List.of("--either", "someone"),
                        "selectors[0].handle (--either): neither a phone number"),
                Arguments.of("", List.of("--source", "home"), "selectors[1].handle (--source): no address or network"),
                Arguments.of("", List.of("--region", "Germany"), "selectors[0].region (--region): not the code"),
                Arguments.of(
                        "", List.of("--requester", "+49 15550100001"), "selectors[1] (--requester): the same again"),
                Arguments.of("--from", List.of(), "from (--from): missing; allowed: an instant"),
                Arguments.of("--to", List.of("--to", "2026-02-30"), "to (--to): not readable; allowed: an instant"),
                Arguments.of(
                        "--to", List.of("--to", "2025-12-31"), "window (--from and --to): it ends before it begins"),
                Arguments.of(
                        "--from",
                        List.of("--from", "2999-01-01", "--to", "2999-01-02"),
                        "window (--from and --to): it has not begun"),
                Arguments.of(
                        "", List.of("--priority", "soon"), "priority (--priority): not readable; allowed: ROUTINE"),
                Arguments.of("", List.of("--due", "soon"), "dueBy (--due): not readable"),
                Arguments.of(
                        "",
                        List.of("--non-disclosure-until", "ever"),
                        "nonDisclosureUntil (--non-disclosure-until): not readable"),
                Arguments.of(
                        "",
                        List.of("--narrowed", "contents"),
                        "narrowings[0].reason (--narrowed): missing; allowed: NOT_IN_BODY, "),
                Arguments.of("", List.of("--continues", OTHER.toString()), "continues (--continues): nothing but a"),
                Arguments.of("", List.of("--continues", "it"), "continues (--continues): not readable"));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void namesTheFieldAndWhatIsAllowed(String option, List<String> instead, String said) {
        List<String> args = rightBut(option, instead.toArray(String[]::new));
        if (instead.contains("--to") && !option.equals("--to")) {
            args = new ArrayList<>(args);
            int old = args.indexOf("2026-01-31");
            args.subList(old - 1, old + 1).clear();
        }

        Run run = submit(Map.of(), args.toArray(String[]::new));

        assertThat(run.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines().toList())
                .hasSize(2)
                .startsWith("lookback: Nothing was sent. This is wrong with the request:")
                .last()
                .asString()
                .startsWith("  " + said);
    }

    @Test
    void listsAllMistakesAtOnceWithThoseOfTheLocalPolicy() throws IOException {
        Run run = submit(
                OpenPolicy.settings(directory).entrySet().stream()
                        .collect(java.util.stream.Collectors.toMap(
                                each -> "LOOKBACK_"
                                        + each.getKey()
                                                .toUpperCase(java.util.Locale.ROOT)
                                                .replace('.', '_'),
                                Map.Entry::getValue)),
                "--file",
                "" + file("request.yaml", """
                        instrument: {type: SUBPOENA, reference: r, authority: a, jurisdiction: j}
                        selectors: [{role: SOURCE, handle: x}]
                        from: 2026-01-01
                        to: then
                        subject: somebody
                        """));

        assertThat(run.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(run.err().lines().map(String::strip).toList())
                .satisfiesExactlyInAnyOrder(
                        line -> assertThat(line).contains("Nothing was sent"),
                        line -> assertThat(line).startsWith("instrument.documentSha256: missing"),
                        line -> assertThat(line).startsWith("selectors[0].handle: no address or network"),
                        line -> assertThat(line).startsWith("to: not readable"),
                        line -> assertThat(line).startsWith("subject: there is no such field"),
                        line -> assertThat(line)
                                .startsWith("instrument.type: the disclosure policy does not serve")
                                .endsWith("(by the policy that is configured here, \"open to everything\")"));
    }

    @Test
    void whatIsRightGoesOnToTheKey() {
        Run run = submit(Map.of(), rightBut("").toArray(String[]::new));

        assertThat(run.err()).contains("/no/such.p12 (--keystore)");
    }

    @Test
    void aPaperIsCheckedInTheSameWay() {
        Run run = Run.with(
                Map.of(
                        "LOOKBACK_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1",
                        "LOOKBACK_SCHEMA_REGISTRY_URL", "http://127.0.0.1:1"),
                "",
                "request",
                "paper",
                ID.toString(),
                "--officer",
                "o",
                "--keystore",
                "/no/such.p12",
                "--instrument",
                "SEARCH_WARRANT",
                "--authority",
                "a",
                "--jurisdiction",
                "j");

        assertThat(run.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(run.err())
                .contains("instrument.reference (--reference): missing", "instrument.documentSha256 (--document or");
    }
}
