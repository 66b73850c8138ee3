package dev.lookback.tool;

import dev.lookback.config.LookbackConfig;
import dev.lookback.local.FreePorts;
import dev.lookback.local.LocalRegistry;
import dev.lookback.local.LocalStack;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialAlteration;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;

/**
 * A stack whose broker authorizes by ACLs, with a principal for each role: the settings and principals of
 * docs/SECURITY.md, on certificates and accounts of its own. Principals with a distinguished name log in by certificate on
 * the broker's SSL listener, the others by SCRAM-SHA-512 on its SASL_SSL listener.
 */
final class SecuredStack implements AutoCloseable {
    private static final Path PAGE = Path.of("../docs/SECURITY.md");
    private static final Pattern BLOCK = Pattern.compile("```(properties|yaml)\\n(.*?)```", Pattern.DOTALL);
    private static final String PASSWORD = "only-for-tests";
    private static final String SUPER_USER = "kafka-admin";
    private static final int SCRAM_ITERATIONS = 4096;

    private final Path directory;
    private final Path tls;
    private final int saslPort = FreePorts.next();
    private final int sslPort = FreePorts.next();
    private final int controllerPort = FreePorts.next();
    private final Map<String, String> principals;
    private final LocalRegistry registry;
    private final TlsGate registryGate;
    private final LocalStack stack;
    private final Map<String, String> appSettings;

    /**
     * Starts it: topics of the first settings are there, ACLs are not.
     *
     * @param first settings of the application under which topics are created
     * @param then settings that all files have besides or instead
     */
    SecuredStack(Path directory, Map<String, String> first, Map<String, String> then) throws Exception {
        this.directory = directory;
        this.tls = directory.resolve("tls");
        this.principals = principals();
        makeCertificates();
        int registryPort = FreePorts.next();
        this.registry = LocalRegistry.start(registryPort, directory.resolve("registry"));
        this.registryGate = new TlsGate(keys("registry"), registryPort);
        Map<String, String> settings = new HashMap<>(first);
        settings.putAll(kafka(SUPER_USER, true));
        settings.putAll(registry());
        this.stack =
                LocalStack.start(directory.resolve("stack"), settings, sslPort, brokerSettings(), Clock.systemUTC());
        createAccounts();
        this.appSettings = properties(stack.configFile());
        appSettings.keySet().removeIf(name -> name.startsWith("kafka."));
        appSettings.putAll(then);
        appSettings.put(
                LookbackConfig.ACLS_FILE,
                Files.writeString(directory.resolve("acls.yaml"), page("yaml").get(0))
                        .toString());
    }

    // ---- docs/SECURITY.md

    private static List<String> page(String kind) throws IOException {
        Matcher blocks = BLOCK.matcher(Files.readString(PAGE));
        List<String> found = new ArrayList<>();
        while (blocks.find()) {
            if (blocks.group(1).equals(kind)) {
                found.add(blocks.group(2));
            }
        }
        return found;
    }

    private static Map<String, String> principals() throws IOException {
        Map<String, String> principals = new LinkedHashMap<>();
        Matcher lines = Pattern.compile("(?m)^ {2}([a-z-]+): \\[\"?(User:[^\"\\]]+)")
                .matcher(page("yaml").get(0));
        while (lines.find()) {
            principals.put(lines.group(1), lines.group(2));
        }
        return principals;
    }

    /** The settings for {@code kafka.*} and for those of each role, with this machine's ports and files. */
    private Map<String, String> example() throws IOException {
        Properties properties = new Properties();
        properties.load(new StringReader(page("properties")
                .get(0)
                .replace("broker-1.example.org:9093", "127.0.0.1:" + saslPort)
                .replace("broker-1.example.org:9094", "127.0.0.1:" + sslPort)
                .replace("registry.example.org:8443", "127.0.0.1:" + registryGate.port())
                .replace("/etc/lookback", tls.toString())));
        return texts(properties);
    }

    // ---- the broker

    private void makeCertificates() throws IOException, InterruptedException {
        Certificates certificates = new Certificates(tls, PASSWORD);
        certificates.issue("broker", "CN=broker");
        certificates.issue("registry", "CN=registry");
        certificates.issue("registry-client", "CN=lookback");
        certificates.issue(SUPER_USER, "CN=" + SUPER_USER);
        for (Map.Entry<String, String> each : principals.entrySet()) {
            if (hasCertificate(each.getValue())) {
                certificates.issue(each.getKey(), name(each.getValue()));
            }
        }
        String secrets = Stream.concat(principals.keySet().stream(), Stream.of("registry-client"))
                .map(role -> role + "=" + PASSWORD + "\n")
                .collect(Collectors.joining());
        Files.writeString(tls.resolve("secrets.properties"), secrets + "truststore=" + PASSWORD + "\n");
        try (Stream<Path> files = Files.list(tls)) {
            for (Path each : files.toList()) {
                close(each);
            }
        }
    }

    private static void close(Path file) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private static boolean hasCertificate(String principal) {
        return principal.contains("=");
    }

    private static String name(String principal) {
        return principal.substring("User:".length());
    }

    private Map<String, String> brokerSettings() throws IOException {
        Properties page = new Properties();
        page.load(new StringReader(page("properties").get(1)));
        Map<String, String> settings = texts(page);
        String clients = "SSL://127.0.0.1:" + sslPort + ",SASL_SSL://127.0.0.1:" + saslPort;
        settings.put("listeners", clients + ",CONTROLLER://127.0.0.1:" + controllerPort);
        settings.put("advertised.listeners", clients);
        settings.put("listener.security.protocol.map", "SSL:SSL,SASL_SSL:SASL_SSL,CONTROLLER:SSL");
        settings.put("inter.broker.listener.name", "SSL");
        settings.put("controller.quorum.voters", "1@127.0.0.1:" + controllerPort);
        settings.putAll(keys("broker"));
        return settings;
    }

