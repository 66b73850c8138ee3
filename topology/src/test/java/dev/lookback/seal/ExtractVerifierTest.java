package dev.lookback.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lookback.seal.ExtractVerifier.Flawed;
import dev.lookback.seal.ExtractVerifier.Sound;
import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.ExtractManifest;
import dev.lookback.v1.ExtractPart;
import dev.lookback.v1.ExtractRecord;
import dev.lookback.v1.GeoStatus;
import dev.lookback.v1.HandleKind;
import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.SelectorRole;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExtractVerifierTest {
    private static final String ALICE = "+4915112345678";
    private static final String BOB = "+4915187654321";
    private static final String REQUEST = new UUID(7, 11).toString();
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final KeyPair KEY = key();

    private final List<byte[]> parts =
            List.of(part(lookup(1, 0, ALICE), lookup(2, 5, ALICE)), part(lookup(3, 5, ALICE)));

    private static KeyPair key() {
        try {
            return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static EnrichedLookup lookup(int number, int second, String requester) {
        return EnrichedLookup.newBuilder()
                .setEvent(LookupEvent.newBuilder()
                        .setEventId(new UUID(0, number).toString())
                        .setOccurredAt(NOON.plusSeconds(second))
                        .setRequester(requester)
                        .setQueried(BOB)
                        .setSourceIp("192.0.2.7")
                        .build())
                .setRequesterNormalised(requester)
                .setQueriedNormalised(BOB)
                .setQueriedKind(HandleKind.PHONE)
                .setGeoStatus(GeoStatus.NO_DATABASE)
                .setReceivedAt(NOON.plusSeconds(second))
                .setSourcePartition(1)
                .setSourceOffset(number)
                .build();
    }

    private static byte[] part(EnrichedLookup... lookups) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (EnrichedLookup lookup : lookups) {
            LookupLine.append(lookup, out);
        }
        return out.toByteArray();
    }

    /** A manifest that says of parts what is true of them, with one selector that matches `matched` lookups. */
    private static Manifest manifest(List<byte[]> parts, long matched) {
        List<Manifest.PartDigest> digests = new ArrayList<>();
        long bytes = 0;
        long lookups = 0;
        for (byte[] part : parts) {
            int lines = (int) new String(part, StandardCharsets.UTF_8).lines().count();
            digests.add(new Manifest.PartDigest(digests.size() + 1, lines, part.length, Sha256.hex(part)));
            bytes += part.length;
            lookups += lines;
        }
        long from = NOON.toEpochMilli();
        return new Manifest(
                Manifest.VERSION,
                REQUEST,
                new Manifest.Instrument("SUBPOENA", "r", "a", "j"),
                new Manifest.Scope(
                        List.of(new Manifest.Served(SelectorRole.REQUESTER, ALICE)),
                        List.of(new Manifest.Applied(SelectorRole.REQUESTER, ALICE, HandleKind.PHONE)),
                        Instants.format(from),
                        Instants.format(from + 60_000)),
                List.of(Manifest.SelectorOutcome.of(0, matched, false, from, from + 60_000, from - 1, from + 90_000)),
                digests,
                new Manifest.Totals(lookups, parts.size(), bytes, 0, 0),
                new Manifest.Positions(List.of(1L), List.of(1L), List.of(0L)),
                List.of(),
                Map.of(),
                new Manifest.Chronology(
                        "a", Instants.format(from + 90_000), "b", Instants.format(from), Instants.format(from)),
                "test",
                KeyFiles.keyId(KEY.getPublic()),
                List.of("statement"));
    }

    private static Extract seal(List<byte[]> parts, byte[] manifest) {
        return new Extract(parts, manifest, KeyFiles.sign(manifest, KEY.getPrivate()));
    }

    private Extract sealed() {
        return seal(parts, manifest(parts, 3).toBytes());
    }

    private static String flaw(Extract extract) {
        return ExtractVerifier.verify(extract, KEY.getPublic()) instanceof Flawed flawed ? flawed.what() : "none";
    }

    private static String flaw(EnrichedLookup... lookups) {
        List<byte[]> one = List.of(part(lookups));
        return flaw(seal(one, manifest(one, lookups.length).toBytes()));
    }

    @Test
    void wholeExtractIsSound() {
        assertThat(ExtractVerifier.verify(sealed(), KEY.getPublic())).isInstanceOfSatisfying(Sound.class, sound -> {
            assertThat(sound.manifest().totals().lookups()).isEqualTo(3);
            assertThat(sound.manifest()).isEqualTo(manifest(parts, 3));
        });
        Extract empty = seal(List.of(), manifest(List.of(), 0).toBytes());
        assertThat(flaw(empty)).isEqualTo("none");
    }

    @Test
    void anyFlippedByteIsNoticed() {
        Extract sound = sealed();
        List<byte[]> all = new ArrayList<>(sound.parts());
        all.add(sound.manifest());
        all.add(sound.signature());
        for (int file = 0; file < all.size(); file++) {
            for (int at = 0; at < all.get(file).length; at++) {
                List<byte[]> altered = new ArrayList<>(all);
                byte[] bytes = all.get(file).clone();
                bytes[at] ^= (byte) (1 << (at % 8));
                altered.set(file, bytes);
                Extract extract = new Extract(altered.subList(0, all.size() - 2), altered.get(2), altered.get(3));
                assertThat(flaw(extract)).as("file %d, byte %d", file, at).isNotEqualTo("none");
            }
        }
    }

    @Test
    void otherKeyIsNoticed() {
        assertThat(ExtractVerifier.verify(sealed(), key().getPublic())).isInstanceOf(Flawed.class);
    }

    @Test
    void missingSwappedAndExtraPartsAreNoticed() {
        byte[] manifest = manifest(parts, 3).toBytes();
        assertThat(flaw(seal(parts.subList(0, 1), manifest))).startsWith("There are 1 parts");
        assertThat(flaw(seal(List.of(parts.get(1), parts.get(0)), manifest))).startsWith("Part 1 does not have");
        assertThat(flaw(seal(List.of(parts.get(0), parts.get(1), parts.get(1)), manifest)))
                .startsWith("There are 3 parts");
    }

    /** Wrong from the start: sealed by the right key, but not true. */
    @Test
    void lookupsThatDoNotBelongAreNoticed() {
        assertThat(flaw(lookup(1, 0, ALICE), lookup(2, 1, ALICE))).isEqualTo("none");
        assertThat(flaw(lookup(1, 0, ALICE), lookup(2, 1, BOB))).isEqualTo("Part 1, line 2 matches no selector");
        assertThat(flaw(lookup(1, -1, ALICE))).isEqualTo("Part 1, line 1 is outside the window");
        assertThat(flaw(lookup(1, 60, ALICE))).isEqualTo("Part 1, line 1 is outside the window");
        assertThat(flaw(lookup(1, 5, ALICE), lookup(2, 4, ALICE))).isEqualTo("Part 1, line 2 is out of order");
        assertThat(flaw(lookup(1, 5, ALICE), lookup(1, 5, ALICE))).isEqualTo("Part 1, line 2 repeats a lookup");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"version\" : 1         | \"version\" : 2         | The manifest has an unknown version",
                "\"version\" : 1         | \"versions\" : 1        | The manifest cannot be read",
                "\"part\" : 1            | \"part\" : 2            | Part 1 is numbered 2 in the manifest",
                "\"lookups\" : 2         | \"lookups\" : 4         | Part 1 has 2 lookups",
                "\"parts\" : 2           | \"parts\" : 3           | The number of parts is not the total stated",
                "\"excluded\"            | \"omitted\"             | The manifest cannot be read",
                "\"FOUND\"               | \"NO_RECORDS\"          | The outcome of selector 0 is not what its lookups show",
                "\"overtaken\" : false   | \"overtaken\" : true    | The outcome of selector 0 is not what its lookups show",
            })
    void untrueManifestIsNoticed(String part, String replacement, String flaw) {
        String manifest = new String(manifest(parts, 3).toBytes(), StandardCharsets.UTF_8);
        assertThat(manifest).contains(part);
        byte[] untrue = manifest.replaceFirst(part, replacement).getBytes(StandardCharsets.UTF_8);
        assertThat(flaw(seal(parts, untrue))).isEqualTo(flaw);
    }

    @Test
    void untrueCountsAreNoticed() {
        assertThat(flaw(seal(parts, manifest(parts, 2).toBytes()))).startsWith("The outcome of selector 0");
        Manifest other = manifest(parts.subList(0, 1), 2);
        assertThat(flaw(seal(parts.subList(0, 1), other.toBytes()))).isEqualTo("none");
    }

    @Test
    void filesHoldExactlyWhatWasSealed(@TempDir Path directory) throws IOException {
        sealed().write(directory);
        Extract read = Extract.read(directory);
        assertThat(flaw(read)).isEqualTo("none");
        assertThat(read.parts()).containsExactly(parts.toArray(new byte[0][]));
        Files.delete(directory.resolve("part-000001.jsonl"));
        assertThat(flaw(Extract.read(directory))).startsWith("There are 1 parts");
    }

    @Test
    void recordsMakeAnExtractInTheirOrderAlone() {
        Extract sealed = sealed();
        ExtractRecord manifest = new ExtractRecord(new ExtractManifest(
                REQUEST, ByteBuffer.wrap(sealed.manifest()), ByteBuffer.wrap(sealed.signature()), "key"));
        assertThat(Extract.of(List.of(record(1), record(2))))
                .as("manifest has not come")
                .isNull();
        assertThat(flaw(Extract.of(List.of(record(1), record(2), manifest)))).isEqualTo("none");
        assertThatThrownBy(() -> Extract.of(List.of(record(2), record(1), manifest)))
                .hasMessage("Part 2 comes where part 1 belongs");
        ExtractRecord foreign = record(2);
        ((ExtractPart) foreign.getPiece()).setRequestId(new UUID(0, 0).toString());
        assertThatThrownBy(() -> Extract.of(List.of(record(1), foreign, manifest)))
                .hasMessageContaining("more than one extract");
        ExtractRecord altered = record(2);
        ((ExtractPart) altered.getPiece()).setSha256("0");
        assertThatThrownBy(() -> Extract.of(List.of(record(1), altered, manifest)))
                .hasMessage("Part 2 does not have its own digest");
    }

    private ExtractRecord record(int number) {
        byte[] part = parts.get(number - 1);
        return new ExtractRecord(new ExtractPart(REQUEST, number, 1, ByteBuffer.wrap(part), Sha256.hex(part)));
    }

    @Test
    void nothingPrintsAHandle() {
        assertThat(sealed() + " " + manifest(parts, 3) + " "
                        + manifest(parts, 3).scope())
                .doesNotContain(ALICE.substring(1));
    }
}
