package dev.lookback.handover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lookback.handover.HandoverVerifier.InExtract;
import dev.lookback.handover.HandoverVerifier.NotProven;
import dev.lookback.seal.FlawException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordProofTest {
    @TempDir
    private Path directory;

    private Path folder() throws IOException, FlawException {
        Path folder = directory.resolve("folder");
        SampleExtract.of(21).write(folder);
        return folder;
    }

    private static String flaw(Path file, Path folder) {
        return HandoverVerifier.verifyRecord(file, folder, SampleExtract.KEY.getPublic()) instanceof NotProven flaw
                ? flaw.what()
                : "none";
    }

    @Test
    void everyRecordCanBeProvenWithoutTheOthers() throws IOException, FlawException {
        Path folder = folder();
        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        for (FolderFile each : new FolderFile[] {FolderFile.MANIFEST, FolderFile.SIGNATURE}) {
            Files.copy(each.in(folder), each.in(elsewhere));
        }
        String[] lines = Files.readString(FolderFile.RECORDS.in(folder)).split("\n");
        for (int line = 1; line <= lines.length; line++) {
            Path file = directory.resolve("proof-" + line);
            HandoverVerifier.prove(folder, SampleExtract.KEY.getPublic(), line, file);
            assertThat(HandoverVerifier.verifyRecord(file, elsewhere, SampleExtract.KEY.getPublic()))
                    .isInstanceOfSatisfying(
                            InExtract.class,
                            proven -> assertThat(proven.record() + "\n").isIn((Object[])
                                    new String[] {lines[(int) proven.line() - 1] + "\n"}));
            assertThat(Files.readString(file)).doesNotContain(lines[line % lines.length]);
        }
    }

    @Test
    void everyChangeIsNoticed() throws IOException, FlawException {
        Path folder = folder();
        Path file = directory.resolve("proof");
        HandoverVerifier.prove(folder, SampleExtract.KEY.getPublic(), 7, file);
        byte[] sound = Files.readAllBytes(file);
        String text = new String(sound, StandardCharsets.UTF_8);
        // Spaces between fields prove nothing, and are free.
        for (int at = 0; at < sound.length; at++) {
            byte[] altered = sound.clone();
            altered[at] ^= 2;
            Files.write(file, altered);
            assertThat(flaw(file, folder)).as("byte %d", at).isNotEqualTo("none");
        }
        Files.writeString(file, text.replace("\"line\" : 7", "\"line\" : 8"));
        assertThat(flaw(file, folder)).isEqualTo("The path does not lead to the manifest's Merkle root");
        Files.writeString(file, text.replace("\"lookups\" : 21", "\"lookups\" : 22"));
        assertThat(flaw(file, folder)).isEqualTo("The proof is about another number of lookups");
        Files.writeString(file, text.replace("-0007-", "-0008-"));
        assertThat(flaw(file, folder)).startsWith("The proof is about another request");
        Files.writeString(file, "null");
        assertThat(flaw(file, folder)).isEqualTo("The proof cannot be read");
        Files.write(file, new byte[RecordProof.MOST_BYTES + 1]);
        assertThat(flaw(file, folder)).isEqualTo("The proof is larger than a proof can be");
        Files.delete(file);
        Files.createSymbolicLink(file, FolderFile.MANIFEST.in(folder));
        assertThat(flaw(file, folder)).isEqualTo("The proof is not a regular file");
    }

    @Test
    void thereIsNoProofOfWhatIsNotThere() throws IOException, FlawException {
        Path folder = folder();
        for (long line : new long[] {0, 22, -1}) {
            assertThatThrownBy(() -> HandoverVerifier.prove(
                            folder, SampleExtract.KEY.getPublic(), line, directory.resolve("none")))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(directory.resolve("none")).doesNotExist();
    }
}
