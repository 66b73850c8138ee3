package dev.lookback.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.lookback.casework.AuditVerifier;
import dev.lookback.casework.AuditVerifier.Terms;
import dev.lookback.casework.AuditVerifier.Verdict;
import dev.lookback.casework.SignedHead;
import dev.lookback.v1.AuditEntry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DisclosureAuditTest {
    private static final SignedHead HEAD =
            new SignedHead(2, 41, "0".repeat(64), "2026-01-01T00:00:00.000Z", "1".repeat(64), "2".repeat(128));

    private final List<AuditEntry> entries = new Audited(2)
            .entry("2026-01-01T00:00:00Z", "", "REFUSED", "reason=UNREADABLE")
            .entry("2026-01-02T00:00:00Z", "a", "SUBMITTED", "jurisdiction=\"A B\"")
            .entry("2026-01-03T00:00:00Z", "a", "SEARCH", "not pairs")
            .entries();

    private static Verdict verify(List<AuditEntry> entries, SignedHead... heads) {
        AuditVerifier verifier =
                new AuditVerifier(2, new Terms(List.of(), null, Instant.parse("2026-01-01T00:00:00Z")), List.of(heads));
        entries.forEach(verifier::add);
        return verifier.verdict();
    }

    @Test
    void headsSurviveTheirFile() {
        AuditHeads heads = AuditHeads.of(Instant.EPOCH, List.of(HEAD));

        assertThat(AuditHeads.fromBytes(heads.toBytes())).isEqualTo(heads);
        String text = new String(heads.toBytes(), StandardCharsets.UTF_8);
        assertThat(text).contains("\"partition\" : 2", "\"sequence\" : 41", "\"sha256\"", "\"keyId\"", "\"signature\"");
        for (String wrong : List.of(
                "",
                "{}",
                "null",
                text.replace("audit heads", "manifest"),
                text.replace("\"" + HEAD.sha256() + "\"", "null"),
                text.replace("\"sequence\"", "\"number\""))) {
            assertThatIllegalArgumentException()
                    .as(wrong)
                    .isThrownBy(() -> AuditHeads.fromBytes(wrong.getBytes(StandardCharsets.UTF_8)));
        }
    }

    @Test
    void saysWhatWasFound() {
        assertThat(DisclosureAuditView.lines(List.of(verify(entries)), false))
                .containsExactly(
                        "Chain 2: entries 1 to 3",
                        "Linked: 3 entries in 1 chains follow from one another. Who wrote them was not checked (no"
                                + " --key).");
        assertThat(DisclosureAuditView.lines(List.of(verify(entries, HEAD)), false))
                .containsExactly(
                        "NOT SOUND: Chain 2, entry 3: is the last, but the head of 2026-01-01T00:00:00.000Z, which was"
                                + " kept elsewhere, names entry 41: the chain has been cut short",
                        "NOT SOUND: of each chain, the first thing that is wrong is named above.");
        assertThat(DisclosureAuditView.lines(List.of(verify(entries.subList(1, 3)), verify(List.of())), true))
                .containsExactly(
                        "Chain 2: entries 2 to 3; the last 2 not signed yet",
                        "? Chain 2 begins with entry 2 of 2026-01-02T00:00:00.000Z, although the topic keeps older ones:"
                                + " either none were written for long before it, or the beginning has been removed",
                        "Chain 2: no entries",
                        "Sound: 2 entries in 2 chains.");
        assertThat(DisclosureAuditView.json(List.of(verify(entries, HEAD)), true))
                .containsEntry("sound", false)
                .containsEntry("signaturesVerified", true);
    }

    @Test
    void showsEntries() {
        assertThat(DisclosureAuditView.line(entries.get(1)))
                .matches("2026-01-02T00:00:00\\.000Z  2/2 +SUBMITTED +j\\.doe +a +jurisdiction=\"A B\"");
        assertThat(DisclosureAuditView.json(entries.get(1)).get("pairs")).hasToString("{jurisdiction=A B}");
        assertThat(DisclosureAuditView.json(entries.get(2)).get("pairs")).hasToString("{}");
        assertThat(DisclosureAuditView.line(entries.get(0))).endsWith("reason=UNREADABLE");
    }

    @Test
    void refusesFilesThatAreNotWhatTheyShouldBe(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("heads.json"), "{}");

        Run run = Run.of("audit", "verify", "--heads", file.toString());
        assertThat(run.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(run.err()).contains("no file of audit heads");
        assertThat(Run.of("audit", "verify", "--key", file.toString()).exitCode())
                .isEqualTo(ExitCodes.USAGE);
        assertThat(Run.of("audit", "verify", "--heads", "/no/such").err()).contains("There is no readable file");
        assertThat(Run.of("audit", "heads", "--out", file.toString()).err()).contains("never replaced");
    }
}
