package dev.lookback.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lookback.app.HttpEndpoints;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tool asks instances that are protected. */
class VaultHoldingTest {
    private static final String PASSWORD = "only-for-tests";
    private static final String TOKEN = "0123456789abcdef0123456789abcdef";

    @TempDir
    private Path directory;

    @Test
    void shows_its_certificate_and_its_token() throws Exception {
        Certificates certificates = new Certificates(directory, PASSWORD);
        certificates.issue("vault", "CN=vault");
        certificates.issue("auditor", "CN=auditor");
        Map<String, String> instance = settings("vault", tokens("old.token", "f".repeat(32) + "\n" + TOKEN));
        instance.put("http.host", "0.0.0.0");
        Map<String, String> auditor = settings("auditor", tokens("new.token", TOKEN));

        try (HttpEndpoints endpoints = new HttpEndpoints(instance)) {
            assertThat(VaultHolding.ask(endpoints.address(), HttpEndpoints.config(auditor)))
                    .isEmpty();

            Map<String, String> withoutToken = new HashMap<>(auditor);
            withoutToken.remove("http.bearer.token.file");
            assertThatThrownBy(() -> VaultHolding.ask(endpoints.address(), HttpEndpoints.config(withoutToken)))
                    .isInstanceOf(ToolException.class)
                    .hasMessageContaining("/vault does not let in who asks: http.bearer.token.file");
            assertThatThrownBy(() -> VaultHolding.ask(endpoints.address(), HttpEndpoints.config(Map.of())))
                    .as("the JDK does not trust our authority")
                    .isInstanceOf(ToolException.class)
                    .hasMessageContaining("does not answer");
        }
    }

    @Test
    void sends_a_token_in_plain_text_to_this_machine_alone() throws IOException {
        String file = tokens("token", TOKEN);
        Map<String, String> settings = Map.of("http.bearer.token.file", file);
        try (HttpEndpoints endpoints = new HttpEndpoints(settings)) {
            assertThat(VaultHolding.ask(endpoints.address(), HttpEndpoints.config(settings)))
                    .isEmpty();
        }
        assertThat(VaultHolding.mayCarryToken(URI.create("https://192.0.2.1:8080")))
                .isTrue();
        assertThat(VaultHolding.mayCarryToken(URI.create("http://[::1]:8080"))).isTrue();
        assertThat(VaultHolding.mayCarryToken(URI.create("http://192.0.2.1:8080")))
                .isFalse();
        assertThat(VaultHolding.mayCarryToken(URI.create("http://vault.invalid:8080")))
                .isFalse();
    }

    private Map<String, String> settings(String name, String tokens) {
        return new HashMap<>(Map.of(
                "http.ssl.keystore.location",
                directory.resolve(name + ".p12").toString(),
                "http.ssl.keystore.password",
                PASSWORD,
                "http.ssl.truststore.location",
                directory.resolve("truststore.p12").toString(),
                "http.ssl.truststore.password",
                PASSWORD,
                "http.bearer.token.file",
                tokens));
    }

    private String tokens(String name, String content) throws IOException {
        Path file = Files.writeString(directory.resolve(name), content);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"))
                .toString();
    }
}
