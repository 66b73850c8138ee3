package dev.lookback.tool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.officers.Officer;
import dev.lookback.officers.Officers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeysTest {
    private static final Map<String, String> PASSWORD = Map.of(KeystorePassword.VARIABLE, "wide-open");

    @TempDir
    private Path directory;

    @Test
    void makesATokenKeyForItsOwnerAloneAndNeverReplacesIt() throws IOException {
        String[] command = {"keys", "generate", "token", "lookback", "--out", directory.toString()};
        Run run = Run.of(command);

        Path file = directory.resolve("lookback.key");
        String key = Files.readString(file);
        assertThat(run.exitCode()).isZero();
        assertThat(key.strip()).matches("[0-9a-f]{32}");
        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(PosixFilePermissions.fromString("rw-------"));

        Run again = Run.of(command);
        assertThat(again.exitCode()).isEqualTo(ExitCodes.FAILED);
        assertThat(again.err()).contains(file.toString(), "never replaced");
        assertThat(file).hasContent(key);
    }

    @Test
    void makesAnOfficerWithAnEntryForTheList() throws IOException {
        Run run = Run.with(
                PASSWORD,
                "",
                "keys",
                "generate",
                "officer",
                "a.intake",
                "--role",
                "INTAKE",
                "--out",
                directory.toString());

        assertThat(run.exitCode()).isZero();
        Officer officer = Officers.load(directory.resolve("a.intake.yaml"))
                .find("a.intake")
                .get(0);
        assertThat(officer.roles()).isEqualTo(Set.of(Officer.Role.INTAKE));
        assertThat(directory.resolve("a.intake.p12")).exists();
        assertThat(run.out() + run.err()).doesNotContain("wide-open");
    }

    @Test
    void takesNoPasswordFromAFileThatIsOpen() throws IOException {
        Path file = Files.writeString(directory.resolve("password"), "wide-open");
        String[] command = {
            "keys", "generate", "sealing", "s", "--out", "" + directory, "--password-file", file.toString()
        };
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        Run open = Run.of(command);
        assertThat(open.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(open.err())
                .contains("--password-file=" + file + ": open to every user")
                .doesNotContain("wide-open");

        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        assertThat(Run.of(command).exitCode()).isZero();
    }

    @Test
    void asksForWhatIsMissing() {
        Run noRole = Run.with(PASSWORD, "", "keys", "generate", "officer", "a", "--out", directory.toString());
        assertThat(noRole.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(noRole.err()).contains("--role");

        Run shortPassword = Run.with(
                Map.of(KeystorePassword.VARIABLE, "12345"),
                "",
                "keys",
                "generate",
                "sealing",
                "s",
                "--out",
                "" + directory);
        assertThat(shortPassword.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(shortPassword.err()).contains("at least 6 characters");

        Run odd = Run.of("keys", "generate", "postal", "a", "--out", directory.toString());
        assertThat(odd.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(odd.err()).contains("OFFICER, SEALING, TOKEN, CUSTODY");
    }
}
