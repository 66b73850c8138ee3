package dev.lookback.casework;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.casework.AuditVerifier.Flaw;
import dev.lookback.casework.AuditVerifier.Kept;
import dev.lookback.casework.AuditVerifier.KeptHead;
import dev.lookback.casework.AuditVerifier.Terms;
import dev.lookback.casework.AuditVerifier.Verdict;
import dev.lookback.seal.Instants;
import dev.lookback.seal.KeyFiles;
import dev.lookback.v1.AuditEntry;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link AuditLog} writes, {@link AuditVerifier} verifies; whatever is done to a chain in between is noticed. */
class AuditVerifierTest {
    private static final int CHAIN = 3;
    private static final long START = Instant.parse("2026-03-01T00:00:00Z").toEpochMilli();
    private static final long MINUTE_MS = Duration.ofMinutes(1).toMillis();
    private static final Duration INTERVAL = Duration.ofMinutes(10);
    private static final KeyPair KEY = keyPair();
    private static final KeyPair OTHER = keyPair();
    private static final Terms SIGNED = new Terms(List.of(KEY.getPublic()), null, null);

    @TempDir
    private static Path directory;

    private static KeyPair keyPair() {
        try {
            return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** A chain as casework writes it. */
    private static final class Chain {
        private final KeyValueStore<String, byte[]> store = store();
        private final KeyPair key;
        private final List<AuditEntry> entries = new ArrayList<>();
        private long at = START;

        Chain(KeyPair key) {
            this.key = key;
        }

        /** Writes an entry a minute, and asks for a checkpoint after each. */
        Chain write(int count) {
            return write(count, "as it was");
        }

        Chain write(int count, String what) {
            for (int i = 0; i < count; i++) {
                log().append("", "lookback", "SEARCH", AuditDetail.of("what", what, "number", i), at);
                entries.add(entry(what, i));
                AuditEntry checkpoint = log().checkpoint(at);
                if (checkpoint != null) {
                    entries.add(checkpoint);
                }
                at += MINUTE_MS;
            }
            return this;
        }

        private AuditEntry entry(String what, int i) {
            AuditChain.Head head =
                    entries.isEmpty() ? AuditChain.Head.START : AuditChain.Head.after(entries.get(entries.size() - 1));
            return AuditChain.next(
                    head, CHAIN, at, "", "lookback", "SEARCH", AuditDetail.of("what", what, "number", i));
        }

        /** Anew each time, as after a restart: what counts is in the store. */
        private AuditLog log() {
            return new AuditLog(store, CHAIN, INTERVAL, key);
        }
    }

    private static KeyValueStore<String, byte[]> store() {
        Properties config = new Properties();
        config.put("application.id", "test");
        config.put("bootstrap.servers", "none:9092");
        MockProcessorContext<Void, Void> context =
                new MockProcessorContext<>(config, new TaskId(0, CHAIN), directory.toFile());
        KeyValueStore<String, byte[]> store = Stores.keyValueStoreBuilder(
                        Stores.inMemoryKeyValueStore("audit-chain"), Serdes.String(), Serdes.ByteArray())
                .withCachingDisabled()
                .withLoggingDisabled()
                .build();
        store.init(context.getStateStoreContext(), store);
        return store;
    }

    private static Verdict verify(List<AuditEntry> entries, Terms terms, SignedHead... heads) {
        AuditVerifier verifier = new AuditVerifier(CHAIN, terms, List.of(heads));
        entries.forEach(verifier::add);
        return verifier.verdict();
    }

    private static @Nullable Flaw flaw(List<AuditEntry> entries, SignedHead... heads) {
        return verify(entries, SIGNED, heads).flaw();
    }

    private static List<Integer> checkpoints(List<AuditEntry> entries) {
        List<Integer> found = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            if (entries.get(i).getAction().equals(SignedHead.ACTION)) {
                found.add(i);
            }
        }
        return found;
    }

    private static AuditEntry with(AuditEntry entry, UnaryOperator<AuditEntry.Builder> change) {
        return change.apply(AuditEntry.newBuilder(entry)).build();
    }

    private static List<AuditEntry> with(
            List<AuditEntry> entries, int index, UnaryOperator<AuditEntry.Builder> change) {
        List<AuditEntry> changed = new ArrayList<>(entries);
        changed.set(index, with(entries.get(index), change));
        return changed;
    }

    /** Numbers and links as they should be: what whoever can write to the topic can always do. */
    private static List<AuditEntry> linked(List<AuditEntry> entries) {
        AuditEntry first = entries.get(0);
        return linked(
                entries,
                new AuditChain.Head(
                        first.getSequence() - 1, first.getPreviousSha256().bytes()));
    }

    private static List<AuditEntry> linked(List<AuditEntry> entries, AuditChain.Head start) {
        List<AuditEntry> linked = new ArrayList<>();
        AuditChain.Head head = start;
        for (AuditEntry each : entries) {
            AuditEntry next = AuditChain.next(
                    head,
                    CHAIN,
                    each.getAt().toEpochMilli(),
                    each.getRequestId(),
                    each.getOfficer(),
                    each.getAction(),
                    each.getDetail());
            linked.add(next);
            head = AuditChain.Head.after(next);
        }
        return linked;
    }

    // ---- writing

    @Test
    void checkpointComesWithTheFirstEntryAndThenOnceAnInterval() {
        List<AuditEntry> entries = new Chain(KEY).write(25).entries;

        assertThat(checkpoints(entries)).containsExactly(1, 12, 23);
        assertThat(entries.get(12).getAt()).isEqualTo(Instant.ofEpochMilli(START + 10 * MINUTE_MS));
        assertThat(AuditChain.verify(entries)).isNull();
    }

    @Test
    void noCheckpointWhereNothingHasBeenWritten() {
        Chain chain = new Chain(KEY);
        assertThat(chain.log().checkpoint(START)).isNull();
        chain.write(1);
        assertThat(chain.entries).hasSize(2);
        assertThat(chain.log().checkpoint(START + INTERVAL.toMillis())).isNull();
        chain.log().append("", "lookback", "SEARCH", "", START + 1);
        assertThat(chain.log().checkpoint(START + INTERVAL.toMillis() - 1)).isNull();
        assertThat(chain.log().checkpoint(START + INTERVAL.toMillis())).isNotNull();
        assertThat(chain.log().checkpoint(START + 2 * INTERVAL.toMillis())).isNull();
    }

    @Test
    void clockThatWasAheadDoesNotStopCheckpoints() {
        Chain chain = new Chain(KEY);
        chain.log().append("", "lookback", "SEARCH", "", START);
        assertThat(chain.log().checkpoint(START + Duration.ofDays(9000).toMillis()))
                .isNotNull();
        chain.log().append("", "lookback", "SEARCH", "", START);
        assertThat(chain.log().checkpoint(START)).isNotNull();
        chain.log().append("", "lookback", "SEARCH", "", START);
        assertThat(chain.log().checkpoint(START + 1)).isNull();
    }

    @Test
    void writesTheSameAgain() {
        assertThat(new Chain(KEY).write(25).entries).isEqualTo(new Chain(KEY).write(25).entries);
    }

    @Test
    void anyoneCanCheckTheSignature() {
        AuditEntry checkpoint = new Chain(KEY).write(1).entries.get(1);
        SignedHead head = SignedHead.of(checkpoint);

        assertThat(head.text())
                .isEqualTo("lookback audit head\nchain=3\nsequence=1\nsha256=" + head.sha256()
                        + "\nat=2026-03-01T00:00:00.000Z\nkey=" + KeyFiles.keyId(KEY.getPublic()) + "\n");
        assertThat(head.verifies(KEY.getPublic())).isTrue();
        assertThat(head.verifies(OTHER.getPublic())).isFalse();
    }

    // ---- sound chains

    @Test
    void soundChainIsProvenUpToItsLastCheckpoint() {
        Verdict verdict = verify(new Chain(KEY).write(25).entries, SIGNED);

        assertThat(verdict.flaw()).isNull();
        assertThat(verdict.doubt()).isNull();
        assertThat(verdict.entries()).isEqualTo(28);
        assertThat(verdict.first()).isEqualTo(1);
        assertThat(verdict.last()).isEqualTo(28);
        assertThat(verdict.checkpoints()).isEqualTo(3);
        assertThat(Objects.requireNonNull(verdict.signed()).sequence()).isEqualTo(23);
        assertThat(verdict.unsigned()).isEqualTo(4);
    }

    @Test
    void withoutAKeyNothingIsProven() {
        Verdict verdict = verify(new Chain(KEY).write(25).entries, Terms.LINKS);

        assertThat(verdict.flaw()).isNull();
        assertThat(verdict.signed()).isNull();
        assertThat(verdict.checkpoints()).isZero();
    }

    @Test
    void chainWhoseBeginningHasAgedOutIsSound() {
        List<AuditEntry> entries = new Chain(KEY).write(25).entries;
        for (int gone = 1; gone < entries.size(); gone++) {
            Verdict verdict = verify(entries.subList(gone, entries.size()), SIGNED);

            assertThat(verdict.flaw()).as("without the first %d", gone).isNull();
            assertThat(verdict.first()).isEqualTo(gone + 1);
            assertThat(verdict.entries()).isEqualTo(28 - gone);
        }
    }

    @Test
    void whatLiesBeforeTheFirstSurvivingCheckpointIsProvenToo() {
        List<AuditEntry> surviving = new Chain(KEY).write(25).entries.subList(4, 28);
        assertThat(checkpoints(surviving).get(0)).isEqualTo(8);
        for (int i = 0; i < 8; i++) {
            List<AuditEntry> altered = linked(with(surviving, i, entry -> entry.setDetail("what=else")));
            assertThat(flaw(altered))
                    .as("entry %d", i)
                    .isEqualTo(
                            new Flaw(CHAIN, 13, "is a checkpoint that signs something else than the entry before it"));
        }
    }

    @Test
    void emptyChainIsSound() {
        assertThat(verify(List.of(), SIGNED).flaw()).isNull();
    }

    @Test
    void checkpointsOfSeveralKeysAreSoundUnderAllOfThem() {
        Chain chain = new Chain(KEY).write(5);
        AuditLog renewed = new AuditLog(chain.store, CHAIN, INTERVAL, OTHER);
        chain.entries.add(Objects.requireNonNull(
                renewed.checkpoint(START + Duration.ofHours(1).toMillis())));

        assertThat(verify(chain.entries, new Terms(List.of(OTHER.getPublic(), KEY.getPublic()), null, null))
                        .flaw())
                .isNull();
        assertThat(flaw(chain.entries))
                .isEqualTo(new Flaw(
                        CHAIN,
                        7,
                        "is a checkpoint that is signed with another key than those given (key id "
                                + KeyFiles.keyId(OTHER.getPublic()) + ")"));
    }

    // ---- sabotage

    @Test
    void droppedEntryIsNoticed() {
        List<AuditEntry> entries = new Chain(KEY).write(25).entries;
        for (int i = 1; i < entries.size() - 1; i++) {
            List<AuditEntry> without = new ArrayList<>(entries);
            without.remove(i);
            assertThat(flaw(without)).isEqualTo(new Flaw(CHAIN, i + 2, "follows entry " + i));
        }
    }

    @Test
    void droppedEntryIsNoticedBeforeACheckpointHoweverTheRestIsLinked() {
        List<AuditEntry> entries = new Chain(KEY).write(25).entries;
        for (int i = 0; i < 23; i++) {
            List<AuditEntry> without = new ArrayList<>(entries);
            without.remove(i);
            assertThat(flaw(linked(without, AuditChain.Head.START)))
                    .as("without entry %d", i + 1)
                    .isNotNull();
        }
    }

    @Test
    void swappedEntriesAreNoticed() {
        List<AuditEntry> entries = new Chain(KEY).write(25).entries;
        for (int i = 0; i < entries.size() - 1; i++) {
            List<AuditEntry> swapped = new ArrayList<>(entries);
            swapped.set(i, entries.get(i + 1));
            swapped.set(i + 1, entries.get(i));
            assertThat(flaw(swapped)).as("entry %d", i + 1).isNotNull();
        }
        assertThat(flaw(linked(swap(entries, 4, 5)))).as("relinked").isNotNull();
    }

    private static List<AuditEntry> swap(List<AuditEntry> entries, int a, int b) {
        List<AuditEntry> swapped = new ArrayList<>(entries);
        swapped.set(a, entries.get(b));
        swapped.set(b, entries.get(a));
        return swapped;
    }

    @Test
    void alteredEntryIsNoticed() {
        List<UnaryOperator<AuditEntry.Builder>> changes = List.of(
                entry -> entry.setDetail("what=else"),
                entry -> entry.setAction("FETCHED"),
                entry -> entry.setOfficer("j.doe"),
                entry -> entry.setRequestId("6f1f3a52-7f5e-4c43-9d0e-3f0d6c1b2a10"),
                entry -> entry.setAt(Instant.EPOCH));
        List<AuditEntry> entries = new Chain(KEY).write(25).entries;
        for (UnaryOperator<AuditEntry.Builder> change : changes) {
            for (int i = 0; i < entries.size() - 1; i++) {
                boolean checkpoint = entries.get(i).getAction().equals(SignedHead.ACTION);
                Flaw flaw = flaw(with(entries, i, change));
                assertThat(flaw).as("entry %d", i + 1).isNotNull();
                if (!checkpoint) {
                    assertThat(flaw).isEqualTo(new Flaw(CHAIN, i + 2, "does not follow from the entry before it"));
                }
            }
            for (int i = 0; i < 23; i++) {
                assertThat(flaw(linked(with(entries, i, change))))
                        .as("entry %d, relinked", i + 1)
                        .isNotNull();
            }
        }
    }

    @Test
    void insertedEntryIsNoticed() {
        List<AuditEntry> entries = new Chain(KEY).write(25).entries;
        for (int i = 0; i < 23; i++) {
            List<AuditEntry> more = new ArrayList<>(entries);
            more.add(i, entries.get(0));
            assertThat(flaw(more)).as("before entry %d", i + 1).isNotNull();
            assertThat(flaw(linked(more)))
                    .as("before entry %d, relinked", i + 1)
                    .isNotNull();
        }
    }

    @Test
    void entryOfAnotherChainAndOneThatCannotBeReadAreNoticed() {
        List<AuditEntry> entries = new Chain(KEY).write(5).entries;
        assertThat(flaw(with(entries, 5, entry -> entry.setPartition(2))))
                .isEqualTo(new Flaw(CHAIN, 6, "belongs to chain 2"));
        AuditVerifier verifier = new AuditVerifier(CHAIN, SIGNED, List.of());
        entries.forEach(verifier::add);
        verifier.addUnreadable();
        assertThat(verifier.verdict().flaw()).isEqualTo(new Flaw(CHAIN, 7, "cannot be read"));
    }

    @Test
    void rewrittenTailIsNoticedOnlyByTheNextEntry() {
        Chain chain = new Chain(KEY).write(25);
        List<AuditEntry> before = List.copyOf(chain.entries);
        List<AuditEntry> rewritten = linked(with(before, 26, entry -> entry.setDetail("what=else")));
        assertThat(flaw(rewritten)).as("the limit").isNull();

        List<AuditEntry> goneOn = new ArrayList<>(rewritten);
        goneOn.addAll(chain.write(1).entries.subList(28, 29));
        assertThat(flaw(goneOn)).isEqualTo(new Flaw(CHAIN, 29, "does not follow from the entry before it"));
    }

    @Test
    void replacedCheckpointIsNoticed() {
        List<AuditEntry> entries = new Chain(KEY).write(25).entries;
        SignedHead genuine = SignedHead.of(entries.get(12));
        SignedHead byAnother = SignedHead.sign(
                new AuditChain.Head(12, HexFormat.of().parseHex(genuine.sha256())),
                CHAIN,
                START + 10 * MINUTE_MS,
                OTHER);
        SignedHead underItsName =
                new SignedHead(CHAIN, 12, genuine.sha256(), genuine.at(), genuine.keyId(), byAnother.signature());
        SignedHead later = new SignedHead(
                CHAIN,
                12,
                genuine.sha256(),
                Instants.format(START + 11 * MINUTE_MS),
                genuine.keyId(),
                genuine.signature());

        assertThat(flaw(relinkedWith(entries, entry -> entry.setDetail(byAnother.detail()))))
                .isEqualTo(new Flaw(
                        CHAIN,
                        13,
                        "is a checkpoint that is signed with another key than those given (key id "
                                + KeyFiles.keyId(OTHER.getPublic()) + ")"));
        assertThat(flaw(relinkedWith(entries, entry -> entry.setDetail(underItsName.detail()))))
                .isEqualTo(new Flaw(CHAIN, 13, "is a checkpoint that bears a signature that is not that of its key"));
        assertThat(flaw(relinkedWith(
                        entries,
                        entry -> entry.setDetail(later.detail()).setAt(Instant.ofEpochMilli(START + 11 * MINUTE_MS)))))
                .isEqualTo(new Flaw(CHAIN, 13, "is a checkpoint that bears a signature that is not that of its key"));
        for (String detail : List.of("", "chain=3", "garbage", genuine.detail().replace("sequence=12", "sequence=x"))) {
            assertThat(flaw(relinkedWith(entries, entry -> entry.setDetail(detail))))
                    .isEqualTo(new Flaw(CHAIN, 13, "is a checkpoint that holds no signed head"));
        }
        for (String detail : List.of(
                genuine.detail() + " more=1", SignedHead.of(entries.get(1)).detail())) {
            assertThat(flaw(relinkedWith(entries, entry -> entry.setDetail(detail))))
                    .isEqualTo(
                            new Flaw(CHAIN, 13, "is a checkpoint that signs something else than the entry before it"));
        }
        assertThat(flaw(relinkedWith(entries, entry -> entry.setAction("SEARCH"))))
                .as("the next one notices")
                .isEqualTo(new Flaw(CHAIN, 24, "is a checkpoint that signs something else than the entry before it"));
    }

    private static List<AuditEntry> relinkedWith(
            List<AuditEntry> entries, UnaryOperator<AuditEntry.Builder> changeOfSecondCheckpoint) {
        return linked(with(entries, 12, changeOfSecondCheckpoint));
    }

    @Test
    void chainThatHasNotBeenSignedForLongIsNoticed() {
        List<AuditEntry> entries = new Chain(KEY).write(25).entries; // the last checkpoint is of minute 20
        Terms due = new Terms(List.of(KEY.getPublic()), Instant.ofEpochMilli(START + 21 * MINUTE_MS), null);
        Terms overdue = new Terms(List.of(KEY.getPublic()), Instant.ofEpochMilli(START + 21 * MINUTE_MS + 1), null);

        assertThat(Objects.requireNonNull(verify(entries, due).signed()).sequence())
                .isEqualTo(23);
        assertThat(verify(entries, due).flaw()).isNull();
        assertThat(verify(entries, overdue).flaw())
                .isEqualTo(new Flaw(CHAIN, 25, "and what follows it is not signed, though that was due"));
        List<AuditEntry> without = new ArrayList<>(entries);
        without.removeIf(entry -> entry.getAction().equals(SignedHead.ACTION));
        assertThat(verify(linked(without), overdue).flaw())
                .isEqualTo(new Flaw(CHAIN, 1, "and what follows it is not signed, though that was due"));
    }

    // ---- heads kept elsewhere

    @Test
    void keptHeadIsHeldByAChainThatHasGrown() {
        List<AuditEntry> entries = new Chain(KEY).write(25).entries;
        SignedHead kept = SignedHead.of(entries.get(12));
        SignedHead ofAnotherChain = new SignedHead(1, 99, kept.sha256(), kept.at(), kept.keyId(), "");

        assertThat(verify(entries, SIGNED, kept, ofAnotherChain).heads())
                .containsExactly(new KeptHead(12, kept.at(), Kept.HELD));
        assertThat(verify(entries.subList(12, 28), SIGNED, kept).heads())
                .as("the entry itself is gone, the link to it is there")
                .containsExactly(new KeptHead(12, kept.at(), Kept.HELD));
        Verdict agedOut = verify(entries.subList(13, 28), SIGNED, kept);
        assertThat(agedOut.heads()).containsExactly(new KeptHead(12, kept.at(), Kept.AGED_OUT));
        assertThat(agedOut.flaw()).isNull();
    }

    @Test
    void chainThatWasCutShortIsNoticed() {
        List<AuditEntry> entries = new Chain(KEY).write(25).entries;
        SignedHead kept = SignedHead.of(entries.get(23));
        for (int length = 1; length < 23; length++) {
            assertThat(flaw(entries.subList(0, length))).as("the limit").isNull();
            assertThat(flaw(entries.subList(0, length), kept))
                    .isEqualTo(new Flaw(
                            CHAIN,
                            length,
                            "is the last, but the head of " + kept.at()
                                    + ", which was kept elsewhere, names entry 23: the chain has been cut short"));
        }
        assertThat(Objects.requireNonNull(flaw(List.of(), kept)).sequence()).isZero();
        assertThat(flaw(entries.subList(0, 23), kept)).isNull();
    }

    @Test
    void chainThatWasRewrittenEvenByTheSealingKeyIsNoticed() {
        SignedHead kept = SignedHead.of(new Chain(KEY).write(25).entries.get(12));
        List<AuditEntry> rewritten = new Chain(KEY).write(25, "as one would like it").entries;

        assertThat(flaw(rewritten)).as("the limit").isNull();
        String what = "is not the entry that the head of " + kept.at()
                + " names, which was kept elsewhere: the chain has been rewritten";
        assertThat(flaw(rewritten, kept)).isEqualTo(new Flaw(CHAIN, 12, what));
        assertThat(flaw(rewritten.subList(12, 28), kept)).isEqualTo(new Flaw(CHAIN, 12, what));
    }

    @Test
    void keptHeadMustBeSignedItself() {
        List<AuditEntry> entries = new Chain(KEY).write(25).entries;
        SignedHead kept = SignedHead.of(entries.get(12));
        SignedHead forged = new SignedHead(
                CHAIN, 11, SignedHead.of(entries.get(1)).sha256(), kept.at(), kept.keyId(), kept.signature());
        SignedHead garbled = new SignedHead(CHAIN, 12, "?", kept.at(), kept.keyId(), kept.signature());
        SignedHead undated = new SignedHead(CHAIN, 12, kept.sha256(), "today", kept.keyId(), kept.signature());

        assertThat(Objects.requireNonNull(flaw(entries, forged)).what()).contains("not that of its key");
        assertThat(Objects.requireNonNull(flaw(entries, garbled)).what()).contains("no valid form");
        assertThat(Objects.requireNonNull(flaw(entries, undated)).what()).contains("no valid form");
    }

    @Test
    void beginningThatCannotHaveAgedOutIsMissed() {
        List<AuditEntry> entries = new Chain(KEY).write(25).entries;
        SignedHead kept = SignedHead.of(entries.get(12));
        Instant at = Instant.parse(kept.at());
        Terms keptSince = new Terms(List.of(KEY.getPublic()), null, at);
        Terms keptSinceLater = new Terms(List.of(KEY.getPublic()), null, at.plusMillis(1));
        List<AuditEntry> rest = entries.subList(13, 28);

        assertThat(verify(rest, keptSinceLater, kept).flaw()).isNull();
        assertThat(verify(rest, keptSince, kept).flaw()).isNull();
        assertThat(Objects.requireNonNull(
                                verify(rest, new Terms(List.of(KEY.getPublic()), null, at.minusMillis(1)), kept)
                                        .flaw())
                        .toString())
                .startsWith("Chain 3, entry 14: is the first, but the head of ")
                .endsWith("which cannot have aged out yet: the chain's beginning has been removed");
        assertThat(verify(rest, keptSince).doubt())
                .as("without a head, a doubt")
                .startsWith("begins with entry 14");
        assertThat(verify(List.of(), keptSinceLater, kept).heads())
                .as("all has aged out")
                .containsExactly(new KeptHead(12, kept.at(), Kept.AGED_OUT));
    }
}
