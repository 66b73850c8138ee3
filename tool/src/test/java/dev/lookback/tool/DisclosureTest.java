package dev.lookback.tool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.disclosure.DisclosurePolicies;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DisclosureTest {
    private static final String DEFAULT = "../deploy/disclosure-policy.yaml";

    @TempDir
    Path directory;

    @Test
    void a_policy_is_shown_in_words() {
        Run run = Run.of("disclosure", "check", DEFAULT);

        assertThat(run.exitCode()).isEqualTo(ExitCodes.OK);
        assertThat(run.err()).isEmpty();
        assertThat(run.out().lines())
                .startsWith(
                        "court orders and search warrants",
                        "SHA-256 " + DisclosurePolicies.builtIn().sha256(),
                        "SUBPOENA: not served")
                .containsAll(DisclosurePolicies.builtIn().lines());
    }

    @Test
    void a_policy_is_shown_to_machines() {
        Run run = Run.of("disclosure", "check", "--json", DEFAULT);

        assertThat(run.exitCode()).isEqualTo(ExitCodes.OK);
        assertThat(run.out())
                .contains("\"valid\" : true", DisclosurePolicies.builtIn().sha256(), "SUBPOENA: not served");
    }

    @Test
    void every_mistake_is_shown() throws IOException {
        Path file = Files.writeString(
                directory.resolve("policy.yaml"),
                Files.readString(Path.of(DEFAULT))
                        .replace("approvals: 2", "approvals: 1")
                        .replace("48h", "x"));

        Run run = Run.of("disclosure", "check", file.toString());

        assertThat(run.exitCode()).isEqualTo(ExitCodes.FAILED);
        assertThat(run.out().lines())
                .containsExactly(
                        "! instruments.EMERGENCY_REQUEST.approvals=1: wrong; allowed: a whole number from 2 to 9",
                        "! instruments.EMERGENCY_REQUEST.paperWithin=x: wrong; allowed: a duration from 1m to 30d, written"
                                + " as 30d, 12h or 5m");
        assertThat(Run.of("disclosure", "check", "--json", file.toString()).out())
                .contains("\"valid\" : false", "\"problems\"", "instruments.EMERGENCY_REQUEST.paperWithin=x");
    }

    @Test
    void a_missing_file_is_wrong_usage() {
        Run run = Run.of("disclosure", "check", directory.resolve("none").toString());

        assertThat(run.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(run.err()).startsWith("lookback: There is no readable file ").endsWith("none\n");
        assertThat(Run.of("disclosure", "check").exitCode()).isEqualTo(ExitCodes.USAGE);
    }
}
