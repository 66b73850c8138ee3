package dev.lookback.tool;

import dev.lookback.certificate.Certificate;
import dev.lookback.certificate.Certificate.Basis;
import dev.lookback.config.LookbackConfig;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClass;
import dev.lookback.seal.Instants;
import dev.lookback.tool.BucketAudit.Standing;
import dev.lookback.tool.RetentionAudit.Audited;
import dev.lookback.v1.ExpiryReceipt;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;

/** Makes a certificate's part about one retention class, or says why that cannot be certified. */
final class CertificateOfClass implements AutoCloseable {
    private static final String OF_LEDGER = "ledger.";
    private static final String RETENTION = "retention.ms";
    private static final String SEGMENT = "segment.ms";
    private static final String DELETE_DELAY = "file.delete.delay.ms";
    private static final List<String> LEDGER_SETTINGS =
            List.of("cleanup.policy", RETENTION, SEGMENT, DELETE_DELAY, "message.timestamp.type");

    /** For so long after it was due, what is left is not held against anybody; but nothing is certified. */
    private static final Duration STILL_FORGETTING = Duration.ofMinutes(5);

    /** How often brokers look for segments to remove, unless they are set otherwise. */
    private static final Duration BROKERS_LOOK = Duration.ofMinutes(5);

    /** What decides how soon, and how, something is forgotten. */
    private static final List<String> SETTINGS = List.of(
            LookbackConfig.INGEST_MAX_LATE,
            LookbackConfig.INGEST_MAX_FUTURE,
            LookbackConfig.VAULT_WORK_INTERVAL,
            LookbackConfig.VAULT_WORK_BUDGET,
            LookbackConfig.VAULT_ORDER_REPEAT,
            LookbackConfig.VAULT_EXPIRY_GRACE,
            LookbackConfig.VAULT_FLUSH_INTERVAL);

    private final LookbackConfig config;
    private final Surroundings surroundings;
    private final LocalDate day;
    private final RetentionAudit audit;

    CertificateOfClass(LookbackConfig config, Surroundings surroundings, LocalDate day) {
        this.config = config;
        this.surroundings = surroundings;
        this.day = day;
        this.audit = new RetentionAudit(config, surroundings.console(), surroundings.clock(), STILL_FORGETTING);
    }

    /**
     * The part about a class.
     *
     * @throws ToolException if the day is not due, not wholly forgotten, or something contradicts a receipt
     */
    Certificate.OfClass of(RetentionClass retentionClass) {
        Duration width = retentionClass.bucketWidth();
        Scope.Buckets buckets = Scope.Buckets.overlapping(
                Certificate.start(day).toEpochMilli(),
                Certificate.start(day.plusDays(1)).toEpochMilli(),
                width);
        Cutoff cutoff = audit.policies().cutoff(retentionClass);
        long due = Scope.dueAt(buckets.last(), retentionClass, cutoff);
        if (due > surroundings.clock().millis()) {
            throw ToolException.failed("The lookups of " + day + " in class " + retentionClass.name()
                    + " are not all due before " + Instants.format(due));
        }
        List<Certificate.Bucket> forgotten = new ArrayList<>();
        List<Certificate.Read> read = new ArrayList<>();
        for (TopicPartition partition : audit.partitions(retentionClass)) {
            Audited audited = audit.audit(retentionClass, partition, buckets);
            requireForgotten(retentionClass, audited);
            audited.result().buckets().forEach(each -> forgotten.add(bucket(each, partition.partition(), width)));
            read.add(read(audited, partition.partition()));
        }
        Map<String, String> inForce = settings(retentionClass);
        long end = LedgerKey.bucketStart(buckets.last() + 1, width);
        return Certificate.OfClass.of(
                retentionClass.name(),
                width.toMillis(),
                retentionClass.initialDuration().toMillis(),
                audit.policies().of(retentionClass).stream()
                        .map(each -> new Certificate.Policy(
                                each.getVersion(),
                                each.getDurationMillis(),
                                Instants.format(each.getEffectiveFrom()),
                                each.getChangedBy(),
                                each.getReason()))
                        .toList(),
                inForce,
                Instants.format(end + ledgerHolds(inForce).toMillis()),
                forgotten,
                read);
    }