    private Map<String, String> keys(String name) {
        return Map.of(
                "ssl.keystore.location",
                tls.resolve(name + ".p12").toString(),
                "ssl.keystore.password",
                PASSWORD,
                "ssl.truststore.location",
                tls.resolve("truststore.p12").toString(),
                "ssl.truststore.password",
                PASSWORD);
    }

    private void createAccounts() throws Exception {
        ScramCredentialInfo info = new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, SCRAM_ITERATIONS);
        List<UserScramCredentialAlteration> accounts = new ArrayList<>();
        for (String each : principals.values()) {
            if (!hasCertificate(each)) {
                accounts.add(new UserScramCredentialUpsertion(name(each), info, PASSWORD));
            }
        }
        try (Admin admin = superUser()) {
            admin.alterUserScramCredentials(accounts).all().get();
        }
    }

    // ---- clients

    /** What the example says about the registry, without which nobody gets an answer from it. */
    private Map<String, String> registry() throws IOException {
        Map<String, String> settings = example();
        settings.keySet().removeIf(name -> !name.startsWith("schema.registry.") && !name.equals("config.providers"));
        return settings;
    }

    /** {@code kafka.*} for a keystore's owner, or for an account. */
    private Map<String, String> kafka(String name, boolean certificate) {
        Map<String, String> settings = new TreeMap<>();
        clientSettings(name, certificate).forEach((setting, value) -> settings.put("kafka." + setting, value));
        return settings;
    }

    private Map<String, String> clientSettings(String name, boolean certificate) {
        Map<String, String> settings = new TreeMap<>();
        if (certificate) {
            settings.putAll(keys(name));
            settings.put("security.protocol", "SSL");
        } else {
            settings.putAll(keys("broker"));
            settings.keySet().removeIf(each -> each.startsWith("ssl.keystore"));
            settings.put("security.protocol", "SASL_SSL");
            settings.put("sasl.mechanism", "SCRAM-SHA-512");
            settings.put(
                    "sasl.jaas.config",
                    "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"" + name
                            + "\" password=\"" + PASSWORD + "\";");
        }
        settings.put("bootstrap.servers", "127.0.0.1:" + (certificate ? sslPort : saslPort));
        return settings;
    }

    /** The principal that has a role. */
    String principal(String role) {
        return principals.get(role);
    }

    /** All roles. */
    List<String> roles() {
        return List.copyOf(principals.keySet());
    }

    /** Settings of a Kafka client that is the principal of a role. */
    Map<String, Object> client(String role) {
        String principal = principals.get(role);
        boolean certificate = hasCertificate(principal);
        return new HashMap<>(clientSettings(certificate ? role : name(principal), certificate));
    }

    /** Settings of a Kafka client that may do anything. */
    Map<String, Object> superClient() {
        return new HashMap<>(clientSettings(SUPER_USER, true));
    }

    /** An admin client that may do anything. */
    Admin superUser() {
        return Admin.create(superClient());
    }

    /** The tool, used by the principal of a role. */
    Run tool(String role, List<String> args) {
        return tool(role, "", args);
    }

    /** The tool, used by the principal of a role who has no certificate for the registry. */
    Run toolWithoutCertificate(String role, List<String> args) {
        Map<String, String> saved = new TreeMap<>(appSettings);
        appSettings.keySet().removeIf(name -> name.startsWith("schema.registry.ssl.keystore."));
        try {
            return tool(role, args);
        } finally {
            appSettings.putAll(saved);
        }
    }

    /** The same with standard input. */
    Run tool(String role, String input, List<String> args) {
        String principal = principals.get(role);
        boolean certificate = hasCertificate(principal);
        return run(kafka(certificate ? role : name(principal), certificate), role, input, args);
    }

    /** The tool, used by one who may do anything. */
    Run superTool(List<String> args) {
        return run(kafka(SUPER_USER, true), "super", "", args);
    }

    private Run run(Map<String, String> kafka, String who, String input, List<String> args) {
        Map<String, String> settings = new TreeMap<>(appSettings);
        settings.putAll(kafka);
        List<String> all = new ArrayList<>(args);
        all.addAll(List.of("--config", write(who, settings).toString()));
        try {
            String password = Files.readString(stack.passwordFile()).strip();
            return Run.with(Map.of(KeystorePassword.VARIABLE, password), input, all.toArray(String[]::new));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Settings of the application that runs all roles, each under a principal of its own. */
    LookbackConfig application() throws IOException {
        Map<String, String> settings = new TreeMap<>(appSettings);
        settings.putAll(example());
        return LookbackConfig.load(write("application", settings), Map.of(), Map.of());
    }

    private Path write(String who, Map<String, String> settings) {
        Properties properties = new Properties();
        properties.putAll(settings);
        Path file = directory.resolve(who + ".properties");
        try (var out = Files.newBufferedWriter(file)) {
            properties.store(out, null);
            close(file);
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, String> properties(Path file) throws IOException {
        Properties properties = new Properties();
        try (var in = Files.newBufferedReader(file)) {
            properties.load(in);
        }
        return texts(properties);
    }

    private static Map<String, String> texts(Properties properties) {
        Map<String, String> texts = new TreeMap<>();
        properties.stringPropertyNames().forEach(name -> texts.put(name, properties.getProperty(name)));
        return texts;
    }

    LocalStack stack() {
        return stack;
    }

    /** What the broker's authorizer allowed and denied. */
    Path brokerLog() {
        return directory.resolve("stack/broker/broker.log");
    }

    @Override
    public void close() {
        stack.close();
        registryGate.close();
        registry.close();
    }
}
