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
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExtractVerifierTest {
    private static final String ALICE = "+4915112345678";
    private static final String BOB = "+4915187654321";
    private static final String CAROL = "+4915111111111";
    private static final Manifest.Applied ASKED = new Manifest.Applied(SelectorRole.REQUESTER, ALICE, HandleKind.PHONE);
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
        return part(Disclosure.WHOLE, lookups);
    }

    private static byte[] part(Disclosure disclosure, EnrichedLookup... lookups) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (EnrichedLookup lookup : lookups) {
            LookupLine.append(lookup, disclosure, out);
        }
        return out.toByteArray();
    }

    /** A manifest that says of parts what is true of them, with one selector that matches `matched` lookups. */
    private static Manifest manifest(List<byte[]> parts, long matched) {
        return manifest(parts, Disclosure.WHOLE.terms(), List.of(outcome(0, matched, 0)), ASKED);
    }

    private static Manifest.SelectorOutcome outcome(int selector, long matched, long capped) {
        long from = NOON.toEpochMilli();
        return Manifest.SelectorOutcome.of(
                selector, matched, capped, false, from, from + 60_000, from - 1, from + 90_000);
    }

    private static Manifest manifest(
            List<byte[]> parts,
            Manifest.Disclosed disclosed,
            List<Manifest.SelectorOutcome> outcomes,
            Manifest.Applied... applied) {
        List<Manifest.PartDigest> digests = new ArrayList<>();
        MerkleTree tree = new MerkleTree();
        long bytes = 0;
        for (byte[] part : parts) {
            List<String> lines =
                    new String(part, StandardCharsets.UTF_8).lines().toList();
            lines.forEach(line -> tree.add(line.getBytes(StandardCharsets.UTF_8)));
            digests.add(new Manifest.PartDigest(digests.size() + 1, lines.size(), part.length, Sha256.hex(part)));
            bytes += part.length;
        }
        long capped =
                outcomes.stream().mapToLong(Manifest.SelectorOutcome::capped).sum();
        String from = Instants.format(NOON);
        Manifest.Window window = new Manifest.Window(from, Instants.format(NOON.plusSeconds(60)));
        return new Manifest(
                Manifest.VERSION,
                REQUEST,
                new Manifest.Instrument("SUBPOENA", "r", "a", "j", null, null, null),
                new Manifest.Scope(
                        List.of(new Manifest.Served(SelectorRole.REQUESTER, ALICE, null)),
                        List.of(applied),
                        window,
                        window,
                        List.of()),
                disclosed,
                outcomes,
                digests,
                new Manifest.Totals(tree.size(), parts.size(), bytes, 0, capped, 0),
                HexFormat.of().formatHex(tree.root()),
                new Manifest.Positions(List.of(1L), List.of(1L), List.of(0L)),
                null,
                List.of(),
                Map.of(),
                new Manifest.Chronology(
                        "a",
                        Instants.format(NOON.plusSeconds(90)),
                        null,
                        List.of(new Manifest.Approval("b", from)),
                        from),
                new Manifest.PolicyInForce("policy", "0"),
                "test",
                KeyFiles.keyId(KEY.getPublic()),
                List.of("statement"));
    }

    private static Extract seal(List<byte[]> parts, byte[] manifest) {
        return extract(parts, manifest, KeyFiles.sign(manifest, KEY.getPrivate()));
    }

    private static Extract extract(List<byte[]> parts, byte[] manifest, byte[] signature) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        parts.forEach(all::writeBytes);
        return Extract.inMemory(all.toByteArray(), manifest, signature);
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
        List<byte[]> all = new ArrayList<>(parts);
        all.add(sound.manifest());
        all.add(sound.signature());
        for (int file = 0; file < all.size(); file++) {
            for (int at = 0; at < all.get(file).length; at++) {
                List<byte[]> altered = new ArrayList<>(all);
                byte[] bytes = all.get(file).clone();
                bytes[at] ^= (byte) (1 << (at % 8));
                altered.set(file, bytes);
                Extract extract = extract(altered.subList(0, 2), altered.get(2), altered.get(3));
                assertThat(flaw(extract)).as("file %d, byte %d", file, at).isNotEqualTo("none");
            }
        }
    }

    @Test
    void otherKeyIsNoticed() {
        byte[] manifest = manifest(parts, 3).toBytes();
        KeyPair other = key();
        Extract byAnother = extract(parts, manifest, KeyFiles.sign(manifest, other.getPrivate()));

        assertThat(flaw(byAnother)).isEqualTo("The seal (manifest.sig) is not that of this manifest under this key");
        assertThat(ExtractVerifier.verify(byAnother, other.getPublic()))
                .isEqualTo(new Flawed("The manifest names another key"));
    }

    @Test
    void missingSwappedAndExtraPartsAreNoticed() {
        byte[] manifest = manifest(parts, 3).toBytes();
        assertThat(flaw(seal(parts.subList(0, 1), manifest))).isEqualTo("Part 2 is shorter than the manifest says");
        assertThat(flaw(seal(List.of(parts.get(1), parts.get(0)), manifest)))
                .isEqualTo("Part 1 does not have the digest in the manifest");
        assertThat(flaw(seal(List.of(parts.get(0), parts.get(1), parts.get(1)), manifest)))
                .isEqualTo("There is more after the last part that the manifest names");
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
                "\"version\" : 2         | \"version\" : 1         | The manifest has an unknown version",
                "\"version\" : 2         | \"versions\" : 2        | The manifest cannot be read",
                "\"part\" : 1            | \"part\" : 2            | Part 1 is numbered 2 in the manifest",
                "\"lookups\" : 2         | \"lookups\" : 4         | Part 1 has 2 lookups, not as many as the manifest says",
                "\"parts\" : 2           | \"parts\" : 3           | The number of parts is not the total stated",
                "\"excluded\"            | \"omitted\"             | The manifest cannot be read",
                "\"FOUND\"               | \"NO_RECORDS\"          | The outcome of selector 0 is not what its lookups show",
                "\"statement\"           | \"keyId\" : \"x\", \"statement\" | The manifest is not in the one form that it can have",
                "\"scope\" :            | \"scope\" : null, \"scopes\" : | The manifest cannot be read",
                "\"issuedOn\" : null    | \"issuedOn\" : 7        | The manifest is not in the one form that it can have",
                "\"reference\" : \"r\"   | \"reference\" : null    | The manifest cannot be read",
                "\"geoDatabases\" : \\[  | \"geoDatabases\" : [ null | The manifest cannot be read",
                "\"merkleRoot\" : \"..  | \"merkleRoot\" : \"zz     | The lines do not have the Merkle root in the manifest",
                "3(?=,\\s+\"parts\")      | 4                    | The lookups do not add up",
                "1(?=[0-9]*,\\s+\"excluded\") | 2               | The bytes do not add up",
                "\"capped\" : 0,        | \"capped\" : -1,        | Selector 0 has left out less than nothing",
                "\"overtaken\" : false   | \"overtaken\" : true    | The outcome of selector 0 is not what its lookups show",
            })
    void untrueManifestIsNoticed(String part, String replacement, String flaw) {
        String manifest = new String(manifest(parts, 3).toBytes(), StandardCharsets.UTF_8);
        assertThat(manifest).containsPattern(part);
        byte[] untrue = manifest.replaceFirst(part, replacement).getBytes(StandardCharsets.UTF_8);
        assertThat(flaw(seal(parts, untrue))).isEqualTo(flaw);
    }

    @Test
    void untrueCountsAreNoticed() {
        assertThat(flaw(seal(parts, manifest(parts, 2).toBytes()))).startsWith("The outcome of selector 0");
        Manifest other = manifest(parts.subList(0, 1), 2);
        assertThat(flaw(seal(parts.subList(0, 1), other.toBytes()))).isEqualTo("none");
    }

    private static Disclosure disclosure(boolean addressesAsked, Manifest.Disclosed terms) {
        return new Disclosure(terms, Set.of(ALICE), addressesAsked, requester -> "person 1");
    }

    private static String flaw(Manifest.Disclosed stated, byte[] part, long matched, Manifest.Applied... applied) {
        List<Manifest.SelectorOutcome> outcomes = new ArrayList<>();
        for (int i = 0; i < applied.length; i++) {
            outcomes.add(outcome(i, matched, 0));
        }
        return flaw(seal(
                List.of(part),
                manifest(List.of(part), stated, outcomes, applied).toBytes()));
    }

    /** All sixteen terms: what is sealed under the same ones is sound, under any other it is not. */
    @Test
    void linesShowWhatTheManifestSaysNoMoreAndNoLess() {
        for (int sealedUnder = 0; sealedUnder < 16; sealedUnder++) {
            for (int stated = 0; stated < 16; stated++) {
                byte[] part = part(disclosure(false, terms(sealedUnder)), lookup(1, 0, ALICE), lookup(2, 1, CAROL));
                String flaw = flaw(terms(stated), part, 2, new Manifest.Applied(SelectorRole.QUERIED, BOB, null));
                boolean clearOthers = (stated & 8) == 0;
                if (sealedUnder == stated && clearOthers) {
                    assertThat(flaw).isEqualTo("none");
                } else if (sealedUnder != stated) {
                    assertThat(flaw).as("%d as %d", sealedUnder, stated).startsWith("Part 1, line ");
                }
            }
        }
    }

    private static Manifest.Disclosed terms(int bits) {
        return new Manifest.Disclosed((bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0);
    }

    @Test
    void pseudonymsAreForThoseWhomNoSelectorNames() {
        Manifest.Applied aboutBob = new Manifest.Applied(SelectorRole.QUERIED, BOB, HandleKind.PHONE);
        Manifest.Applied source = new Manifest.Applied(SelectorRole.SOURCE, "192.0.2.0/24", null);
        Manifest.Applied byAlice = new Manifest.Applied(SelectorRole.REQUESTER, ALICE, HandleKind.PHONE);
        Manifest.Disclosed terms = terms(15);
        EnrichedLookup carol = lookup(1, 0, CAROL);
        byte[] hidden = part(disclosure(false, terms), carol);
        byte[] shown = part(new Disclosure(terms, Set.of(CAROL), false, name -> ""), carol);

        assertThat(flaw(terms, hidden, 1, aboutBob)).isEqualTo("none");
        assertThat(flaw(terms, part(disclosure(true, terms), carol), 1, source)).isEqualTo("none");
        assertThat(flaw(terms, hidden, 1, byAlice)).isEqualTo("Part 1, line 1 matches no selector");
        assertThat(flaw(terms, shown, 1, aboutBob))
                .isEqualTo("Part 1, line 1 shows a requester whom no selector names");
        assertThat(flaw(terms(7), hidden, 1, aboutBob))
                .isEqualTo("Part 1, line 1 has a pseudonym, which the manifest does not announce");
        assertThat(flaw(terms, hidden, 1, source)).isEqualTo("Part 1, line 1 lacks 'sourceIp'");
        assertThat(flaw(terms, part(disclosure(true, terms), carol), 1, aboutBob))
                .isEqualTo("Part 1, line 1 shows 'sourceIp', which is withheld");
        assertThat(flaw(terms(11), hidden, 1, source))
                .startsWith("A selector is about addresses, but these are withheld");
        assertThat(flaw(terms(7), part(carol), 1, new Manifest.Applied(SelectorRole.SOURCE, "nowhere", null)))
                .isEqualTo("Selector 0 is about addresses, but names no network");
        assertThat(flaw(terms(7), part(carol), 1, new Manifest.Applied(SelectorRole.SOURCE, "192.0.3.0/24", null)))
                .isEqualTo("Part 1, line 1 matches no selector");
    }

    @Test
    void whatThePolicyLeavesOutIsACap() {
        Manifest capped = manifest(parts, Disclosure.WHOLE.terms(), List.of(outcome(0, 3, 4)), ASKED);
        assertThat(capped.outcomes().get(0).outcome()).isEqualTo(Manifest.Outcome.CAPPED);
        assertThat(flaw(seal(parts, capped.toBytes()))).isEqualTo("none");
        for (long total : new long[] {0, 3, 5}) {
            String text = new String(capped.toBytes(), StandardCharsets.UTF_8)
                    .replace("\"capped\" : 4,\n    \"unreadable\"", "\"capped\" : " + total + ",\n    \"unreadable\"");
            assertThat(flaw(seal(parts, text.getBytes(StandardCharsets.UTF_8))))
                    .isEqualTo("The lookups left out by the policy do not add up");
        }
        String found = new String(capped.toBytes(), StandardCharsets.UTF_8).replace("CAPPED", "FOUND");
        assertThat(flaw(seal(parts, found.getBytes(StandardCharsets.UTF_8))))
                .isEqualTo("The outcome of selector 0 is not what its lookups show");
    }

    /** Sealed, with true digests, and yet not what a lookup's line is. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"queried\":\"[^\"]*\"  | \"queried\":[1]       | has a list where a value belongs",
                "\"queried\":\"[^\"]*\"  | \"queried\":{}        | has more in 'queried' than a value",
                "\"offset\":1           | \"offset\":{}         | is nested too deep",
                "\"offset\":1           | \"ofset\":1           | does not say where it was published",
                "\"status\"             | \"state\"             | does not have the fields of a location",
                "\"trigger\"            | \"queried\"           | is not JSON",
                "\"eventId\":\"[^\"]*\"  | \"eventId\":7         | has no text in 'eventId'",
                "12:00:00.000Z          | 12:00:00Z             | does not spell its instant as instants are spelt",
                "2026-03-01T            | 2026-99-01T           | does not say when",
                "\"geo\"                | \"note\":1,\"geo\"      | does not have the fields of a lookup, in their order",
                "^.*$                   | []                    | lacks 'occurredAt'",
                "^.*$                   | 7                     | lacks 'occurredAt'",
                "^.*$                   | {} {}                 | is not JSON",
            })
    void oddLinesAreNoticed(String part, String replacement, String flaw) {
        String line = new String(part(lookup(1, 0, ALICE)), StandardCharsets.UTF_8).strip();
        byte[] odd = (line.replaceFirst(part, replacement) + "\n").getBytes(StandardCharsets.UTF_8);
        assertThat(flaw(Disclosure.WHOLE.terms(), odd, 1, ASKED)).isEqualTo("Part 1, line 1 " + flaw);
    }

    @Test
    void whatFollowsTheLastLineIsNoticed() {
        byte[] line = part(lookup(1, 0, ALICE));
        byte[] rest = Arrays.copyOf(line, line.length + 1);
        rest[line.length] = ' ';
        List<byte[]> one = List.of(rest);
        Manifest manifest = manifest(List.of(line), 1);
        String text = new String(manifest.toBytes(), StandardCharsets.UTF_8)
                .replace("\"bytes\" : " + line.length, "\"bytes\" : " + rest.length)
                .replace(Sha256.hex(line), Sha256.hex(rest));
        assertThat(flaw(seal(one, text.getBytes(StandardCharsets.UTF_8))))
                .isEqualTo("Part 1 does not end with a line feed");
    }

    @Test
    void everySelectorHasOneOutcome() {
        Manifest.Disclosed all = Disclosure.WHOLE.terms();
        for (List<Manifest.SelectorOutcome> outcomes :
                List.of(List.<Manifest.SelectorOutcome>of(), List.of(outcome(0, 3, 0), outcome(1, 3, 0)))) {
            assertThat(flaw(seal(parts, manifest(parts, all, outcomes, ASKED).toBytes())))
                    .isEqualTo("There is not one outcome for each selector");
        }
    }

    @Test
    void aPartThatNoMessageCanCarryIsNotRead() {
        String manifest = new String(manifest(parts, 3).toBytes(), StandardCharsets.UTF_8);
        for (String bytes : List.of("9999999999", "-1")) {
            byte[] untrue = manifest.replaceFirst("\"bytes\" : [0-9]+", "\"bytes\" : " + bytes)
                    .getBytes(StandardCharsets.UTF_8);
            assertThat(flaw(seal(parts, untrue))).isEqualTo("Part 1 has a length that no part has");
        }
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