    private void requireForgotten(RetentionClass retentionClass, Audited audited) {
        PartitionAudit.Result result = audited.result();
        if (!result.isSound()) {
            throw ToolException.failed("Not certified: " + result.findings().get(0) + ". See lookback retention audit");
        }
        for (BucketAudit each : result.buckets()) {
            if (each.live() > 0 || each.count(Standing.OPEN) > 0) {
                throw ToolException.failed("Not certified: the lookups of " + day + " in class " + retentionClass.name()
                        + " are due, but partition " + result.partition() + " is still forgetting bucket "
                        + each.bucket() + "; try again later");
            }
        }
    }

    private static Certificate.Bucket bucket(BucketAudit audited, int partition, Duration width) {
        return new Certificate.Bucket(
                partition,
                audited.bucket(),
                Instants.format(LedgerKey.bucketStart(audited.bucket(), width)),
                Instants.format(LedgerKey.bucketStart(audited.bucket() + 1, width)),
                audited.came(),
                audited.cameAsStated() ? Basis.STATED : Basis.RECOUNTED,
                audited.forgotten(),
                audited.receipts().stream()
                        .map(each -> receipt(Objects.requireNonNull(each.closed()), each.standing()))
                        .toList());
    }

    private static Certificate.Receipt receipt(ExpiryReceipt closed, Standing standing) {
        return new Certificate.Receipt(
                closed.getSequence(),
                closed.getLedgerPosition(),
                closed.getRows(),
                HexFormat.of().formatHex(closed.getKeysSha256().bytes()),
                Instants.format(closed.getDueAt()),
                Instants.format(closed.getOpenedAt()),
                Instants.format(Objects.requireNonNull(closed.getClosedAt())),
                Objects.requireNonNull(closed.getLatenessMillis()),
                closed.getPolicyVersion(),
                standing == Standing.MATCHES ? Basis.RECOUNTED : Basis.STATED);
    }

    private static Certificate.Read read(Audited audited, int partition) {
        return new Certificate.Read(
                partition,
                audited.begin(),
                audited.end(),
                audited.read().stream()
                        .map(each -> new Certificate.Range(each.from(), each.to()))
                        .toList());
    }

    private Map<String, String> settings(RetentionClass retentionClass) {
        Map<String, String> found = new TreeMap<>();
        SETTINGS.forEach(each -> found.put(each, config.text(each)));
        ConfigResource topic = new ConfigResource(
                ConfigResource.Type.TOPIC,
                config.topics().ledger(retentionClass.name()).name());
        try (Admin admin = Kafka.admin(config)) {
            Config ofLedger = Objects.requireNonNull(
                    Kafka.await(admin.describeConfigs(List.of(topic)).all()).get(topic), "settings of the ledger");
            for (String each : LEDGER_SETTINGS) {
                found.put(OF_LEDGER + each, ofLedger.get(each).value());
            }
        }
        return found;
    }

    /** How long after a bucket's end the ledger can still hold a row of it: admission, then its segment's time. */
    private Duration ledgerHolds(Map<String, String> inForce) {
        return config.duration(LookbackConfig.INGEST_MAX_LATE)
                .plusMillis(millis(inForce, SEGMENT))
                .plusMillis(millis(inForce, RETENTION))
                .plusMillis(millis(inForce, DELETE_DELAY))
                .plus(BROKERS_LOOK);
    }

    private static long millis(Map<String, String> inForce, String setting) {
        return Long.parseLong(inForce.getOrDefault(OF_LEDGER + setting, "0"));
    }

    @Override
    public void close() {
        audit.close();
    }
}
