package dev.lookback.tool;

import dev.lookback.app.LookbackApp;
import dev.lookback.casework.Command.Approve;
import dev.lookback.casework.Command.Ask;
import dev.lookback.casework.Command.Instrument;
import dev.lookback.casework.Command.Particulars;
import dev.lookback.casework.Command.Submit;
import dev.lookback.casework.CommandCodec;
import dev.lookback.casework.Reason;
import dev.lookback.config.ClientSettings;
import dev.lookback.config.LookbackConfig;
import dev.lookback.disclosure.InstrumentType;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.local.LocalStack;
import dev.lookback.local.SampleTraffic;
import dev.lookback.local.TrafficPublisher;
import dev.lookback.seal.Extract;
import dev.lookback.seal.ExtractVerifier;
import dev.lookback.seal.ExtractVerifier.Flawed;
import dev.lookback.seal.ExtractVerifier.Sound;
import dev.lookback.seal.Instants;
import dev.lookback.seal.KeyFiles;
import dev.lookback.seal.Manifest;
import dev.lookback.seal.Sha256;
import dev.lookback.topics.Topic;
import dev.lookback.v1.CaseState;
import dev.lookback.v1.ExpiryReceipt;
import dev.lookback.v1.LegalRequestStatus;
import dev.lookback.v1.ReceiptPhase;
import dev.lookback.v1.SelectorRole;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.PublicKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** The demonstration: its steps from top to bottom. Run by one thread; {@link #stop} may come from any. */
final class Demo {
    /** The class that forgets while one watches. Its rule: requesters with a number in North America. */
    private static final String SHORT_CLASS = "short";

    private static final String SHORT_CALLING_CODE = "+1";
    private static final Duration SHORT_DURATION = Duration.ofSeconds(20);
    private static final Duration SHORT_BUCKET = Duration.ofSeconds(2);

    private static final Map<String, String> SETTINGS = Map.of(
            "retention.min", "1s",
            "retention.classes", SHORT_CLASS,
            "retention.class.short.duration", "20s",
            "retention.class.short.bucket", "2s",
            "retention.class.short.calling.codes", SHORT_CALLING_CODE,
            "commit.interval", "1s",
            "vault.flush.interval", "2s");

    private static final long SEED = 20_260_101;
    private static final int REQUESTERS = 2_000;
    private static final int LOOKUPS_PER_SECOND = 500;

    /** Traffic before the request, and how far back it asks: what is younger than this is surely not forgotten. */
    private static final Duration WARM_UP = Duration.ofSeconds(8);

    private static final Duration WINDOW = Duration.ofSeconds(12);

    private static final Duration READY_LIMIT = Duration.ofSeconds(90);
    private static final Duration CASE_LIMIT = Duration.ofSeconds(60);
    private static final Duration FORGET_LIMIT = Duration.ofSeconds(120);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(10);

    private final Surroundings surroundings;
    private final Console console;
    private final Clock clock;
    private final Path directory;
    private final DemoScreen screen;

    private volatile String step = "begin";
    private volatile boolean stopping;
    private volatile @Nullable LocalStack stack;
    private volatile @Nullable LookbackApp app;
    private volatile @Nullable Thread publishing;

    Demo(Surroundings surroundings, Path directory) {
        this.surroundings = surroundings;
        this.console = surroundings.console();
        this.clock = surroundings.clock();
        this.directory = directory;
        this.screen = new DemoScreen(console, clock);
    }

    /** The step that is under way. */
    String step() {
        return step;
    }

    /** Whether the end has begun. */
    boolean isStopping() {
        return stopping;
    }

    /** Shows everything. */
    void show() throws IOException {
        begin("start a broker, a registry and the pipeline");
        LocalStack started = LocalStack.start(directory, SETTINGS, clock);
        stack = started;
        console.print("  broker " + started.broker().bootstrapServers() + ", registry "
                + started.registry().url());
        console.print("  topics and schemas applied, keys made; log " + directory.resolve("lookback.log"));
        LookbackApp running = LookbackApp.start(started.config());
        app = running;
        screen.watch(running.meters());
        await("the pipeline to be ready", READY_LIMIT, () -> running.notReady().isEmpty());
        console.print("  ingest, vault and casework run; metrics at " + running.address() + "/metrics");

        begin("publish lookups");
        SampleTraffic traffic =
                new SampleTraffic(SEED, REQUESTERS, SampleTraffic.Trouble.SOME, LocalStack.geoIp(), clock);
        String handle = busiestInShortClass(traffic);
        publish(started.config(), traffic);
        long begun = clock.millis();
        await(
                "lookups to arrive in the vault",
                READY_LIMIT,
                () -> clock.millis() - begun > WARM_UP.toMillis() && screen.admitted() > 0);

        try (Cases cases = new Cases(started.config(), clock);
                Consumer<byte[], byte[]> consumer = Kafka.consumer(started.config())) {
            Instant to = Instant.ofEpochMilli(clock.millis());
            Instant from = to.minus(WINDOW);
            PublicKey sealingKey = KeyFiles.readPublicKey(started.sealingPublicKey());

            begin("answer a legal request about " + handle);
            Extract extract = answer(cases, started, handle, from, to);
            Manifest manifest = verified(extract, sealingKey);
            if (manifest.totals().lookups() == 0) {
                throw new IllegalStateException("the extract is empty: " + manifest.outcomes());
            }
            ExtractView.lines(extract, manifest, console).forEach(console::print);

            begin("verify the seal");
            console.print("  " + console.good("sound") + ": sealed with key " + manifest.keyId());
            console.print(
                    "  " + console.good("found") + " with one bit of it flipped: " + tampered(extract, sealingKey));

            begin("forget");
            console.print("  Lookups by numbers in " + SHORT_CALLING_CODE + " belong to the class `" + SHORT_CLASS
                    + "`, which is kept for " + SHORT_DURATION.toSeconds() + " s in buckets of "
                    + SHORT_BUCKET.toSeconds() + " s.");
            forgotten(consumer, started.config(), ExtractView.last(extract), to);

            begin("file the same request again");
            Extract again = answer(cases, started, handle, from, to);
            Manifest empty = verified(again, sealingKey);
            Manifest.SelectorOutcome outcome = empty.outcomes().get(0);
            if (outcome.outcome() != Manifest.Outcome.EXPIRED_BEFORE_RECEIPT
                    || empty.totals().lookups() != 0) {
                throw new IllegalStateException("it should have been forgotten, but the outcome is " + outcome);
            }
            console.print("  " + console.good(outcome.outcome().name()) + ": "
                    + empty.totals().lookups()
                    + " lookups; everything up to " + outcome.coverage().horizon()
                    + " had been forgotten when it was received");
        }
        begin("done");
    }

    /** Goes on until Ctrl-C. */
    void stayUp() throws InterruptedException {
        console.print("  Everything stays up until Ctrl-C. In another terminal:");
        console.print("    ./lookback retention audit --config " + directory.resolve("lookback.properties"));
        console.print("    ./lookback retention show --config " + directory.resolve("lookback.properties"));
        console.print("    ./lookback request list --config " + directory.resolve("lookback.properties"));
        console.print("    ./lookback request policy --config " + directory.resolve("lookback.properties"));
        console.print(
                "  To file requests yourself (an EMERGENCY_REQUEST, say, which takes two approvals): the officers'"
                        + " keystores and their password are in " + directory.resolve("keys"));
        screen.show(() -> stopping);
    }

    /** Stops everything, in good order as far as that is possible; a second call waits for the first. */
    synchronized void stop(boolean delete) {
        if (stopping) {
            return;
        }
        stopping = true;
        screen.end();
        LookbackApp running = app;
        LocalStack started = stack;
        // Ctrl-C reaches the broker, too: then nobody listens to the pipeline's farewell, and there is a limit to
        // waiting.
        Shutdown.within(STOP_LIMIT, () -> {
            join(publishing);
            if (running != null) {
                running.close();
            }
        });
        if (started != null) {
            started.close();
        }
        Shutdown.awaitChildren();
        if (delete) {
            Shutdown.delete(directory);
        }
    }

    private static void join(@Nullable Thread thread) {
        try {
            if (thread != null) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void begin(String name) {
        step = name;
        console.print(console.bold("== " + name));
    }

    private void await(String what, Duration limit, BooleanSupplier reached) {
        if (!screen.await(limit, reached)) {
            throw new IllegalStateException("waited " + limit.toSeconds() + " s in vain for " + what);
        }
    }

    private static String busiestInShortClass(SampleTraffic traffic) {
        for (int rank = 0; rank < REQUESTERS; rank++) {
            if (traffic.handle(rank).startsWith(SHORT_CALLING_CODE)) {
                return traffic.handle(rank);
            }
        }
        throw new IllegalStateException("no handle of the class in the sample traffic");
    }

    private void publish(LookbackConfig config, SampleTraffic traffic) {
        TrafficPublisher publisher =
                new TrafficPublisher(config.topics().lookupEvents(), ClientSettings.producer(config), "demo", clock);
        screen.published(publisher::acknowledged);
        Thread thread = new Thread(
                () -> {
                    try (publisher) {
                        publisher.publish(traffic::next, LOOKUPS_PER_SECOND, () -> stopping);
                    }
                },
                "publish");
        thread.setDaemon(true);
        thread.start();
        publishing = thread;
    }

    /** Files a request as one officer, approves it as another, and collects the extract. */
    private Extract answer(Cases cases, LocalStack started, String handle, Instant from, Instant to) {
        UUID id = UUID.randomUUID();
        Instrument paper = new Instrument(
                InstrumentType.COURT_ORDER,
                "Demo 1/26",
                "Example District Court",
                "Nowhere",
                null,
                null,
                Sha256.hex("Made up for the demonstration".getBytes(StandardCharsets.UTF_8)));
        Submit submit = new Submit(
                id,
                UUID.randomUUID(),
                clock.instant(),
                false,
                paper,
                List.of(new Ask(SelectorRole.REQUESTER, handle, null)),
                from,
                to,
                Particulars.NONE);
        String submitted = sign(started, submit, LocalStack.INTAKE_OFFICER);
        accepted(cases.send(submit, submitted, Set.of(Reason.SUBMITTED), CASE_LIMIT));
        console.print("  " + LocalStack.INTAKE_OFFICER + " files " + id);
        console.print(
                "    lookups made by " + handle + " from " + Instants.format(from) + " to " + Instants.format(to));
        rests(cases, id, CaseState.AWAITING_APPROVAL);
        Approve approve = new Approve(id, UUID.randomUUID(), clock.instant(), CommandCodec.digest(submitted));
        accepted(cases.send(
                approve, sign(started, approve, LocalStack.APPROVING_OFFICER), Set.of(Reason.APPROVED), CASE_LIMIT));
        console.print("  " + LocalStack.APPROVING_OFFICER + " approves it");
        rests(cases, id, CaseState.SEALED);
        return cases.sealed(id);
    }

    private static String sign(LocalStack stack, dev.lookback.casework.Command command, String officer) {
        return CommandCodec.sign(command, officer, stack.officerKeys(officer).getPrivate());
    }

    private static void accepted(Cases.Answer answer) {
        if (!answer.accepted()) {
            throw new IllegalStateException("refused: " + answer.status().getReason());
        }
    }

    private static void rests(Cases cases, UUID id, CaseState wanted) {
        LegalRequestStatus status = cases.awaitState(id, Set.of(wanted), CASE_LIMIT);
        if (status == null) {
            throw new IllegalStateException("the case is not " + wanted + " after " + CASE_LIMIT.toSeconds() + " s");
        }
    }

    /** What an extract says, if it is sound. */
    static Manifest verified(Extract extract, PublicKey key) {
        ExtractVerifier.Verdict verdict = ExtractVerifier.verify(extract, key);
        if (verdict instanceof Sound sound) {
            return sound.manifest();
        }
        throw new IllegalStateException("the extract is not sound: " + ((Flawed) verdict).what());
    }

    private static String tampered(Extract extract, PublicKey key) throws IOException {
        byte[] records;
        try (InputStream in = extract.records().open()) {
            records = in.readAllBytes();
        }
        records[records.length / 2] ^= 1;
        if (ExtractVerifier.verify(Extract.inMemory(records, extract.manifest(), extract.signature()), key)
                instanceof Flawed flawed) {
            return flawed.what();
        }
        throw new IllegalStateException("a flipped bit was not noticed");
    }

    /** Waits until a lookup of the extract, and the whole window, is forgotten, and shows what is left: no lookup. */
    private void forgotten(
            Consumer<byte[], byte[]> consumer, LookbackConfig config, ExtractView.Row row, Instant windowEnd) {
        long token = config.tokens().token(row.requester());
        long occurredAt = row.occurredAt().toEpochMilli();
        long bucket = LedgerKey.bucketOf(occurredAt, SHORT_BUCKET);
        byte[] key = new LedgerKey(bucket, token, occurredAt, row.eventId()).toBytes();
        Topic<?, ?> ledger = config.topics().ledger(SHORT_CLASS);
        int partition = LedgerKey.partition(
                token, Kafka.partitions(consumer, ledger.name()).size());
        Map<ReceiptPhase, ExpiryReceipt> receipt = new HashMap<>();
        await("the receipt of a bucket", FORGET_LIMIT, () -> {
            receipt.putAll(receipts(consumer, config, partition, bucket));
            return receipt.containsKey(ReceiptPhase.CLOSED);
        });
        ExpiryReceipt closed = receipt.get(ReceiptPhase.CLOSED);
        if (closed == null) {
            throw new IllegalStateException("no receipt");
        }
        console.print("  receipt   class " + SHORT_CLASS + ", partition " + partition + ", bucket " + bucket + ": "
                + closed.getRows() + " lookups");
        console.print("            SHA-256 over their keys "
                + HexFormat.of().formatHex(closed.getKeysSha256().bytes()));
        Instant closedAt = closed.getClosedAt();
        console.print("            due " + Instants.format(closed.getDueAt()) + ", opened "
                + Instants.format(closed.getOpenedAt()) + ", closed "
                + (closedAt == null ? "" : Instants.format(closedAt)) + " (" + closed.getLatenessMillis()
                + " ms late)");
        long offset = tombstone(consumer, new TopicPartition(ledger.name(), partition), key);
        console.print("  tombstone " + ledger.name() + ", partition " + partition + ", offset " + offset + ", key "
                + HexFormat.of().formatHex(key));
        await(
                "the whole window to be past its deadline",
                FORGET_LIMIT,
                () -> clock.millis() > windowEnd.plus(SHORT_DURATION).toEpochMilli());
    }

    private static Map<ReceiptPhase, ExpiryReceipt> receipts(
            Consumer<byte[], byte[]> consumer, LookbackConfig config, int partition, long bucket) {
        Topic<String, ExpiryReceipt> topic = config.topics().expiryReceipts();
        Map<ReceiptPhase, ExpiryReceipt> found = new HashMap<>();
        Kafka.readAll(consumer, List.of(new TopicPartition(topic.name(), partition)), record -> {
            ExpiryReceipt receipt = topic.value().deserializer().deserialize(topic.name(), record.value());
            if (receipt.getRetentionClass().equals(SHORT_CLASS)
                    && receipt.getBucket() == bucket
                    && receipt.getSequence() == 0) {
                found.putIfAbsent(receipt.getPhase(), receipt);
            }
            return true;
        });
        return found;
    }

    private static long tombstone(Consumer<byte[], byte[]> consumer, TopicPartition ledger, byte[] key) {
        List<Long> found = new ArrayList<>();
        Kafka.readAll(consumer, List.of(ledger), record -> {
            if (record.value() == null && Arrays.equals(record.key(), key)) {
                found.add(record.offset());
            }
            return found.isEmpty();
        });
        if (found.isEmpty()) {
            throw new IllegalStateException("the receipt is closed, but there is no tombstone in " + ledger);
        }
        return found.get(0);
    }
}
