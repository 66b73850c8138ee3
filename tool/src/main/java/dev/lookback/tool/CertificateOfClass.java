package dev.lookback.tool;

import dev.lookback.certificate.Certificate;
import dev.lookback.certificate.Certificate.Basis;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.bound.DiskBound;
import dev.lookback.config.bound.DiskBound.Holds;
import dev.lookback.config.bound.DiskBounds;
import dev.lookback.config.topics.TopicAdmin;
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
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;

/** Makes a certificate's part about one retention class, or says why that cannot be certified. */
final class CertificateOfClass implements AutoCloseable {
    /** For so long after it was due, what is left is not held against anybody; but nothing is certified. */
    private static final Duration STILL_FORGETTING = Duration.ofMinutes(5);

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
        List<DiskBound> bounds = bounds(retentionClass);
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
                settings(bounds),
                bounds.stream()
                        .map(each -> new Certificate.Bound(
                                each.place(),
                                each.since(),
                                each.bound().map(Duration::toMillis).orElse(null),
                                each.sumText()))
                        .toList(),
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

    /** How long bytes can stay in the places that can hold lookups of the class. */
    private List<DiskBound> bounds(RetentionClass retentionClass) {
        Map<String, Duration> durations = audit.policies().durations(surroundings.clock());
        Set<String> others = config.retentionClasses().all().stream()
                .filter(each -> each != retentionClass)
                .flatMap(each ->
                        Stream.of("`" + config.topics().ledger(each.name()).name() + "`", "`rows-" + each.name() + "`"))
                .collect(Collectors.toSet());
        try (Admin admin = Kafka.admin(config)) {
            return DiskBounds.of(new TopicAdmin(admin, config).inForce(durations)).stream()
                    .filter(each -> each.holds() == Holds.LOOKUPS)
                    .filter(each -> others.stream().noneMatch(each.place()::contains))
                    .toList();
        }
    }

    private Map<String, String> settings(List<DiskBound> bounds) {
        Map<String, String> found = new TreeMap<>();
        SETTINGS.forEach(each -> found.put(each, config.text(each)));
        bounds.forEach(each -> found.putAll(each.settings()));
        return found;
    }

    @Override
    public void close() {
        audit.close();
    }
}
