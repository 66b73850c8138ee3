package dev.lookback.casework;

import dev.lookback.handle.Tokens;
import dev.lookback.ledger.LedgerValue;
import dev.lookback.ledger.PreservedKey;
import dev.lookback.seal.Disclosure;
import dev.lookback.seal.Instants;
import dev.lookback.seal.KeyFiles;
import dev.lookback.seal.LookupLine;
import dev.lookback.seal.Manifest;
import dev.lookback.seal.MerkleTree;
import dev.lookback.seal.Selector;
import dev.lookback.seal.Sha256;
import dev.lookback.topics.Topic;
import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.ExtractManifest;
import dev.lookback.v1.ExtractPart;
import dev.lookback.v1.LegalRequestStatus;
import dev.lookback.v1.SelectorRole;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
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
    private static final String PSEUDONYM = "P-";

    private final int partBytes;
    private final KeyPair key;
    private final Tokens tokens;
    private final String software;
    private final Topic<byte[], EnrichedLookup> copiesTopic;
    private final List<String> statement;

    /**
     * A sealer.
     *
     * @param partBytes a part ends with the line that reaches this size
     * @param key Ed25519
     * @param tokens what pseudonyms are made with
     * @param software name and version, for the manifest
     * @param copiesTopic how copies are read
     */
    Sealer(int partBytes, KeyPair key, Tokens tokens, String software, Topic<byte[], EnrichedLookup> copiesTopic) {
        this.partBytes = partBytes;
        this.key = key;
        this.tokens = tokens;
        this.software = software;
        this.copiesTopic = copiesTopic;
        this.statement = statement();
    }

    static CaseFile.Sealing start(CaseFile.Request request, long now) {
        CaseFile.Sealing sealing = new CaseFile.Sealing();
        sealing.sealedAt = now;
        sealing.matched = new long[request.selectors().size()];
        sealing.capped = new long[request.selectors().size()];
        return sealing;
    }

    /** The next part of a case's extract; null when there are no more copies. Moves the case's sealing on. */
    @Nullable
    ExtractPart nextPart(CaseFile file, CaseFile.Request request, CaseFile.Sealing sealing, PreservedCopies copies) {
        Disclosure disclosure = disclosure(file.requestId, request);
        MerkleTree tree = new MerkleTree(sealing.treeSize, sealing.tree);
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int lookups = 0;
        try (KeyValueIterator<Bytes, byte[]> iterator = copies.of(file.requestId, sealing.upTo)) {
            while (lines.size() < partBytes && iterator.hasNext()) {
                KeyValue<Bytes, byte[]> copy = iterator.next();
                sealing.upTo = copy.key.get();
                EnrichedLookup lookup = read(sealing.upTo, copy.value);
                if (lookup == null) {
                    sealing.unreadable++;
                } else if (admit(lookup, request, disclosure, sealing)) {
                    line.reset();
                    LookupLine.append(lookup, disclosure, line);
                    tree.add(line.toByteArray(), line.size() - 1); // without its line feed
                    lines.writeBytes(line.toByteArray());
                    lookups++;
                }
            }
        }
        sealing.treeSize = tree.size();
        sealing.tree = tree.subtrees();
        if (lookups == 0) {
            return null;
        }
        byte[] records = lines.toByteArray();
        String sha256 = Sha256.hex(records);
        int number = sealing.parts.size() + 1;
        sealing.parts.add(new Manifest.PartDigest(number, lookups, records.length, sha256));
        return new ExtractPart(file.requestId.toString(), number, lookups, ByteBuffer.wrap(records), sha256);
    }

    private @Nullable EnrichedLookup read(byte[] key, byte[] value) {
        try {
            EnrichedLookup lookup = copiesTopic.value().deserializer().deserialize(copiesTopic.name(), value);
            return LedgerValue.complete(lookup, PreservedKey.eventId(key));
        } catch (SerializationException e) {
            return null;
        }
    }

    private Disclosure disclosure(UUID requestId, CaseFile.Request request) {
        Set<String> named = request.selectors().stream()
                .filter(selector -> selector.role() == SelectorRole.REQUESTER || selector.role() == SelectorRole.EITHER)
                .map(Selector::handle)
                .collect(Collectors.toSet());
        boolean addresses = request.selectors().stream().anyMatch(selector -> selector.role() == SelectorRole.SOURCE);
        return new Disclosure(
                request.disclosed(),
                named,
                addresses,
                requester -> PSEUDONYM + Tokens.format(tokens.token(requestId + "/" + requester)));
    }

    /**
     * Whether a copy is disclosed. The vault has asked before whether it is in scope, but nothing out of scope may get
     * out; and of what exposes bystanders, no more than the policy allows.
     */
    private static boolean admit(
            EnrichedLookup lookup, CaseFile.Request request, Disclosure disclosure, CaseFile.Sealing sealing) {
        List<Integer> matching = new ArrayList<>();
        String requester = lookup.getRequesterNormalised();
        if (request.inWindow(lookup.getEvent().getOccurredAt().toEpochMilli())) {
            for (int i = 0; i < sealing.matched.length; i++) {
                Selector selector = request.selectors().get(i);
                if (selector.matches(
                        requester,
                        lookup.getQueriedNormalised(),
                        lookup.getEvent().getSourceIp())) {
                    matching.add(i);
                }
            }
        }
        if (matching.isEmpty()) {
            sealing.excluded++;
            return false;
        }
        boolean named = disclosure.named().contains(requester);
        boolean admitted = named || matching.stream().anyMatch(i -> isBelowCap(i, request, sealing));
        long[] counts = admitted ? sealing.matched : sealing.capped;
        matching.forEach(i -> counts[i]++);
        if (!admitted) {
            sealing.cappedTotal++;
        } else if (request.disclosed().location() && lookup.getGeoDatabase() != null) {
            sealing.geoDatabases.add(lookup.getGeoDatabase());
        }
        return admitted;
    }

    private static boolean isBelowCap(int selector, CaseFile.Request request, CaseFile.Sealing sealing) {
        Long cap = request.caps().get(selector);
        return cap == null || sealing.matched[selector] < cap;
    }

    /**
     * The signed manifest, once all parts have been made.
     *
     * @param before of a standing order that continues another: where that stands
     */
    ExtractManifest manifest(
            CaseFile file, CaseFile.Request request, CaseFile.Sealing sealing, @Nullable LegalRequestStatus before) {
        String keyId = KeyFiles.keyId(key.getPublic());
        byte[] manifest = describe(file, request, sealing, before, keyId).toBytes();
        return new ExtractManifest(
                file.requestId.toString(),
                ByteBuffer.wrap(manifest),
                ByteBuffer.wrap(KeyFiles.sign(manifest, key.getPrivate())),
                keyId);
    }

    private Manifest describe(
            CaseFile file,
            CaseFile.Request request,
            CaseFile.Sealing sealing,
            @Nullable LegalRequestStatus before,
            String keyId) {
        CaseFile.Search search = file.search;
        boolean isStanding = file.kind() == CaseRules.Kind.STANDING;
        long completeUntil = isStanding ? search.roundAt : file.receivedAt;
        List<Manifest.SelectorOutcome> outcomes = new ArrayList<>();
        for (int i = 0; i < sealing.matched.length; i++) {
            outcomes.add(Manifest.SelectorOutcome.of(
                    i,
                    sealing.matched[i],
                    sealing.capped[i],
                    search.overtaken.contains(i),
                    request.from(),
                    request.to(),
                    search.horizon(i),
                    completeUntil));
        }
        return new Manifest(
                Manifest.VERSION,
                file.requestId.toString(),
                request.instrument(),
                new Manifest.Scope(
                        request.served(),
                        request.selectors().stream()
                                .map(selector -> new Manifest.Applied(
                                        selector.role(), selector.handle(), SubmitForm.kind(selector)))
                                .toList(),
                        window(request.servedFrom(), request.servedTo()),
                        window(request.from(), request.to()),
                        request.narrowings()),
                request.disclosed(),
                outcomes,
                sealing.parts,
                totals(sealing),
                HexFormat.of().formatHex(new MerkleTree(sealing.treeSize, sealing.tree).root()),
                new Manifest.Positions(search.cut, search.read, search.rejected),
                isStanding ? standing(request, search, before) : null,
                List.copyOf(sealing.geoDatabases),
                triggers(),
                new Manifest.Chronology(
                        file.submittedBy,
                        Instants.format(file.receivedAt),
                        file.filedAt == file.receivedAt ? null : Instants.format(file.filedAt),
                        List.copyOf(file.approvals),
                        Instants.format(sealing.sealedAt)),
                request.policy(),
                software,
                keyId,
                statement);
    }

    private static Manifest.Window window(long from, long to) {
        return new Manifest.Window(Instants.format(from), Instants.format(to));
    }

    private static Manifest.Standing standing(
            CaseFile.Request request, CaseFile.Search search, @Nullable LegalRequestStatus before) {
        return new Manifest.Standing(
                search.round + 1,
                Instants.format(search.firstRoundAt),
                Instants.format(search.roundAt),
                List.copyOf(search.gaps),
                before == null ? null : previous(request, before));
    }

    private static Manifest.Previous previous(CaseFile.Request request, LegalRequestStatus before) {
        long end = Objects.requireNonNull(before.getWindowTo()).toEpochMilli();
        Manifest.Relation relation = request.from() == end
                ? Manifest.Relation.CONTINUOUS
                : request.from() > end ? Manifest.Relation.GAP : Manifest.Relation.OVERLAP;
        return new Manifest.Previous(
                before.getRequestId(),
                before.getManifestSha256(),
                window(Objects.requireNonNull(before.getWindowFrom()).toEpochMilli(), end),
                relation);
    }

    private static Manifest.Totals totals(CaseFile.Sealing sealing) {
        return new Manifest.Totals(
                lookups(sealing),
                sealing.parts.size(),
                sealing.parts.stream().mapToLong(Manifest.PartDigest::bytes).sum(),
                sealing.excluded,
                sealing.cappedTotal,
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
