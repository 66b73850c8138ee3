package dev.lookback.casework;

import dev.lookback.handle.Handle;
import dev.lookback.seal.Instants;
import dev.lookback.seal.KeyFiles;
import dev.lookback.seal.LookupLine;
import dev.lookback.seal.Manifest;
import dev.lookback.seal.Selector;
import dev.lookback.seal.Sha256;
import dev.lookback.topics.Topic;
import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.ExtractManifest;
import dev.lookback.v1.ExtractPart;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.jspecify.annotations.Nullable;

/**
 * Makes the pieces of an extract from preserved copies, one at a time: parts, then the manifest. What has been done is
 * in the case file, always between two parts, so that an extract has the same bytes however often its making is
 * interrupted.
 */
final class Sealer {
    private static final String STATEMENT = "statement.txt";

    private final int partBytes;
    private final KeyPair key;
    private final String software;
    private final Topic<byte[], EnrichedLookup> copiesTopic;
    private final List<String> statement;

    /**
     * A sealer.
     *
     * @param partBytes a part ends with the line that reaches this size
     * @param key Ed25519
     * @param software name and version, for the manifest
     * @param copiesTopic how copies are read
     */
    Sealer(int partBytes, KeyPair key, String software, Topic<byte[], EnrichedLookup> copiesTopic) {
        this.partBytes = partBytes;
        this.key = key;
        this.software = software;
        this.copiesTopic = copiesTopic;
        this.statement = statement();
    }

    /** The next part of a case's extract; null when there are no more copies. Moves the case's sealing on. */
    @Nullable
    ExtractPart nextPart(CaseFile file, CaseFile.Request request, CaseFile.Sealing sealing, PreservedCopies copies) {
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        int lookups = 0;
        try (KeyValueIterator<Bytes, byte[]> iterator = copies.of(file.requestId, sealing.upTo)) {
            while (lines.size() < partBytes && iterator.hasNext()) {
                KeyValue<Bytes, byte[]> copy = iterator.next();
                sealing.upTo = copy.key.get();
                EnrichedLookup lookup = read(copy.value);
                if (lookup == null) {
                    sealing.unreadable++;
                } else if (!admit(lookup, request, sealing)) {
                    sealing.excluded++;
                } else {
                    LookupLine.append(lookup, lines);
                    lookups++;
                }
            }
        }
        if (lookups == 0) {
            return null;
        }
        byte[] records = lines.toByteArray();
        String sha256 = Sha256.hex(records);
        int number = sealing.parts.size() + 1;
        sealing.parts.add(new Manifest.PartDigest(number, lookups, records.length, sha256));
        return new ExtractPart(file.requestId.toString(), number, lookups, ByteBuffer.wrap(records), sha256);
    }

    private @Nullable EnrichedLookup read(byte[] value) {
        try {
            return copiesTopic.value().deserializer().deserialize(copiesTopic.name(), value);
        } catch (SerializationException e) {
            return null;
        }
    }

    /** Whether a copy is in scope; the vault has asked before, but nothing out of scope may get out. */
    private static boolean admit(EnrichedLookup lookup, CaseFile.Request request, CaseFile.Sealing sealing) {
        if (!request.inWindow(lookup.getEvent().getOccurredAt().toEpochMilli())) {
            return false;
        }
        boolean inScope = false;
        for (int i = 0; i < sealing.matched.length; i++) {
            Selector selector = request.selectors().get(i);
            if (selector.matches(lookup.getRequesterNormalised(), lookup.getQueriedNormalised())) {
                sealing.matched[i]++;
                inScope = true;
            }
        }
        if (inScope && lookup.getGeoDatabase() != null) {
            sealing.geoDatabases.add(lookup.getGeoDatabase());
        }
        return inScope;
    }

    /** The signed manifest, once all parts have been made. */
    ExtractManifest manifest(CaseFile file, CaseFile.Request request, CaseFile.Sealing sealing) {
        String keyId = KeyFiles.keyId(key.getPublic());
        byte[] manifest = describe(file, request, sealing, keyId).toBytes();
        return new ExtractManifest(
                file.requestId.toString(),
                ByteBuffer.wrap(manifest),
                ByteBuffer.wrap(KeyFiles.sign(manifest, key.getPrivate())),
                keyId);
    }

    private Manifest describe(CaseFile file, CaseFile.Request request, CaseFile.Sealing sealing, String keyId) {
        CaseFile.Search search = file.search;
        List<Manifest.SelectorOutcome> outcomes = new ArrayList<>();
        for (int i = 0; i < sealing.matched.length; i++) {
            outcomes.add(Manifest.SelectorOutcome.of(
                    i,
                    sealing.matched[i],
                    search.overtaken.contains(i),
                    request.from(),
                    request.to(),
                    search.horizon(i),
                    file.receivedAt));
        }
        Command.Instrument instrument = request.instrument();
        return new Manifest(
                Manifest.VERSION,
                file.requestId.toString(),
                new Manifest.Instrument(
                        instrument.type().name(),
                        instrument.reference(),
                        instrument.authority(),
                        instrument.jurisdiction()),
                new Manifest.Scope(
                        request.asks().stream()
                                .map(ask -> new Manifest.Served(ask.role(), ask.handle()))
                                .toList(),
                        request.selectors().stream()
                                .map(selector -> new Manifest.Applied(
                                        selector.role(),
                                        selector.handle(),
                                        Handle.parse(selector.handle()).kind()))
                                .toList(),
                        Instants.format(request.from()),
                        Instants.format(request.to())),
                outcomes,
                sealing.parts,
                totals(sealing),
                new Manifest.Positions(search.cut, search.read, search.rejected),
                List.copyOf(sealing.geoDatabases),
                triggers(),
                new Manifest.Chronology(
                        file.submittedBy,
                        Instants.format(file.receivedAt),
                        Objects.requireNonNull(file.approvedBy, "sealed without approval"),
                        Instants.format(file.approvedAt),
                        Instants.format(sealing.sealedAt)),
                software,
                keyId,
                statement);
    }

    private static Manifest.Totals totals(CaseFile.Sealing sealing) {
        return new Manifest.Totals(
                lookups(sealing),
                sealing.parts.size(),
                sealing.parts.stream().mapToLong(Manifest.PartDigest::bytes).sum(),
                sealing.excluded,
                sealing.unreadable);
    }

    static long lookups(CaseFile.Sealing sealing) {
        return sealing.parts.stream().mapToLong(Manifest.PartDigest::lookups).sum();
    }

    private static Map<String, String> triggers() {
        Map<String, String> meanings = new LinkedHashMap<>();
        meanings.put("USER_ENTRY", "The client reported that someone entered or chose the handle.");
        meanings.put("BACKGROUND_CHECK_IN", "The client asked by itself, after what it had cached ran out.");
        meanings.put("UNKNOWN", "The client did not say what made it ask.");
        return meanings;
    }

    private static List<String> statement() {
        try (InputStream in = Sealer.class.getResourceAsStream(STATEMENT)) {
            return new String(Objects.requireNonNull(in, STATEMENT).readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
