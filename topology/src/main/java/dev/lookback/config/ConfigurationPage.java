package dev.lookback.config;

import java.util.List;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.types.Password;

/** docs/CONFIGURATION.md, generated from the definition. */
final class ConfigurationPage {
    private static final String HEAD = """
            # Settings

            Generated from the definition (`mvn test -pl topology -am -Dtest=ConfigurationPageTest -Dupdate=true -Dsurefire.failIfNoSpecifiedTests=false`); a test compares them.

            Settings come from a properties file (`lookback run --config FILE`), then from the environment, then from the
            command line; the later wins. A setting's variable is its name in capitals with `LOOKBACK_` before it, `_` for
            each dot and `__` for each hyphen: `ingest.max.late` is `LOOKBACK_INGEST_MAX_LATE`. An unknown or wrong setting
            stops the start with a message that names it.

            Durations are written `30d`, `12h`, `5m`, `10s`, `500ms`, or in ISO-8601 (`PT12H`). Lists are separated by commas.

            ## Required

            | setting | |
            |---|---|
            | `kafka.bootstrap.servers` | Brokers to begin with, `host:port`, separated by commas. |
            | `schema.registry.url` | The schema registry (Confluent's REST API; for Apicurio with `/apis/ccompat/v7` at the end). |

            To run roles, `token.key.file` and `officers.file` too; to run casework, `sealing.keystore.*`.
            """;

    private static final String TAIL = """

            ## Kafka's clients: `kafka.*`

            What begins with `kafka.` goes to every Kafka client without that prefix: `kafka.security.protocol=SASL_SSL`,
            `kafka.sasl.jaas.config=…`. As in Kafka Streams, a further prefix narrows it to one kind of client:
            `kafka.consumer.`, `kafka.main.consumer.`, `kafka.restore.consumer.`, `kafka.global.consumer.`,
            `kafka.producer.`, `kafka.admin.`, `kafka.topic.` (topics that Kafka Streams creates by itself).
            With a role before it (`ingest.kafka.*`, `vault.kafka.*`, `casework.kafka.*`) a setting is for the clients of that
            role alone and wins over the same one for all: so each role can have a principal of its own
            (docs/SECURITY.md). What a process does before and beside its roles (looking at topics and clocks, writing a
            class's first policy) goes by `kafka.*`.
            These are Lookback's own to decide and are refused: %s.

            ## Schema registry

            Under Confluent's names: `schema.registry.*` (with `schema.registry.ssl.*`), `basic.auth.*`, `bearer.auth.*`, and
            %s.

            ## Secrets

            A value of the form `${provider:path:key}` is taken from a config provider of Kafka's, in settings of every kind:

            ```properties
            config.providers=file,env
            sealing.keystore.password=${file:/run/secrets/lookback.properties:keystore.password}
            kafka.sasl.jaas.config=${env:KAFKA_JAAS}
            ```

            `file`, `env` and `directory` are known by these names; for others, say `config.providers.<name>.class`.
            Parameters of a provider are `config.providers.<name>.param.*`.
            """;

    private ConfigurationPage() {}

    static String text() {
        StringBuilder page = new StringBuilder(HEAD);
        addSettings(page, LookbackConfig.SETTINGS, "");
        page.append(
                "\n## Retention classes\n\nFor each class in `retention.classes`, and for `default`. Every class but"
                        + " `default` needs a rule: calling codes, services, or both (then both must hold).\n");
        addTable(
                page,
                LookbackConfig.CLASS_PREFIX + "<name>.",
                List.copyOf(Definition.retentionClass(true).configKeys().values()));
        page.append(TAIL.formatted(
                quoted(KafkaNames.reserved()),
                quoted(LookbackConfig.SERDE_NAMES.stream().sorted().toList())));
        return page.toString();
    }

    private static void addSettings(StringBuilder page, ConfigDef definition, String prefix) {
        for (String group : definition.groups()) {
            page.append("\n## ").append(group).append('\n');
            addTable(
                    page,
                    prefix,
                    definition.configKeys().values().stream()
                            .filter(key -> group.equals(key.group))
                            .toList());
        }
    }

    private static void addTable(StringBuilder page, String prefix, List<ConfigDef.ConfigKey> keys) {
        page.append("\n| setting | default | allowed | |\n|---|---|---|---|\n");
        for (ConfigDef.ConfigKey key : keys) {
            page.append("| `%s%s` | %s | %s | %s |\n"
                    .formatted(prefix, key.name, shownDefault(key), key.validator, key.documentation));
        }
    }

    private static String shownDefault(ConfigDef.ConfigKey key) {
        Object value = key.defaultValue;
        if (value == null || value instanceof Password || value.equals("") || value.equals(List.of())) {
            return "";
        }
        String text = ConfigDef.convertToString(value, key.type);
        return key.name.equals(LookbackConfig.CLASS_DURATION) ? "`default`: " + text : "`" + text + "`";
    }

    private static String quoted(List<String> names) {
        return names.stream()
                .map(name -> "`" + name + "`")
                .reduce((a, b) -> a + ", " + b)
                .orElse("");
    }
}
