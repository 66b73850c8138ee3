package dev.lookback.handover;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.seal.ExtractVerifier.Flawed;
import dev.lookback.seal.FlawException;
import dev.lookback.seal.KeyFiles;
import dev.lookback.seal.Manifest;
import dev.lookback.seal.Sha256;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every change of a folder is noticed, and what an enemy puts there is refused. */
class HandoverVerifierTest {
    private static final int RANDOM_CHANGES = 10_000;
    private static final int EVERY_LETTER_BYTE =
            499; // goes through the whole verification; all go through a part of it

    @TempDir
    private Path directory;

    private final Map<String, byte[]> letters = new HashMap<>();

    private byte[] letter(Manifest manifest, byte[] bytes) throws FlawException {
        String digest = Sha256.hex(bytes);
        byte[] made = letters.get(digest);
        if (made == null) {
            made = Letter.of(manifest, bytes);
            letters.put(digest, made);
        }
        return made;
    }

    private String flaw(Path folder) {
        return HandoverVerifier.verify(folder, SampleExtract.KEY.getPublic(), records -> {}, this::letter)
                        instanceof Flawed flawed
                ? flawed.what()
                : "none";
    }

    private String flawWithItsOwnKey(Path folder) {
        return HandoverVerifier.verify(folder, null, records -> {}, this::letter) instanceof Flawed flawed
                ? flawed.what()
                : "none";
    }

    private Path folder(SampleExtract extract) throws IOException, FlawException {
        Path folder = directory.resolve("folder");
        extract.write(folder);
        assertThat(flaw(folder)).isEqualTo("none");
        assertThat(flawWithItsOwnKey(folder)).isEqualTo("none");
        return folder;
    }

