package dev.lookback.tool;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lookback.vault.VaultSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The dashboard, the alerts and the runbook fit together. {@link ToolServerTest} compares them with a real scrape. */
class MonitoringTest {
    private static final Pattern SECTION = Pattern.compile("(?m)^### (\\w+)\\n(.*?)(?=^##|\\z)", Pattern.DOTALL);
    private static final Pattern PANEL_NAMED = Pattern.compile("[Pp]anels? ((?:\\*[^*]+\\*(?:, | and | or )?)+)");
    private static final Pattern EMPHASIS = Pattern.compile("\\*([^*]+)\\*");
    private static final Pattern LOG_LINE = Pattern.compile("log (?:line|says) `([^`]+)`");
    private static final Pattern SETTING = Pattern.compile(
            "`((?:vault|ingest|casework|clock|geoip|retention|officers|state|http|application)\\.[a-z.<>]+)");
    private static final Pattern COMMAND = Pattern.compile("`(?:\\./)?lookback ([a-z]+(?: [a-z]+)?)[^`]*`");

    @Test
    void everyPanelSaysWhatItShowsAndWhereFrom() throws IOException {
        Map<String, Object> sources = new Yaml(new SafeConstructor(new LoaderOptions()))
                .load(Files.readString(
                        Monitoring.ROOT.resolve("deploy/grafana/provisioning/datasources/prometheus.yml")));
        Set<Integer> ids = new HashSet<>();
        Set<String> titles = new HashSet<>();
        List<JsonNode> panels = Monitoring.panels();
        for (JsonNode panel : panels) {
            String title = panel.path("title").asText();
            assertThat(titles.add(title)).as("%s is there once", title).isTrue();
            assertThat(ids.add(panel.path("id").asInt())).as("id of %s", title).isTrue();
            assertThat(panel.path("description").asText())
                    .as("description of %s", title)
                    .hasSizeGreaterThan(15)
                    .endsWith(".");
            assertThat(panel.path("fieldConfig").path("defaults").path("unit").asText())
                    .as("unit of %s", title)
                    .isNotEmpty();
            assertThat(sources.toString())
                    .contains("uid=" + panel.path("datasource").path("uid").asText() + ",");
            assertThat(panel.path("targets")).as("expressions of %s", title).isNotEmpty();
        }
        assertThat(panels).hasSizeGreaterThan(20);
    }

    @Test
    void panelsDoNotOverlap() throws IOException {
        Set<String> taken = new HashSet<>();
        for (JsonNode panel : Monitoring.panels()) {
            JsonNode place = panel.get("gridPos");
            int right = place.get("x").asInt() + place.get("w").asInt();
            assertThat(right).as(panel.get("title").asText()).isLessThanOrEqualTo(24);
            for (int x = place.get("x").asInt(); x < right; x++) {
                for (int y = 0; y < place.get("h").asInt(); y++) {
                    String cell = x + "/" + (place.get("y").asInt() + y);
                    assertThat(taken.add(cell))
                            .as("%s at %s", panel.get("title"), cell)
                            .isTrue();
                }
            }
        }
    }

    /** The dashboard's answer to the question that it is opened for stands first. */
    @Test
    void theFirstRowAnswersWhetherWeForgetOnTime() throws IOException {
        List<JsonNode> panels = Monitoring.panels();
        int top = panels.get(0).get("gridPos").get("y").asInt();
        List<JsonNode> first = panels.stream()
                .filter(panel -> panel.get("gridPos").get("y").asInt() == top)
                .toList();
        assertThat(first).hasSizeGreaterThan(5).allSatisfy(panel -> {
            assertThat(panel.get("type").asText()).isEqualTo("stat");
            assertThat(panel.get("fieldConfig")
                            .get("defaults")
                            .get("thresholds")
                            .get("steps"))
                    .hasSizeGreaterThan(1);
        });
    }

    @Test
    void promtoolUnderstandsEveryExpression(@TempDir Path directory) throws IOException, InterruptedException {
        StringBuilder rules = new StringBuilder("groups:\n- name: all\n  rules:\n");
        Map<String, String> expressions = Monitoring.expressions();
        int number = 0;
        for (String expression : expressions.values()) {
            rules.append("  - record: expression_")
                    .append(number++)
                    .append("\n    expr: '")
                    .append(expression.replace("'", "''").replace('\n', ' '))
                    .append("'\n");
        }
        Files.writeString(directory.resolve("all.yml"), rules);
        Promtool all = Promtool.run(directory, "check", "rules", "all.yml");
        assertThat(all.exitCode()).as(all.said()).isZero();
        assertThat(all.said()).contains(expressions.size() + " rules found");

        Files.writeString(directory.resolve("bad.yml"), rules + "  - record: bad\n    expr: 'sum(('\n");
        assertThat(Promtool.run(directory, "check", "rules", "bad.yml").exitCode())
                .as("an expression that is none")
                .isNotZero();
    }

    @Test
    void promtoolUnderstandsAlertsAndConfiguration(@TempDir Path directory) throws IOException, InterruptedException {
        for (String file : List.of("prometheus.yml", "alerts.yml")) {
            Files.copy(Monitoring.ROOT.resolve("deploy").resolve(file), directory.resolve(file));
        }
        Files.createDirectory(directory.resolve("scrape"));
        Files.createFile(directory.resolve("scrape/http.token"));
        Files.createFile(directory.resolve("scrape/http.pem"));
        Promtool checked = Promtool.run(directory, "check", "config", "prometheus.yml");
        assertThat(checked.exitCode()).as(checked.said()).isZero();
        assertThat(checked.said())
                .as("the configuration takes the alerts in")
                .contains("alerts.yml", Monitoring.alerts().size() + " rules found");
    }

