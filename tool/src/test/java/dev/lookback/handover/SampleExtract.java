package dev.lookback.handover;

import dev.lookback.seal.Disclosure;
import dev.lookback.seal.FlawException;
import dev.lookback.seal.Instants;
import dev.lookback.seal.KeyFiles;
import dev.lookback.seal.LookupLine;
import dev.lookback.seal.Manifest;
import dev.lookback.seal.MerkleTree;
import dev.lookback.seal.Sha256;
import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.Geo;
import dev.lookback.v1.GeoStatus;
import dev.lookback.v1.HandleKind;
import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.SelectorRole;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** A made-up extract about one person, sealed: its manifest says what is true of its records. */
public final class SampleExtract {
    static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    static final String ALICE = "+4915112345678";

    /** The key of RFC 8032, test 1: the same in every run, so that a letter's bytes can be compared with those of before. */
    public static final KeyPair KEY = key();

    private static final int PART_BYTES = 1 << 19;
    private static final int HANDLES = 5000;

    private final long lookups;
    private final int partBytes;
    private List<String> handles = List.of("+4915187654321");
    private Manifest.Instrument instrument = new Manifest.Instrument(
            "COURT_ORDER", "example 12/26", "Example District Court", "Example", "2026-03-02", "2026-03-03", null);
    private List<Manifest.Narrowing> narrowings = List.of();
    private Manifest.Disclosed disclosed = Disclosure.WHOLE.terms();

    private SampleExtract(long lookups, int partBytes) {
        this.lookups = lookups;
        this.partBytes = partBytes;
    }

    public static SampleExtract of(long lookups) {
        return new SampleExtract(lookups, PART_BYTES);
    }

    static SampleExtract inSmallParts(long lookups) {
        return new SampleExtract(lookups, 1);
    }

    /** Who is asked about, in turns. */
    SampleExtract about(String... queried) {
        handles = List.of(queried);
        return this;
    }

    SampleExtract under(Manifest.Instrument paper) {
        instrument = paper;
        return this;
    }

    SampleExtract narrowed(Manifest.Narrowing... all) {
        narrowings = List.of(all);
        return this;
    }

    SampleExtract showing(Manifest.Disclosed terms) {
        disclosed = terms;
        return this;
    }

    private static KeyPair key() {
        try {
            KeyFactory factory = KeyFactory.getInstance("Ed25519");
            HexFormat hex = HexFormat.of();
            return new KeyPair(
                    factory.generatePublic(new X509EncodedKeySpec(hex.parseHex("302a300506032b6570032100"
                            + "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"))),
                    factory.generatePrivate(new PKCS8EncodedKeySpec(hex.parseHex("302e020100300506032b657004220420"
                            + "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** Writes a folder, complete. */
    public Manifest write(Path folder) throws IOException, FlawException {
        Files.createDirectories(folder);
        byte[] manifest = writeRecords(folder);
        return HandoverWriter.complete(
                folder, manifest, KeyFiles.sign(manifest, KEY.getPrivate()), KEY.getPublic(), records -> {});
    }

    /** Writes the records alone, and returns the manifest's bytes. */
    byte[] writeRecords(Path folder) throws IOException {
        List<Manifest.PartDigest> parts = new ArrayList<>();
        MerkleTree tree = new MerkleTree();
        long bytes = 0;
        Disclosure disclosure = new Disclosure(disclosed, Set.of(ALICE), false, requester -> "person 1");
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(FolderFile.RECORDS.in(folder)))) {
            ByteArrayOutputStream part = new ByteArrayOutputStream();
            int lines = 0;
            for (long i = 0; i < lookups; i++) {
                ByteArrayOutputStream line = new ByteArrayOutputStream();
                LookupLine.append(lookup(i), disclosure, line);
                tree.add(Arrays.copyOf(line.toByteArray(), line.size() - 1));
                line.writeTo(part);
                lines++;
                if (part.size() >= partBytes || i == lookups - 1) {
                    byte[] all = part.toByteArray();
                    parts.add(new Manifest.PartDigest(parts.size() + 1, lines, all.length, Sha256.hex(all)));
                    bytes += all.length;
                    out.write(all);
                    part.reset();
                    lines = 0;
                }
            }
        }
        return manifest(parts, tree, bytes).toBytes();
    }

    private EnrichedLookup lookup(long number) {
        Instant at = NOON.plusMillis(number);
        String queried = handles.get((int) (number % handles.size()));
        return EnrichedLookup.newBuilder()
                .setEvent(LookupEvent.newBuilder()
                        .setEventId(new UUID(number, 7).toString())
                        .setOccurredAt(at)
                        .setRequester(ALICE)
                        .setQueried(queried)
                        .setSourceIp("192.0.2." + number % 256)
                        .setSourcePort((int) (number % HANDLES))
                        .setDeviceId("device 1")
                        .build())
                .setRequesterNormalised(ALICE)
                .setQueriedNormalised(queried)
                .setQueriedKind(HandleKind.OTHER)
                .setGeoStatus(GeoStatus.FOUND)
                .setGeo(Geo.newBuilder()
                        .setCountry("CL")
                        .setCity("Valparaíso, \"Puerto\"")
                        .setLatitude(-33.05)
                        .setLongitude(-71.6167)
                        .build())
                .setGeoDatabase("Sample 2026-01-01T00:00:00Z")
                .setReceivedAt(at.plusMillis(9))
                .setSourcePartition(1)
                .setSourceOffset(number)
                .build();
    }

    private Manifest manifest(List<Manifest.PartDigest> parts, MerkleTree tree, long bytes) {
        long from = NOON.toEpochMilli();
        long to = NOON.plusSeconds(86_400).toEpochMilli();
        Manifest.Window window = new Manifest.Window(Instants.format(from), Instants.format(to));
        Map<String, String> triggers = new LinkedHashMap<>();
        triggers.put("USER_ENTRY", "The client reported that someone entered or chose the handle.");
        triggers.put("UNKNOWN", "The client did not say what made it ask.");
        return new Manifest(
                Manifest.VERSION,
                new UUID(7, 11).toString(),
                instrument,
                new Manifest.Scope(
                        List.of(new Manifest.Served(SelectorRole.REQUESTER, "0151 12345678", "DE")),
                        List.of(new Manifest.Applied(SelectorRole.REQUESTER, ALICE, HandleKind.PHONE)),
                        window,
                        window,
                        narrowings),
                disclosed,
                List.of(Manifest.SelectorOutcome.of(0, lookups, 0, false, from, to, from - 1, to + 1000)),
                parts,
                new Manifest.Totals(lookups, parts.size(), bytes, 0, 0, 0),
                HexFormat.of().formatHex(tree.root()),
                new Manifest.Positions(List.of(400L, 500L), List.of(400L, 517L), List.of(3L)),
                null,
                List.of("Sample 2026-01-01T00:00:00Z"),
                triggers,
                new Manifest.Chronology(
                        "a.intake",
                        Instants.format(to + 1000),
                        null,
                        List.of(new Manifest.Approval("b.approver", Instants.format(to + 2000))),
                        Instants.format(to + 3000)),
                new Manifest.PolicyInForce("example policy", Sha256.hex(new byte[] {1})),
                "Lookback 0.1.0",
                KeyFiles.keyId(KEY.getPublic()),
                List.of(
                        "Each record shows that, at the stated time, a device or program using the requester's account"
                                + " asked this service whether the queried handle is one that it can reach.",
                        "A lookup does not show that anyone communicated with anyone, before or after it, nor what was"
                                + " said."));
    }
}
