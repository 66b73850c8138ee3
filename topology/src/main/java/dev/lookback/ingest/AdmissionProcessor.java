package dev.lookback.ingest;

import dev.lookback.clock.Timekeeper;
import dev.lookback.clock.Timekeeper.Present;
import dev.lookback.custody.KeyCustody;
import dev.lookback.custody.LookupCipher;
import dev.lookback.erasure.Erasures;
import dev.lookback.geo.GeoLookup;
import dev.lookback.geo.GeoResult;
import dev.lookback.ingest.Verdict.Admitted;
import dev.lookback.ingest.Verdict.Refused;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.policy.PolicyStore;
import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClass;
import dev.lookback.retention.RetentionClasses;
import dev.lookback.topics.Topic;
import dev.lookback.topics.Topics;
import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.RejectedLookup;
import io.micrometer.core.instrument.Counter;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.function.Function;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes lookup-events as bytes: what is well-formed goes on to its class's ledger, enriched; all else to
 * lookup-events-rejected. About once a second it reads policies and erasures anew and tells the ledgers how far it has come.
 *
 * <p>Values are encoded here, not by the sinks, so that one rule covers a silent registry whichever way it is needed.
 */
final class AdmissionProcessor implements Processor<byte[], byte[], byte[], byte[]> {
    private static final Logger LOG = LoggerFactory.getLogger(AdmissionProcessor.class);

    private final Parts parts;
    private final Topic<byte[], LookupEvent> events;
    private final Topic<byte[], RejectedLookup> rejected;
    private final Map<String, Ledger> ledgers = new HashMap<>();
    private Progress progress;
    private final Function<RetentionClass, Cutoff> cutoffs = retentionClass -> ledger(retentionClass).cutoff;
    private ProcessorContext<byte[], byte[]> context;
    private ReadOnlyKeyValueStore<Long, byte[]> erasures;
    private int partition;

    /** What all processors of a topology share. */
    record Parts(
            Topics topics,
            RetentionClasses classes,
            AdmissionRules rules,
            PolicyStore policies,
            Erasures erasures,
            GeoLookup geo,
            CommittedPositions committed,
            IngestSettings settings,
            IngestMetrics metrics,
            RegistryWait registry,
            @Nullable KeyCustody custody,
            Timekeeper time) {}

    /** Where the lookups of one class go, and from when on they are forgotten. */
    private static final class Ledger {
        final RetentionClass retentionClass;
        final LedgerValues values;
        final LookupCipher cipher;
        final String sink;
        final Counter admitted;
        Cutoff cutoff;

        Ledger(RetentionClass retentionClass, Cutoff cutoff, Topic<byte[], LookupEvent> events, Parts parts) {
            this.retentionClass = retentionClass;
            this.cutoff = cutoff;
            this.values = new LedgerValues(events, parts.topics.ledger(retentionClass.name()));
            this.cipher = new LookupCipher(parts.custody, retentionClass.name());
            this.sink = IngestTopology.ledgerSink(retentionClass);
            this.admitted = parts.metrics.admitted(retentionClass.name());
        }
    }

    private AdmissionProcessor(Parts parts) {
        this.parts = parts;
        this.events = parts.topics.lookupEvents();
        this.rejected = parts.topics.lookupEventsRejected();
        this.progress = newProgress();
    }

    private Progress newProgress() {
        return new Progress(parts.settings.progressRepeat().toMillis());
    }

    /** One processor for each partition of lookup-events. */
    static ProcessorSupplier<byte[], byte[], byte[], byte[]> supplier(Parts parts) {
        return () -> new AdmissionProcessor(parts);
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> context) {
        this.context = context;
        this.progress = newProgress(); // a task that Streams begins again keeps its processors
        this.erasures = Erasures.store(context);
        this.partition = context.taskId().partition();
        for (RetentionClass each : parts.classes.all()) {
            // Without cutoff and erasures nothing may be admitted, so here a silent registry is waited for.
            Cutoff cutoff = parts.registry.patiently(() -> parts.policies.cutoff(each));
            ledgers.put(each.name(), new Ledger(each, cutoff, events, parts));
        }
        parts.registry.patiently(() -> {
            parts.erasures.refresh(erasures);
            return parts.erasures;
        });
        context.schedule(parts.settings.progressInterval(), PunctuationType.WALL_CLOCK_TIME, this::everySecond);
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        RecordMetadata source = context.recordMetadata().orElseThrow();
        Present present = parts.time.present(context.currentSystemTimeMs());
        Refused refused = admit(record, source, present);
        if (refused != null) {
            reject(refused, record, source, present.now());
        }
        progress.reached(source.offset() + 1);
    }