    @Test
    void everyAlertSaysHowBadItIsAndWhereItsSectionStands() throws IOException {
        assertThat(Monitoring.alerts()).hasSizeGreaterThan(20).allSatisfy((name, alert) -> {
            assertThat((Map<?, ?>) alert.get("labels"))
                    .extracting(labels -> labels.get("severity"))
                    .isIn("critical", "warning");
            Map<?, ?> annotations = (Map<?, ?>) alert.get("annotations");
            assertThat(annotations.get("summary")).asString().isNotBlank();
            assertThat(annotations.get("description")).asString().isNotBlank();
            assertThat(annotations.get("runbook_url"))
                    .isEqualTo("docs/RUNBOOK.md#" + name.toLowerCase(java.util.Locale.ROOT));
        });
    }

    @Test
    void everyAlertHasASectionInTheRunbookAndEverySectionAnAlert() throws IOException {
        Map<String, String> sections = sections();
        assertThat(sections.keySet())
                .containsExactlyInAnyOrderElementsOf(Monitoring.alerts().keySet());
        assertThat(sections)
                .allSatisfy((name, text) -> assertThat(text).contains("**Means.**", "**Look at.**", "**Do.**"));
    }

    /** vault.wait.alert and vault.expiry.grace are what the alerts of the race go by. */
    @Test
    void theAlertsOfTheRaceGoByTheDefaultSettings() throws IOException {
        Map<String, Map<String, Object>> alerts = Monitoring.alerts();
        assertThat(alerts.get("LookbackForgettingWaits").get("expr").toString())
                .endsWith("> " + VaultSettings.DEFAULTS.waitAlert().toSeconds());
        assertThat(alerts.get("LookbackGraceRunsOut").get("expr").toString())
                .endsWith("> "
                        + VaultSettings.DEFAULTS
                                .expiryGrace()
                                .minus(Duration.ofHours(1))
                                .toSeconds());
    }

    @Test
    void theRunbookNamesPanelsThatAreThere() throws IOException {
        List<String> titles = Monitoring.panels().stream()
                .map(panel -> panel.get("title").asText())
                .toList();
        List<String> named = new ArrayList<>();
        Matcher panels = PANEL_NAMED.matcher(runbook());
        while (panels.find()) {
            named.addAll(all(EMPHASIS, panels.group(1)));
        }
        assertThat(named).hasSizeGreaterThan(15);
        assertThat(titles).containsAll(named);
    }

    @Test
    void theRunbookNamesCommandsThatAreThere() throws IOException {
        List<String> commands = all(COMMAND, runbook());
        assertThat(commands).hasSizeGreaterThan(5);
        for (String command : Set.copyOf(commands)) {
            List<String> words = new ArrayList<>(List.of(command.split(" ", -1)));
            words.add("--help");
            Run help = Run.of(words.toArray(String[]::new));
            assertThat(help.exitCode())
                    .as("lookback %s: %s", command, help.err())
                    .isZero();
        }
    }

    @Test
    void theRunbookNamesSettingsThatAreThere() throws IOException {
        String page = Files.readString(Monitoring.ROOT.resolve("docs/CONFIGURATION.md"));
        List<String> named = all(SETTING, runbook());
        assertThat(named)
                .hasSizeGreaterThan(5)
                .allSatisfy(setting -> assertThat(page).contains("`" + setting + "`"));
    }

    @Test
    void theRunbookQuotesLogLinesThatAreWritten() throws IOException {
        List<String> quoted = all(LOG_LINE, runbook());
        assertThat(quoted).hasSizeGreaterThan(5);
        StringBuilder sources = new StringBuilder();
        try (Stream<Path> files = Files.walk(Monitoring.ROOT.resolve("topology/src/main/java"))) {
            files.filter(file -> file.toString().endsWith(".java")).forEach(file -> sources.append(read(file)));
        }
        for (String line : quoted) {
            for (String part : line.split("…", -1)) {
                assertThat(sources.indexOf(part.strip()))
                        .as("log line %s", line)
                        .isNotNegative();
            }
        }
    }

    @Test
    void findsTheMetricsInAnExpression() {
        assertThat(Monitoring.metricsIn("max by (class, partition) (time() - a_seconds{role=~\"x|y\"}) > 900\n"
                        + " unless on (class) sum(increase(b_total[5m])) or absent(c) and up == 0"))
                .containsExactlyInAnyOrder("a_seconds", "b_total", "c");
    }

    @Test
    void whatAScrapeDoesNotHaveIsFound() throws IOException {
        String metric = "lookback_lookups_rejected_total";
        assertThat(Monitoring.missingFrom(""))
                .contains("panel Rejected A names " + metric)
                .hasSizeGreaterThan(30);
        assertThat(Monitoring.missingFrom(metric + "{client=\"other\",reason=\"LATE\"} 0.0"))
                .noneMatch(missing -> missing.contains(metric));
        assertThat(Monitoring.missingFrom(metric + "{client=\"other\",reason=\"FUTURE\"} 0.0"))
                .as("the alert asks for LATE")
                .anyMatch(missing -> missing.startsWith("alert LookbackLookupsComeTooLate names " + metric + "{"));
    }

    private static Map<String, String> sections() throws IOException {
        Map<String, String> sections = new TreeMap<>();
        Matcher matcher = SECTION.matcher(runbook());
        while (matcher.find()) {
            sections.put(matcher.group(1), matcher.group(2));
        }
        return sections;
    }

    private static String runbook() throws IOException {
        return Files.readString(Monitoring.RUNBOOK);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> all(Pattern pattern, String text) {
        List<String> found = new ArrayList<>();
        Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
            found.add(matcher.group(1));
        }
        return found;
    }
}
