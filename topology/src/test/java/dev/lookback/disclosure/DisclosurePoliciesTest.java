package dev.lookback.disclosure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.lookback.disclosure.DisclosurePolicy.AddressRanges;
import dev.lookback.disclosure.DisclosurePolicy.Others;
import dev.lookback.disclosure.DisclosurePolicy.Quota;
import dev.lookback.disclosure.DisclosurePolicy.Terms;
import dev.lookback.seal.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class DisclosurePoliciesTest {
    private static final Path DEFAULT = Path.of("../deploy/disclosure-policy.yaml");
    private static final Path WITH_SUBPOENAS = Path.of("../deploy/disclosure-policy-subpoena.yaml");

    /** Each value is there once, so that a test can name it. */
    private static final String GOOD = """
            name: for tests
            quota: {requests: 50, within: 29d}
            instruments:
              COURT_ORDER:
                approvals: 1
                longestWindow: 31d
                mostSelectors: 20
                disclose: {location: true, device: false, sourceAddress: true}
                reverse: {requesters: pseudonymised, mostLookups: 1001, moreApprovals: 2}
                addressRanges: {ipv4: 24, ipv6: 64, requesters: shown, mostLookups: all, moreApprovals: 3}
              EMERGENCY_REQUEST:
                approvals: 4
                paperWithin: 48h
                longestWindow: 7d
                mostSelectors: 5
                disclose: {location: false, device: true, sourceAddress: false}
              PRESERVATION_REQUEST: {approvals: 0, longestWindow: 32d, mostSelectors: 21, reverse: true, addressRanges: {ipv4: 25, ipv6: 65}}
              STANDING_ORDER:
                approvals: 5
                longestWindow: 30d
                mostSelectors: 6
                disclose: {device: true, location: true, sourceAddress: true}
            """;

    @Test
    void a_file_means_what_it_says() throws InvalidPolicyException {
        DisclosurePolicy policy = parse(GOOD);

        assertThat(policy.name()).isEqualTo("for tests");
        assertThat(policy.quota()).isEqualTo(new Quota(50, Duration.ofDays(29)));
        assertThat(policy.instruments())
                .isEqualTo(Map.of(
                        InstrumentType.COURT_ORDER,
                        new Terms(
                                true,
                                false,
                                true,
                                Duration.ofDays(31),
                                20,
                                1,
                                new Others(true, 1001L, 2),
                                new AddressRanges(24, 64, new Others(false, null, 3)),
                                null),
                        InstrumentType.EMERGENCY_REQUEST,
                        new Terms(false, true, false, Duration.ofDays(7), 5, 4, null, null, Duration.ofHours(48)),
                        InstrumentType.PRESERVATION_REQUEST,
                        new Terms(
                                false,
                                false,
                                false,
                                Duration.ofDays(32),
                                21,
                                0,
                                new Others(true, null, 0),
                                new AddressRanges(25, 65, new Others(true, null, 0)),
                                null),
                        InstrumentType.STANDING_ORDER,
                        new Terms(true, true, true, Duration.ofDays(30), 6, 5, null, null, null)));
        assertThat(List.copyOf(policy.instruments().keySet())).isSorted();
    }

    @Test
    void its_digest_is_that_of_every_byte() throws InvalidPolicyException {
        String reviewed = "# reviewed\n" + GOOD;

        assertThat(parse(GOOD).sha256()).isEqualTo(Sha256.hex(bytes(GOOD)));
        assertThat(parse(reviewed).sha256())
                .isEqualTo(Sha256.hex(bytes(reviewed)))
                .isNotEqualTo(parse(GOOD).sha256());
        assertThat(parse(reviewed).instruments()).isEqualTo(parse(GOOD).instruments());
    }

    static Stream<Arguments> mistakes() {
        String order = "instruments.COURT_ORDER.";
        String emergency = "instruments.EMERGENCY_REQUEST.";
        String preservation = "instruments.PRESERVATION_REQUEST.";
        String standing = "instruments.STANDING_ORDER.";
        String fields = "addressRanges, approvals, disclose, longestWindow, mostSelectors, paperWithin, reverse";
        return Stream.of(
                // a field, what stands there, what is put there, what is said
                arguments("name: for tests\n", "", "name: missing; allowed: a text of one line, up to 100 characters"),
                arguments("for tests", "''", "name=: wrong; allowed: a text of one line, up to 100 characters"),
                arguments("for tests", "[a]", "name: wrong; allowed: a text of one line, up to 100 characters"),
                arguments(
                        "for tests", "\"a\\nb\"", "name=a?b: wrong; allowed: a text of one line, up to 100 characters"),
                arguments(
                        "for tests",
                        "a".repeat(101),
                        "name=" + "a".repeat(40) + "…: wrong; allowed: a text of one line, up to 100 characters"),
                arguments("quota: {requests: 50, within: 29d}\n", "", "quota: missing; allowed: requests and within"),
                arguments("{requests: 50, within: 29d}", "50", "quota=50: wrong; allowed: fields of its own"),
                arguments(
                        "requests: 50",
                        "requests: 0",
                        "quota.requests=0: wrong; allowed: a whole number from 1 to 1000000"),
                arguments("requests: 50, ", "", "quota.requests: missing; allowed: a whole number from 1 to 1000000"),
                arguments(
                        "29d",
                        "0d",
                        "quota.within=0d: wrong; allowed: a duration from 1m to 366d, written as 30d, 12h or 5m"),
                arguments(
                        "29d",
                        "367d",
                        "quota.within=367d: wrong; allowed: a duration from 1m to 366d, written as 30d, 12h or 5m"),
                arguments(
                        "29d",
                        "monthly",
                        "quota.within=monthly: wrong; allowed: a duration from 1m to 366d, written as 30d, 12h or 5m"),
                arguments("29d", "29d, per: 1d", "quota.per: no such field; allowed: requests, within"),
                arguments(
                        "instruments:", "instrument:", "instrument: no such field; allowed: instruments, name, quota"),
                arguments(
                        "  COURT_ORDER:",
                        "  COURTORDER:",
                        "instruments.COURTORDER: no such field; allowed: COURT_ORDER, EMERGENCY_REQUEST,"
                                + " PRESERVATION_REQUEST, SEARCH_WARRANT, STANDING_ORDER, SUBPOENA"),
                arguments(
                        "approvals: 1\n",
                        "approvals: 0\n",
                        order + "approvals=0: wrong; allowed: a whole number from 1 to 9"),
                arguments(
                        "approvals: 1\n",
                        "approvals: 10\n",
                        order + "approvals=10: wrong; allowed: a whole number from 1 to 9"),
                arguments(
                        "approvals: 5",
                        "approvals: 0",
                        standing + "approvals=0: wrong; allowed: a whole number from 1 to 9"),
                arguments(
                        "approvals: 1\n",
                        "aproval: 1\n",
                        order + "aproval: no such field; allowed: " + fields.replace(", paperWithin", "")),
                arguments(
                        "31d",
                        "3651d",
                        order
                                + "longestWindow=3651d: wrong; allowed: a duration from 1m to 3650d, written as 30d, 12h or 5m"),
                arguments(
                        "31d",
                        "PT-1H",
                        order
                                + "longestWindow=PT-1H: wrong; allowed: a duration from 1m to 3650d, written as 30d, 12h or 5m"),
                arguments(
                        "mostSelectors: 20",
                        "mostSelectors: 0",
                        order + "mostSelectors=0: wrong; allowed: a whole number from 1 to 100"),
                arguments(
                        "mostSelectors: 20",
                        "mostSelectors: 101",
                        order + "mostSelectors=101: wrong; allowed: a whole number from 1 to 100"),
                arguments(
                        "    mostSelectors: 20\n",
                        "",
                        order + "mostSelectors: missing; allowed: a whole number from 1 to 100"),
                arguments(
                        "    disclose: {location: true, device: false, sourceAddress: true}\n",
                        "",
                        order + "disclose: missing; allowed: location, device and sourceAddress"),
                arguments(
                        "location: true, device: false",
                        "device: false",
                        order + "disclose.location: missing; allowed: true or false"),
                arguments(
                        "{location: true, device: false",
                        "{location: yes, device: false",
                        order + "disclose.location=yes: wrong; allowed: true or false"),
                arguments(
                        "device: false, ",
                        "device: false, handle: true, ",
                        order + "disclose.handle: no such field; allowed: device, location, sourceAddress"),
                arguments(
                        "device: false, sourceAddress: true",
                        "device: false, sourceAddress: false",
                        order + "addressRanges: wrong; allowed: where disclose.sourceAddress is true, or nobody could"
                                + " verify that a line of the extract is in scope"),
                arguments(
                        "requesters: pseudonymised",
                        "requesters: hidden",
                        order + "reverse.requesters=hidden: wrong; allowed: pseudonymised or shown"),
                arguments(
                        "1001",
                        "0",
                        order + "reverse.mostLookups=0: wrong; allowed: a whole number from 1 to 1000000000, or all"),
                arguments(
                        "mostLookups: 1001, ",
                        "",
                        order + "reverse.mostLookups: missing; allowed: a whole number from 1 to 1000000000, or all"),
                arguments(
                        "moreApprovals: 2",
                        "moreApprovals: -1",
                        order + "reverse.moreApprovals=-1: wrong; allowed: a whole number from 0 to 9"),
                arguments(
                        "moreApprovals: 2",
                        "moreApprovals: 2, ipv4: 32",
                        order + "reverse.ipv4: no such field; allowed: moreApprovals, mostLookups, requesters"),
                arguments(
                        "reverse: true",
                        "reverse: maybe",
                        preservation + "reverse=maybe: wrong; allowed: true or false"),
                arguments(
                        "reverse: {requesters: pseudonymised, mostLookups: 1001, moreApprovals: 2}",
                        "reverse: true",
                        order + "reverse=true: wrong; allowed: fields of its own"),
                arguments(
                        "ipv4: 24",
                        "ipv4: 0",
                        order + "addressRanges.ipv4=0: wrong; allowed: a whole number from 1 to 32"),
                arguments(
                        "ipv4: 24",
                        "ipv4: 33",
                        order + "addressRanges.ipv4=33: wrong; allowed: a whole number from 1 to 32"),
                arguments(
                        "ipv6: 64",
                        "ipv6: 0",
                        order + "addressRanges.ipv6=0: wrong; allowed: a whole number from 1 to 128"),
                arguments(
                        "ipv6: 64",
                        "ipv6: 129",
                        order + "addressRanges.ipv6=129: wrong; allowed: a whole number from 1 to 128"),
                arguments(
                        "requesters: shown, ",
                        "",
                        order + "addressRanges.requesters: missing; allowed: pseudonymised or shown"),
                arguments(
                        "mostLookups: all",
                        "mostLookups: some",
                        order
                                + "addressRanges.mostLookups=some: wrong; allowed: a whole number from 1 to 1000000000, or all"),
                arguments(
                        "moreApprovals: 3",
                        "moreApprovals: 10",
                        order + "addressRanges.moreApprovals=10: wrong; allowed: a whole number from 0 to 9"),
                arguments(
                        "approvals: 1\n",
                        "approvals: 1\n    paperWithin: 2d\n",
                        order
                                + "paperWithin=2d: wrong; allowed: in EMERGENCY_REQUEST alone; elsewhere the paper comes first"),
                arguments(
                        "approvals: 4",
                        "approvals: 1",
                        emergency + "approvals=1: wrong; allowed: a whole number from 2 to 9"),
                arguments(
                        "    paperWithin: 48h\n",
                        "",
                        emergency
                                + "paperWithin: missing; allowed: a duration from 1m to 30d, written as 30d, 12h or 5m"),
                arguments(
                        "48h",
                        "31d",
                        emergency
                                + "paperWithin=31d: wrong; allowed: a duration from 1m to 30d, written as 30d, 12h or 5m"),
                arguments("approvals: 0", "approvals: 1", preservation + "approvals=1: wrong; allowed: 0"),
                arguments(
                        "reverse: true",
                        "disclose: {device: false}",
                        preservation
                                + "disclose: wrong; allowed: in instruments that disclose; a preservation request does not"),
                arguments(
                        "ipv6: 65",
                        "ipv6: 65, mostLookups: 1",
                        preservation + "addressRanges.mostLookups: no such field; allowed: ipv4, ipv6"),
                arguments(
                        "ipv4: 25",
                        "ipv4: 0",
                        preservation + "addressRanges.ipv4=0: wrong; allowed: a whole number from 1 to 32"),
                arguments(
                        "longestWindow: 30d",
                        "longestWindow: 31d",
                        standing
                                + "longestWindow=31d: wrong; allowed: a duration from 1m to 30d, written as 30d, 12h or 5m"));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void each_mistake_is_named_by_its_field(String what, String by, String said) {
        assertThat(GOOD.split(Pattern.quote(what), -1)).as("times %s + 1", what).hasSize(2);
        // What is called otherwise is missing as well.
        assertThat(problems(GOOD.replace(what, by))).contains(said).hasSizeLessThanOrEqualTo(2);
    }

    @Test
    void all_mistakes_are_said_at_once() {
        String bad = GOOD.replace("requests: 50", "requests: x")
                .replace("approvals: 1\n", "aproval: 1\n")
                .replace("ipv4: 24", "ipv4: 0")
                .replace("48h", "48");

        assertThat(problems(bad))
                .containsExactly(
                        "quota.requests=x: wrong; allowed: a whole number from 1 to 1000000",
                        "instruments.COURT_ORDER.approvals: missing; allowed: a whole number from 1 to 9",
                        "instruments.COURT_ORDER.addressRanges.ipv4=0: wrong; allowed: a whole number from 1 to 32",
                        "instruments.COURT_ORDER.aproval: no such field; allowed: addressRanges, approvals, disclose,"
                                + " longestWindow, mostSelectors, reverse",
                        "instruments.EMERGENCY_REQUEST.paperWithin=48: wrong; allowed: a duration from 1m to 30d, written"
                                + " as 30d, 12h or 5m");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "010",
                "0x14",
                "2_0",
                "20.0",
                "1:20",
                "+20",
                "2e1",
                "!!int 20",
                "[20]",
                "{}",
                "99999999999999999999",
                "~",
                "''"
            })
    void a_number_is_digits_and_nothing_else(String number) {
        assertThat(problems(GOOD.replace("mostSelectors: 20", "mostSelectors: " + number)))
                .singleElement()
                .asString()
                .startsWith("instruments.COURT_ORDER.mostSelectors")
                .endsWith(": wrong; allowed: a whole number from 1 to 100");
    }

    @ParameterizedTest
    @ValueSource(strings = {"yes", "on", "True", "y", "1", "!!bool true", "~"})
    void a_permission_is_true_or_false_and_nothing_else(String flag) {
        assertThat(problems(GOOD.replace("device: false", "device: " + flag)))
                .singleElement()
                .asString()
                .startsWith("instruments.COURT_ORDER.disclose.device")
                .endsWith(": wrong; allowed: true or false");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ''                                                       | the file: wrong; allowed: name, quota and instruments, and what they hold
            7                                                        | the file: wrong; allowed: name, quota and instruments, and what they hold
            [name]                                                   | the file: wrong; allowed: name, quota and instruments, and what they hold
            {name: a, name: b}                                       | the file, line 1: not YAML; found duplicate key name
            {name: a}}                                               | the file, line 1: not YAML; expected '<document start>', but found '}'
            !!java.net.URL [x]                                       | the file, line 1: not YAML; Global tag is not allowed: tag:yaml.org,2002:java.net.URL
            {name: &a [x], quota: *a}                                | the file: not YAML; Number of aliases for non-scalar nodes exceeds the specified max=0
            {quota: &a {requests: 1}, instruments: {<<: *a}}         | the file: not YAML; Number of aliases for non-scalar nodes exceeds the specified max=0
            &a {name: *a}                                            | the file: not YAML; Number of aliases for non-scalar nodes exceeds the specified max=0
            [[[[[[[[[[]]]]]]]]]]                                     | the file: not YAML; Nesting Depth exceeded max 6
            """)
    void what_is_no_plain_YAML_is_refused(String yaml, String said) {
        assertThat(problems(yaml)).containsExactly(said);
    }

    @Test
    void a_second_document_is_refused() {
        assertThat(problems(GOOD + "---\n" + GOOD)).singleElement().asString().contains("not YAML", "document");
    }

    @Test
    void a_bomb_is_refused_before_it_grows() {
        List<String> lines = new ArrayList<>(List.of("a0: &a0 [x, x]"));
        for (int i = 1; i < 40; i++) {
            lines.add("a" + i + ": &a" + i + " [*a" + (i - 1) + ", *a" + (i - 1) + "]");
        }
        assertThat(problems(String.join("\n", lines)))
                .singleElement()
                .asString()
                .contains("aliases");
    }

    @Test
    void a_file_has_a_size() throws InvalidPolicyException {
        String filled = GOOD + "#" + "x".repeat(DisclosurePolicies.MOST_BYTES - GOOD.length() - 1);

        assertThat(parse(filled).name()).isEqualTo("for tests");
        assertThat(problems(filled + "x")).containsExactly("the file: too large; allowed: 65536 bytes");
    }

    @Test
    void a_file_is_UTF_8() {
        byte[] latin = GOOD.replace("for tests", "für Tests").getBytes(StandardCharsets.ISO_8859_1);

        assertThat(catchThrowableOfType(InvalidPolicyException.class, () -> DisclosurePolicies.parse(latin))
                        .problems())
                .containsExactly("the file: wrong; allowed: UTF-8");
    }

    @Test
    void a_policy_that_serves_nothing_is_a_mistake() {
        assertThat(problems("{name: a, quota: {requests: 1, within: 1d}, instruments: {}}"))
                .containsExactly("instruments: none is served; allowed: one at least of SUBPOENA, COURT_ORDER,"
                        + " SEARCH_WARRANT, EMERGENCY_REQUEST, PRESERVATION_REQUEST, STANDING_ORDER");
    }

    @Test
    void what_is_packed_in_is_the_file_in_deploy() throws IOException {
        assertThat(DisclosurePolicies.builtIn().sha256()).isEqualTo(Sha256.hex(Files.readAllBytes(DEFAULT)));
    }

    @Test
    void the_default_serves_no_subpoenas() {
        assertThat(DisclosurePolicies.builtIn().lines())
                .containsExactly(
                        "SUBPOENA: not served",
                        "COURT_ORDER: 1 approval; up to 20 selectors and 31d; shows location, device, source address;"
                                + " reverse lookups: requesters pseudonymised, up to 1000 lookups of a selector, 1 more"
                                + " approval; networks of /32 (IPv4), /64 (IPv6) or narrower: requesters shown, up to 1000"
                                + " lookups of a selector, 1 more approval",
                        "SEARCH_WARRANT: 1 approval; up to 20 selectors and 31d; shows location, device, source address;"
                                + " reverse lookups: requesters shown, up to 1000 lookups of a selector, 1 more approval;"
                                + " networks of /32 (IPv4), /64 (IPv6) or narrower: requesters shown, up to 1000 lookups of"
                                + " a selector, 1 more approval",
                        "EMERGENCY_REQUEST: 2 approvals; the paper follows within 2d; up to 5 selectors and 7d; shows"
                                + " location, device, source address; no reverse lookups; no networks",
                        "PRESERVATION_REQUEST: no approval; up to 20 selectors and 31d; discloses nothing; reverse"
                                + " lookups; networks of /32 (IPv4), /64 (IPv6) or narrower",
                        "STANDING_ORDER: 1 approval; up to 5 selectors and 30d; shows location, device, source address; no"
                                + " reverse lookups; no networks",
                        "Beyond 50 requests of one authority within 30d: 1 more approval");
    }

    @Test
    void the_other_example_adds_subpoenas_and_nothing_else() throws IOException, InvalidPolicyException {
        DisclosurePolicy plain = DisclosurePolicies.builtIn();
        DisclosurePolicy other = DisclosurePolicies.parse(Files.readAllBytes(WITH_SUBPOENAS));

        assertThat(other.lines().get(0))
                .isEqualTo("SUBPOENA: 1 approval; up to 5 selectors and 31d; shows device, withholds location, source"
                        + " address; no reverse lookups; no networks");
        assertThat(other.lines().subList(1, other.lines().size()))
                .isEqualTo(plain.lines().subList(1, plain.lines().size()));
        assertThat(other.name()).isNotEqualTo(plain.name());
        assertThat(other.sha256()).isNotEqualTo(plain.sha256());
    }

    @Test
    void each_line_of_the_examples_says_why() throws IOException {
        for (Path file : List.of(DEFAULT, WITH_SUBPOENAS)) {
            assertThat(withoutReason(Files.readAllLines(file))).as("%s", file).isEmpty();
        }
        assertThat(withoutReason(List.of("# why", "a: 1", "b: 1"))).containsExactly("b: 1");
    }

    @Test
    void the_page_shows_a_policy_and_names_every_field() throws IOException, InvalidPolicyException {
        String page = Files.readString(Path.of("../docs/DISCLOSURE-POLICY.md"));
        Matcher example = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL).matcher(page);

        assertThat(example.find()).isTrue();
        assertThat(parse(example.group(1)).instruments())
                .containsOnlyKeys(InstrumentType.COURT_ORDER, InstrumentType.PRESERVATION_REQUEST);
        assertThat(example.find()).isFalse();
        for (String field : fields()) {
            assertThat(page).containsPattern("`(\\w+\\.)?" + field + "`");
        }
    }

    /** What the whole file may hold, and each place in it: as messages list it. */
    private static Set<String> fields() {
        String filled = GOOD.replace("name: for tests", "name: for tests\nx: 1")
                .replaceAll("\\{", "{x: 1, ")
                .replaceAll("(?m)^    approvals", "    x: 1\n    approvals")
                .replace("instruments:\n", "instruments:\n  x: 1\n");
        Set<String> fields = new TreeSet<>();
        for (String problem : problems(filled)) {
            fields.addAll(List.of(problem.replaceFirst(".*allowed: ", "").split(", ")));
        }
        assertThat(fields).contains("name", "paperWithin", "ipv6", "moreApprovals", "SUBPOENA");
        return fields;
    }

    /** Lines with a value, or an instrument, that no comment stands before. */
    private static List<String> withoutReason(List<String> lines) {
        List<String> found = new ArrayList<>();
        String before = "";
        for (String line : lines) {
            boolean says = line.matches(" *\\w+: .+| +[A-Z_]+:");
            if (says && !line.strip().startsWith("#") && !before.strip().startsWith("#")) {
                found.add(line);
            }
            before = line;
        }
        return found;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static DisclosurePolicy parse(String yaml) throws InvalidPolicyException {
        return DisclosurePolicies.parse(bytes(yaml));
    }

    private static List<String> problems(String yaml) {
        return catchThrowableOfType(InvalidPolicyException.class, () -> parse(yaml))
                .problems();
    }
}