    /** Writes a lookup to its ledger, or says why not. */
    private @Nullable Refused admit(Record<byte[], byte[]> record, RecordMetadata source, Present present) {
        Refused unfit = Unreadable.beforeDecoding(record.key(), record.value(), parts.settings.maxRecordBytes());
        if (unfit != null) {
            return unfit;
        }
        LookupEvent event;
        try {
            event = decode(record);
        } catch (RetriableException e) {
            throw e;
        } catch (RuntimeException e) {
            return Unreadable.after(e);
        }
        Verdict verdict = parts.rules.judge(event, record.timestamp(), present, cutoffs, parts.erasures.current());
        if (verdict instanceof Refused refused) {
            return refused;
        }
        Admitted admitted = (Admitted) verdict;
        Ledger ledger = ledger(admitted.retentionClass());
        GeoResult geo = parts.geo.locate(admitted.address());
        byte[] value = parts.registry.patiently(
                () -> ledger.values.encode(record.value(), event, admitted, geo, record.timestamp(), source));
        byte[] key = admitted.ledgerKey();
        byte[] sealed = parts.registry.patiently(() -> ledger.cipher.seal(key, value));
        if (sealed == null) {
            return AdmissionRules.EXPIRED; // its key has been destroyed, so by somebody's clock it is past its deadline
        }
        context.forward(new Record<>(key, sealed, present.now()), ledger.sink);
        ledger.admitted.increment();
        return null;
    }

    private void reject(Refused refused, Record<byte[], byte[]> record, RecordMetadata source, long now) {
        String client = ClientName.of(record.headers());
        byte[] key = refused.mayKeepRaw() ? cut(record.key()) : null;
        byte[] value = refused.mayKeepRaw() ? cut(record.value()) : null;
        RejectedLookup lookup = RejectedLookup.newBuilder()
                .setReason(refused.reason())
                .setField(refused.field())
                .setDetail(refused.detail())
                .setClient(client)
                .setRawKey(key == null ? null : ByteBuffer.wrap(key))
                .setRawValue(value == null ? null : ByteBuffer.wrap(value))
                .setSourceTopic(source.topic())
                .setSourcePartition(source.partition())
                .setSourceOffset(source.offset())
                .setRejectedAt(Instant.ofEpochMilli(now))
                .build();
        context.forward(new Record<>(key, encode(rejected, lookup), now), IngestTopology.REJECTED_SINK);
        parts.metrics.rejected(refused.reason(), client);
    }

    private byte @Nullable [] cut(byte @Nullable [] bytes) {
        int limit = parts.settings.maxRecordBytes();
        return bytes == null || bytes.length <= limit ? bytes : Arrays.copyOf(bytes, limit);
    }

    private LookupEvent decode(Record<byte[], byte[]> record) {
        return parts.registry.patiently(
                () -> events.value().deserializer().deserialize(events.name(), record.headers(), record.value()));
    }

    private <T> byte[] encode(Topic<byte[], T> topic, T value) {
        return parts.registry.patiently(() -> topic.value().serializer().serialize(topic.name(), value));
    }

    private Ledger ledger(RetentionClass retentionClass) {
        return Objects.requireNonNull(ledgers.get(retentionClass.name()), "every class has a ledger");
    }

    private void everySecond(long wall) {
        long now = parts.time.now(wall);
        refresh();
        OptionalLong committed = parts.committed.committed(partition);
        if (committed.isPresent()) {
            progress.reached(committed.getAsLong());
        }
        OptionalLong position = progress.toSay(now);
        if (position.isPresent()) {
            byte[] key = LedgerKey.progress(partition, position.getAsLong());
            for (Ledger ledger : ledgers.values()) {
                context.forward(new Record<>(key, null, now), ledger.sink);
            }
        }
    }

    private void refresh() {
        try {
            for (Ledger ledger : ledgers.values()) {
                ledger.cutoff = parts.policies.cutoff(ledger.retentionClass);
            }
            parts.erasures.refresh(erasures);
        } catch (RetriableException e) {
            // What is known so far goes on; the next second tries again. The vault erases what slips through.
            LOG.warn("Policies and erasures cannot be read while the schema registry does not answer");
        }
    }
}
