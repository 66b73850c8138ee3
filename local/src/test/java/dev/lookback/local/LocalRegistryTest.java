package dev.lookback.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("server")
class LocalRegistryTest {
    private static final String STRING_SCHEMA = "{\"schema\": \"{\\\"type\\\": \\\"string\\\"}\"}";

    private final HttpClient client = HttpClient.newHttpClient();

    @TempDir
    Path directory;

    @Test
    void schemasOutliveAKill() throws Exception {
        String registered;
        LocalRegistry first = LocalRegistry.start(FreePorts.next(), directory);
        registered = send(HttpRequest.newBuilder(URI.create(first.url() + "/subjects/s-value/versions"))
                .header("content-type", "application/vnd.schemaregistry.v1+json")
                .POST(HttpRequest.BodyPublishers.ofString(STRING_SCHEMA)));
        assertThat(registered).matches("\\{\"id\":\\d+}");
        first.kill();
        try (LocalRegistry second = LocalRegistry.start(FreePorts.next(), directory)) {
            String id = registered.replaceAll("\\D", "");
            assertThat(send(HttpRequest.newBuilder(URI.create(second.url() + "/schemas/ids/" + id))))
                    .contains("string");
        }
    }

    @Test
    void aMissingArchiveIsNamed() {
        String home = System.getProperty(LocalRegistry.HOME);
        System.setProperty(LocalRegistry.HOME, directory.toString());
        try {
            assertThatThrownBy(LocalRegistry::start)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(directory.toString())
                    .hasMessageContaining(LocalRegistry.HOME);
        } finally {
            System.setProperty(LocalRegistry.HOME, home);
        }
    }

    @Test
    void aPortInUseIsNamed() throws IOException {
        int port = FreePorts.next();
        try (ServerSocket somebodyElse = new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1"))) {
            assertThat(somebodyElse.isBound()).isTrue();
            assertThatThrownBy(() -> LocalRegistry.start(port, directory)).hasMessageContaining("Port " + port);
        }
    }

    @Test
    void aFailedStartNamesTheLog() throws IOException {
        Files.writeString(directory.resolve("schemas.mv.db"), "not a database");
        assertThatThrownBy(() -> LocalRegistry.start(FreePorts.next(), directory))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("registry.log");
    }

    private String send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return response.body();
    }
}
