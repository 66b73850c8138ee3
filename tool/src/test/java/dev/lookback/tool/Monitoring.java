package dev.lookback.tool;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** What people are told to look at: the dashboard, the alerts and the runbook, and which metrics they name. */
final class Monitoring {
    static final Path ROOT = Path.of("..");
    static final Path ALERTS = ROOT.resolve("deploy/alerts.yml");
    static final Path DASHBOARD = ROOT.resolve("deploy/grafana/dashboards/lookback.json");
    static final Path RUNBOOK = ROOT.resolve("docs/RUNBOOK.md");

    /** Made by Prometheus itself. */
    private static final Set<String> BUILT_IN = Set.of("up", "ALERTS");

    private static final Set<String> KEYWORDS = Set.of("and", "or", "unless", "bool", "offset");
    private static final Pattern STRING = Pattern.compile("\"[^\"]*\"|'[^']*'");
    private static final Pattern LABEL_LIST =
            Pattern.compile("\\b(by|without|on|ignoring|group_left|group_right)\\s*\\([^)]*\\)");
    private static final Pattern IDENTIFIER = Pattern.compile("(?<![\\w.])([a-zA-Z_][\\w:]*)\\s*(\\()?");
    private static final Pattern METRIC_IN_TEXT = Pattern.compile("\\b(?:lookback|kafka|disk|jvm)_[a-z0-9_]+");
    private static final Pattern SELECTOR = Pattern.compile("([a-zA-Z_][\\w:]*)\\{([^}]*)}");
    private static final Pattern MATCHER = Pattern.compile("(\\w+)\\s*(=~|=)\\s*\"([^\"]*)\"");
    private static final Pattern SAMPLE = Pattern.compile("^([a-zA-Z_][\\w:]*)(?:\\{(.*)})? \\S+$");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"((?:[^\"\\\\]|\\\\.)*)\"");

    private Monitoring() {}

    /** A panel that shows something; rows are left out. */
    static List<JsonNode> panels() throws IOException {
        List<JsonNode> panels = new ArrayList<>();
        for (JsonNode each :
                new ObjectMapper().readTree(Files.readString(DASHBOARD)).get("panels")) {
            if (!each.get("type").asText().equals("row")) {
                panels.add(each);
            }
        }
        return panels;
    }

    /** Expressions by where they stand. */
    static Map<String, String> expressions() throws IOException {
        Map<String, String> expressions = new LinkedHashMap<>();
        for (JsonNode panel : panels()) {
            for (JsonNode target : panel.get("targets")) {
                expressions.put(
                        "panel " + panel.get("title").asText() + " "
                                + target.get("refId").asText(),
                        target.get("expr").asText());
            }
        }
        alerts().forEach((name, alert) ->
                expressions.put("alert " + name, alert.get("expr").toString()));
        return expressions;
    }

    /** The alerts by name. */
    @SuppressWarnings("unchecked")
    static Map<String, Map<String, Object>> alerts() throws IOException {
        Map<String, List<Map<String, Object>>> file =
                new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(ALERTS));
        Map<String, Map<String, Object>> alerts = new LinkedHashMap<>();
        for (Map<String, Object> group : file.get("groups")) {
            for (Map<String, Object> rule : (List<Map<String, Object>>) group.get("rules")) {
                alerts.put(rule.get("alert").toString(), rule);
            }
        }
        return alerts;
    }

    /** Every metric that dashboard, alerts or runbook name, and where. */
    static Map<String, String> metricsNamed() throws IOException {
        Map<String, String> named = new TreeMap<>();
        expressions()
                .forEach((where, expression) -> metricsIn(expression).forEach(each -> named.putIfAbsent(each, where)));
        Matcher inText = METRIC_IN_TEXT.matcher(Files.readString(RUNBOOK));
        while (inText.find()) {
            named.putIfAbsent(inText.group(), "the runbook");
        }
        return named;
    }

    /** The metrics in a PromQL expression: every name that is no function, no keyword and no label. */
    static Set<String> metricsIn(String expression) {
        String bare = STRING.matcher(expression).replaceAll("\"\"");
        bare = bare.replaceAll("\\{[^}]*}", "").replaceAll("\\[[^\\]]*]", "");
        bare = LABEL_LIST.matcher(bare).replaceAll("");
        Set<String> found = new TreeSet<>();
        Matcher names = IDENTIFIER.matcher(bare);
        while (names.find()) {
            boolean function = names.group(2) != null;
            if (!function && !KEYWORDS.contains(names.group(1)) && !BUILT_IN.contains(names.group(1))) {
                found.add(names.group(1));
            }
        }
        return found;
    }

    /** What of all this a scrape does not have: metrics, and label values for which there is no series. */
    static List<String> missingFrom(String scrape) throws IOException {
        Map<String, List<Map<String, String>>> series = series(scrape);
        List<String> missing = new ArrayList<>();
        metricsNamed().forEach((metric, where) -> {
            if (!series.containsKey(metric)) {
                missing.add(where + " names " + metric);
            }
        });
        expressions().forEach((where, expression) -> {
            Matcher selectors = SELECTOR.matcher(expression);
            while (selectors.find()) {
                String metric = selectors.group(1);
                String matchers = selectors.group(2);
                if (!BUILT_IN.contains(metric)
                        && series.getOrDefault(metric, List.of()).stream()
                                .noneMatch(labels -> matches(matchers, labels))) {
                    missing.add(where + " names " + selectors.group());
                }
            }
        });
        return missing;
    }

    private static boolean matches(String matchers, Map<String, String> labels) {
        Matcher each = MATCHER.matcher(matchers);
        while (each.find()) {
            String value = labels.getOrDefault(each.group(1), "");
            boolean same =
                    each.group(2).equals("=") ? value.equals(each.group(3)) : Pattern.matches(each.group(3), value);
            if (!same) {
                return false;
            }
        }
        return true;
    }

    private static Map<String, List<Map<String, String>>> series(String scrape) {
        Map<String, List<Map<String, String>>> series = new HashMap<>();
        try (Stream<String> lines = scrape.lines()) {
            lines.forEach(line -> {
                Matcher sample = SAMPLE.matcher(line);
                if (sample.matches()) {
                    Map<String, String> labels = new HashMap<>();
                    if (sample.group(2) != null) {
                        Matcher label = LABEL.matcher(sample.group(2));
                        while (label.find()) {
                            labels.put(label.group(1), label.group(2));
                        }
                    }
                    series.computeIfAbsent(sample.group(1), any -> new ArrayList<>())
                            .add(labels);
                }
            });
        }
        return series;
    }
}