    private static void flip(Path file, long at, int bits) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            open.seek(at);
            int was = open.read();
            open.seek(at);
            open.write(was ^ bits);
        }
    }

    @ParameterizedTest
    @EnumSource(FolderFile.class)
    void everyByteCounts(FolderFile file) throws IOException, FlawException {
        Path folder = folder(SampleExtract.inSmallParts(2));
        Path path = file.in(folder);
        long size = Files.size(path);
        byte[] due = Files.readAllBytes(path);
        for (long at = 0; at < size; at++) {
            int bits = 1 << (int) (at % 8);
            flip(path, at, bits);
            if (file != FolderFile.LETTER || at % EVERY_LETTER_BYTE == 0) {
                assertThat(flaw(folder)).as("%s, byte %d", file, at).isNotEqualTo("none");
                if (file == FolderFile.KEY) {
                    assertThat(flawWithItsOwnKey(folder)).as("byte %d", at).isNotEqualTo("none");
                }
            } else {
                assertThat(differs(folder, file, due))
                        .as("%s, byte %d", file, at)
                        .isTrue();
            }
            flip(path, at, bits);
        }
        assertThat(flaw(folder)).isEqualTo("none");
    }

    private static boolean differs(Path folder, FolderFile file, byte[] due) throws IOException {
        try {
            new HandoverFolder(folder).demandBytes(file, due);
            return false;
        } catch (FlawException e) {
            return true;
        }
    }

    @Test
    void randomChangesAreNoticed() throws IOException, FlawException {
        Path folder = folder(SampleExtract.inSmallParts(40).about("=a", "שלום", "用户"));
        long seed = 20_260_301;
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < RANDOM_CHANGES; i++) {
            FolderFile file = FolderFile.values()[random.nextInt(FolderFile.values().length)];
            long at = random.nextLong(Files.size(file.in(folder)));
            int bits = random.nextInt(1, 256);
            flip(file.in(folder), at, bits);
            assertThat(flaw(folder))
                    .as("seed %d, change %d: %s, byte %d", seed, i, file, at)
                    .isNotEqualTo("none");
            flip(file.in(folder), at, bits);
        }
        assertThat(flaw(folder)).isEqualTo("none");
    }

    @ParameterizedTest
    @EnumSource(FolderFile.class)
    void namesTheFileThatIsWrong(FolderFile file) throws IOException, FlawException {
        Path folder = folder(SampleExtract.of(3));
        flip(file.in(folder), Files.size(file.in(folder)) / 2, 1);
        assertThat(flaw(folder))
                .startsWith(
                        switch (file) {
                            case RECORDS -> "Part 1 does not have the digest";
                            case MANIFEST, SIGNATURE -> "The seal (manifest.sig) is not that of this manifest";
                            case CSV -> "records.csv, row 2, is not";
                            case LETTER, KEY, VERIFY, SUMS -> file.fileName() + " is not what follows";
                        });
    }

    @ParameterizedTest
    @EnumSource(FolderFile.class)
    void missingRenamedLongerAndShorterFilesAreNoticed(FolderFile file) throws IOException, FlawException {
        Path folder = folder(SampleExtract.of(3));
        Path path = file.in(folder);
        byte[] bytes = Files.readAllBytes(path);

        Files.write(path, java.util.Arrays.copyOf(bytes, bytes.length + 1));
        assertThat(flaw(folder)).isNotEqualTo("none");
        Files.write(path, java.util.Arrays.copyOf(bytes, bytes.length - 1));
        assertThat(flaw(folder)).isNotEqualTo("none");
        Files.write(path, new byte[0]);
        assertThat(flaw(folder)).isNotEqualTo("none");

        Files.move(path, folder.resolve("other.txt"));
        assertThat(flaw(folder)).isEqualTo("other.txt does not belong in the folder");
        Files.delete(folder.resolve("other.txt"));
        assertThat(flaw(folder))
                .startsWith(file == FolderFile.KEY ? "SHA256SUMS is not" : file.fileName() + " is missing");
    }

    @Test
    void whatDoesNotBelongIsNoticed() throws IOException, FlawException {
        Path folder = folder(SampleExtract.of(3));
        for (String name : new String[] {".hidden", "Manifest.json", "part-000001.jsonl"}) {
            Files.createFile(folder.resolve(name));
            assertThat(flaw(folder)).isEqualTo(name + " does not belong in the folder");
            Files.delete(folder.resolve(name));
        }
        Files.createFile(folder.resolve("+4915112345678 \u001b[31m"));
        assertThat(flaw(folder)).isEqualTo("A file with an odd name does not belong in the folder");
    }

    @Test
    void otherKeysAreNoticed() throws IOException, FlawException, GeneralSecurityException {
        Path folder = folder(SampleExtract.of(3));
        var other = KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPublic();
        assertThat(HandoverVerifier.verify(folder, other, records -> {})).isInstanceOf(Flawed.class);

        Files.writeString(FolderFile.KEY.in(folder), KeyFiles.toPem(other));
        assertThat(flaw(folder)).isEqualTo("key.pem is not what follows from the manifest and the records");
        assertThat(flawWithItsOwnKey(folder)).startsWith("The seal");
        Files.writeString(FolderFile.KEY.in(folder), KeyFiles.toPem(SampleExtract.KEY.getPublic()) + "\n");
        assertThat(flawWithItsOwnKey(folder)).isEqualTo("key.pem is not written as such keys are");
    }

    @Test
    void aFolderWithoutKeyNeedsOne() throws IOException, FlawException {
        Path folder = Files.createDirectory(directory.resolve("folder"));
        byte[] manifest = SampleExtract.of(3).writeRecords(folder);
        HandoverWriter.complete(
                folder, manifest, KeyFiles.sign(manifest, SampleExtract.KEY.getPrivate()), null, records -> {});

        assertThat(flaw(folder)).isEqualTo("none");
        assertThat(flawWithItsOwnKey(folder)).isEqualTo("No public key came with it, and none was given");
    }

    /** A link could make us read any file of the machine, and a pipe wait for ever. */
    @ParameterizedTest
    @EnumSource(FolderFile.class)
    @Timeout(value = 60, unit = TimeUnit.SECONDS)
    void linksDirectoriesAndPipesAreRefused(FolderFile file) throws Exception {
        Path folder = folder(SampleExtract.of(3));
        Path path = file.in(folder);
        Path outside = directory.resolve("outside");
        Files.move(path, outside, StandardCopyOption.REPLACE_EXISTING);
        String refusal = file.fileName() + " is not a regular file";

        Files.createSymbolicLink(path, outside); // with the very bytes that are due
        assertThat(flaw(folder)).isEqualTo(refusal);
        assertThat(flawWithItsOwnKey(folder)).isEqualTo(refusal);
        Files.delete(path);
        Files.createSymbolicLink(path, Path.of("../../../../etc/hostname"));
        assertThat(flaw(folder)).isEqualTo(refusal);
        Files.delete(path);
        Files.createDirectory(path);
        assertThat(flaw(folder)).isEqualTo(refusal);
        Files.delete(path);
        assertThat(new ProcessBuilder("mkfifo", path.toString()).start().waitFor())
                .isZero();
        assertThat(flaw(folder)).isEqualTo(refusal);
    }

    @ParameterizedTest
    @EnumSource(FolderFile.class)
    @Timeout(value = 60, unit = TimeUnit.SECONDS)
    void giganticFilesAreRefused(FolderFile file) throws IOException, FlawException {
        Path folder = folder(SampleExtract.of(3));
        try (RandomAccessFile open = new RandomAccessFile(file.in(folder).toFile(), "rw")) {
            open.setLength(1L << 40); // takes no room: a hole
        }
        assertThat(flawWithItsOwnKey(folder))
                .startsWith(
                        switch (file) {
                            case MANIFEST, SIGNATURE, KEY -> file.fileName() + " is larger than such a file can be";
                            case RECORDS -> "records.jsonl has 1099511627776 bytes, and not the ";
                            case CSV -> "records.csv has more rows";
                            case LETTER, VERIFY, SUMS -> file.fileName() + " is not what follows";
                        });
    }

    @Test
    void swappedPartsAreNoticed() throws IOException, FlawException {
        Path folder = folder(SampleExtract.inSmallParts(2));
        String[] lines = Files.readString(FolderFile.RECORDS.in(folder)).split("\n", -1);
        Files.writeString(FolderFile.RECORDS.in(folder), lines[1] + "\n" + lines[0] + "\n");
        assertThat(flaw(folder)).isEqualTo("Part 1 does not have the digest in the manifest");
    }

    @Test
    void sumsAreThoseOfTheFiles() throws IOException, FlawException {
        Path folder = folder(SampleExtract.of(3));
        for (FolderFile each : FolderFile.values()) {
            if (each != FolderFile.SUMS) {
                assertThat(Files.readString(FolderFile.SUMS.in(folder)))
                        .contains(Sha256.hex(Files.readAllBytes(each.in(folder))) + "  " + each.fileName() + "\n");
            }
        }
    }

    /** What VERIFY.md tells people to do works, and notices a change. */
    @Test
    void thePageCanBeFollowed() throws Exception {
        Path folder = folder(SampleExtract.inSmallParts(3));
        String page = Files.readString(FolderFile.VERIFY.in(folder), StandardCharsets.UTF_8);
        Files.copy(FolderFile.KEY.in(folder), directory.resolve("sealing.pem"));
        String commands = page.replaceAll("(?s)(^|```\n).*?(```sh\n|$)", "").replace("sealing.pem", "../sealing.pem");

        assertThat(run(folder, commands))
                .contains("letter.pdf: OK", "Signature Verified Successfully", "part 1: OK", "part 3: OK")
                .contains(KeyFiles.keyId(SampleExtract.KEY.getPublic()))
                .doesNotContain("DIFFERS", "FAILED");
        flip(FolderFile.RECORDS.in(folder), Files.size(FolderFile.RECORDS.in(folder)) - 9, 1);
        assertThat(run(folder, commands)).contains("part 1: OK", "part 3: DIFFERS", "records.jsonl: FAILED");
    }

    private static String run(Path folder, String commands) throws IOException {
        Process process = new ProcessBuilder("bash", "-c", commands)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void anEmptyExtractIsSound() throws IOException, FlawException {
        Path folder = folder(SampleExtract.of(0));
        assertThat(Files.size(FolderFile.RECORDS.in(folder))).isZero();
        assertThat(Files.readString(FolderFile.CSV.in(folder))).hasLineCount(1);
    }
}
