package dev.lookback.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lookback.v1.AuditEntry;
import dev.lookback.v1.CaseState;
import dev.lookback.v1.ExtractManifest;
import dev.lookback.v1.LegalRequestStatus;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Base64;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CaseHistoryTest {
    private static final UUID ID = UUID.fromString("6f1f3a52-7f5e-4c43-9d0e-3f0d6c1b2a10");
    private static final String HANDLE = "+12015550123";

    private final CaseHistory history = new CaseHistory(ID);

    private JsonNode json() throws IOException {
        return new ObjectMapper().readTree(history.toBytes(Instant.parse("2026-02-01T00:00:00Z"), "Lookback 1"));
    }

    private static String jws(String header, String payload) {
        Base64.Encoder encoder = Base64.getUrlEncoder().withoutPadding();
        return encoder.encodeToString(header.getBytes(StandardCharsets.UTF_8)) + "."
                + encoder.encodeToString(payload.getBytes(StandardCharsets.UTF_8)) + ".c2lnbmF0dXJl";
    }

    private static LegalRequestStatus status(String at) {
        return LegalRequestStatus.newBuilder()
                .setRequestId(ID.toString())
                .setVersion(1)
                .setState(CaseState.RECEIVED)
                .setReason("SUBMITTED")
                .setAt(Instant.parse(at))
                .build();
    }

    private static AuditEntry entry(String at) {
        return new Audited(0)
                .entry(at, ID.toString(), "SUBMITTED", "instrument=SUBPOENA jurisdiction=\"A B\"")
                .entries()
                .get(0);
    }

    @Test
    void tellsEverythingInTheOrderOfTime() throws IOException {
        String submit = "{\"type\":\"submit\",\"selectors\":[{\"handle\":\"" + HANDLE + "\"}]}";
        history.command(Instant.parse("2026-01-03T00:00:00Z"), "no JWS");
        history.command(Instant.parse("2026-01-01T00:00:00Z"), jws("{\"kid\":\"j.doe\"}", submit));
        history.status(status("2026-01-02T00:00:00Z"));
        history.status(status("2026-01-01T00:00:00Z"));
        history.audit(entry("2026-01-01T00:00:00Z"));

        JsonNode json = json();

        assertThat(json.at("/kind").asText()).isEqualTo("case history");
        assertThat(json.at("/about/0").asText())
                .isEqualTo("All that Lookback 1 still has on record of request " + ID + ", read on"
                        + " 2026-02-01T00:00:00.000Z: 2 signed commands, 2 statuses, 1 entries of the audit of"
                        + " disclosures, and no manifest of an extract.");
        assertThat(json.at("/events").findValuesAsText("source"))
                .containsExactly("command", "status", "audit", "status", "command");
        assertThat(json.at("/events/0/content/command/selectors/0/handle").asText())
                .isEqualTo(HANDLE);
        assertThat(json.at("/events/0/content/header/kid").asText()).isEqualTo("j.doe");
        assertThat(json.at("/events/1/content/state").asText()).isEqualTo("RECEIVED");
        assertThat(json.at("/events/2/content/pairs/jurisdiction").asText()).isEqualTo("A B");
        assertThat(json.at("/events/4/content/jws").asText()).isEqualTo("no JWS");
        assertThat(json.at("/events/4/content/command").isNull()).isTrue();
        assertThat(json.at("/manifest").isNull()).isTrue();
        assertThat(history.toString()).doesNotContain(HANDLE);
    }

    @Test
    void keepsTheBytesOfTheManifestThatAreSigned() throws IOException {
        byte[] manifest = "{ \"requestId\" : \"x\" }".getBytes(StandardCharsets.UTF_8);
        assertThat(history.isEmpty()).isTrue();
        history.manifest(new ExtractManifest(
                ID.toString(), ByteBuffer.wrap(manifest), ByteBuffer.wrap(new byte[] {1, 2}), "key"));
        assertThat(history.isEmpty()).isFalse();

        JsonNode json = json();

        assertThat(Base64.getDecoder().decode(json.at("/manifest/bytes").asText()))
                .isEqualTo(manifest);
        assertThat(json.at("/manifest/content/requestId").asText()).isEqualTo("x");
        assertThat(json.at("/manifest/signature").asText()).isEqualTo("0102");
        assertThat(json.at("/about/0").asText()).endsWith("and the manifest of its extract.");
    }

    @Test
    void fileIsItsOwnersAlone(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("case.json");
        CaseCommand.writeForOwner(file, new byte[] {1});

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThatThrownBy(() -> CaseCommand.writeForOwner(file, new byte[] {2}))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThat(Files.readAllBytes(file)).containsExactly(1);
        Run run = Run.of("case", "export", ID.toString(), "--out", file.toString());
        assertThat(run.exitCode()).isEqualTo(ExitCodes.FAILED);
        assertThat(run.err()).contains("is there already");
    }
}
