package dev.lookback.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lookback.handover.SampleExtract;
import dev.lookback.seal.FlawException;
import dev.lookback.seal.KeyFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can be done with an extract offline, and where a fetched one is put. */
class ExtractCommandTest {
    @TempDir
    private Path directory;

    private Path folder;
    private Path key;

    @BeforeEach
    void writeFolder() throws IOException, FlawException {
        folder = directory.resolve("folder");
        key = directory.resolve("sealing.pem");
        SampleExtract.of(3).write(folder);
        Files.writeString(key, KeyFiles.toPem(SampleExtract.KEY.getPublic()));
    }

    @Test
    void verifiesAFolder() throws IOException {
        Run sound = Run.of("verify", "" + folder, "--key", "" + key);
        assertThat(sound.exitCode()).isZero();
        assertThat(sound.out()).startsWith("Sound: 3 lookups for request ");
        assertThat(sound.err()).isEmpty();
        assertThat(Run.of("extract", "verify", "" + folder).err()).contains("compare its id");

        Files.delete(folder.resolve("manifest.json"));
        Run flawed = Run.of("verify", "" + folder, "--key", "" + key, "--json");
        assertThat(flawed.exitCode()).isEqualTo(ExitCodes.FAILED);
        assertThat(flawed.out()).contains("\"flaw\" : \"manifest.json is missing\"");
        assertThat(Run.of("extract", "verify", "" + directory.resolve("nowhere"))
                        .exitCode())
                .isEqualTo(ExitCodes.USAGE);
    }

    @Test
    void takesTheKeyThatTheManifestNames() throws IOException, GeneralSecurityException {
        PublicKey other =
                KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPublic();
        Path otherKey = Files.writeString(directory.resolve("other.pem"), KeyFiles.toPem(other));
        for (String command : List.of("verify", "extract verify")) {
            List<String> args = new ArrayList<>(List.of(command.split(" ")));
            args.addAll(List.of("" + folder, "--key", "" + otherKey, "--key", "" + key));
            assertThat(Run.of(args.toArray(String[]::new)).out()).startsWith("Sound: 3 lookups");
        }
        Run wrong = Run.of("verify", "" + folder, "--key", "" + otherKey);
        assertThat(wrong.exitCode()).isEqualTo(ExitCodes.FAILED);
        assertThat(wrong.out())
                .contains("It names key " + KeyFiles.keyId(SampleExtract.KEY.getPublic()) + ", and this is key "
                        + KeyFiles.keyId(other));
    }

    @Test
    void signsWithNoKeystoreThatIsOpen() throws IOException {
        Path keystore = directory.resolve("a.p12");
        KeyFiles.generate(keystore, directory.resolve("a.pem"), "closed".toCharArray(), "a");
        Files.setPosixFilePermissions(keystore, PosixFilePermissions.fromString("rw-r--r--"));
        Run open = Run.with(
                Map.of(KeystorePassword.VARIABLE, "closed"),
                "",
                "extract",
                "fetch",
                "00000000-0000-0000-0000-000000000001",
                "--out",
                "" + directory.resolve("out"),
                "--officer",
                "a",
                "--keystore",
                "" + keystore);
        assertThat(open.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(open.err()).contains("--keystore=" + keystore + ": open to every user");
    }

    @Test
    void provesOneRecord() throws IOException {
        Path proof = directory.resolve("record-2.json");
        assertThat(Run.of("extract", "prove", "" + folder, "--line", "2", "--out", "" + proof)
                        .exitCode())
                .isZero();
        Run proven = Run.of("extract", "verify-record", "" + proof, "--manifest", "" + folder, "--key", "" + key);
        assertThat(proven.exitCode()).isZero();
        assertThat(proven.out())
                .isEqualTo(Files.readAllLines(folder.resolve("records.jsonl")).get(1) + "\n");
        assertThat(proven.err()).startsWith("Sound: record 2 of 3 for request ");
        assertThat(Run.of(
                                "extract",
                                "verify-record",
                                "" + proof,
                                "--manifest",
                                folder + "/manifest.json",
                                "--key",
                                "" + key,
                                "--json")
                        .out())
                .contains("\"verified\" : true", "\"line\" : 2");

        Files.writeString(proof, Files.readString(proof).replace("192.0.2.", "192.0.3."));
        Run altered = Run.of("extract", "verify-record", "" + proof, "--manifest", "" + folder, "--key", "" + key);
        assertThat(altered.exitCode()).isEqualTo(ExitCodes.FAILED);
        assertThat(altered.out()).startsWith("NOT SOUND: The path does not lead to the manifest's Merkle root");

        Run again = Run.of("extract", "prove", "" + folder, "--line", "2", "--out", "" + proof);
        assertThat(again.exitCode()).isEqualTo(ExitCodes.USAGE);
        Run beyond = Run.of("extract", "prove", "" + folder, "--line", "4", "--out", proof + "2");
        assertThat(beyond.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(beyond.err()).contains("There is no record 4");
    }

    @Test
    void aStagedDirectoryIsThereAsAWholeOrNotAtAll() throws IOException {
        Path place = directory.resolve("some/place");
        try (StagedDirectory staged = new StagedDirectory(place)) {
            Files.createFile(staged.path().resolve("half"));
        }
        assertThat(directory.resolve("some")).isEmptyDirectory();

        Files.createDirectory(place);
        try (StagedDirectory staged = new StagedDirectory(place)) {
            Files.createFile(staged.path().resolve("whole"));
            staged.commit();
        }
        assertThat(place).isDirectoryContaining("glob:**/whole");
        assertThatThrownBy(() -> new StagedDirectory(place)).hasMessageContaining("is not an empty directory");
        try (var left = Files.list(directory.resolve("some"))) {
            assertThat(left).containsExactly(place);
        }
    }
}
