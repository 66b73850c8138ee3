package dev.lookback.certificate;

import dev.lookback.seal.CanonicalJson;
import dev.lookback.seal.Instants;
import dev.lookback.seal.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A certificate of destruction: that the lookups of one day have been forgotten, as receipts say. The JSON has these
 * fields in this order; the seal is an Ed25519 signature over its bytes. Instants are UTC with milliseconds
 * ({@link Instants}); intervals include their start and exclude their end. Holds no personal data.
 *
 * @param kind {@value #KIND}
 * @param version version of this format: {@value #VERSION}
 * @param day the UTC day in which the lookups occurred, {@code 2026-01-31}
 * @param from its first instant
 * @param to the first instant after it
 * @param classes one for each retention class
 * @param totals over all classes
 * @param readAt when ledgers and receipts were read for it
 * @param software name and version of what made it
 * @param keyId the sealing key: {@link dev.lookback.seal.KeyFiles#keyId}
 * @param statement what it shows, and what it does not
 */
public record Certificate(
        String kind,
        int version,
        String day,
        String from,
        String to,
        List<OfClass> classes,
        Totals totals,
        String readAt,
        String software,
        String keyId,
        List<String> statement) {
    /** What such a file calls itself. */
    public static final String KIND = "certificate of destruction";

    /** The version of the format that this class reads and writes. */
    public static final int VERSION = 1;

    private static final String STATEMENT = "statement.txt";

    /**
     * One retention class.
     *
     * @param retentionClass its name
     * @param bucketMillis width of its buckets: lookups are forgotten a bucket at a time
     * @param initialMillis how long its lookups are kept before the first policy
     * @param policies all policies on record, by version
     * @param settings those that bear on forgetting, by name, as in force when this was made
     * @param bounds how long bytes can stay in each place that can hold lookups, by these settings
     * @param buckets each bucket of a partition that overlaps the day and had lookups, by partition and number
     * @param read what was read of each partition
     * @param totals over the buckets
     */
    public record OfClass(
            String retentionClass,
            long bucketMillis,
            long initialMillis,
            List<Policy> policies,
            Map<String, String> settings,
            List<Bound> bounds,
            List<Bucket> buckets,
            List<Read> read,
            Totals totals) {
        /** With its sums. */
        public static OfClass of(
                String retentionClass,
                long bucketMillis,
                long initialMillis,
                List<Policy> policies,
                Map<String, String> settings,
                List<Bound> bounds,
                List<Bucket> buckets,
                List<Read> read) {
            return new OfClass(
                    retentionClass,
                    bucketMillis,
                    initialMillis,
                    policies,
                    settings,
                    bounds,
                    buckets,
                    read,
                    Totals.of(Map.of(retentionClass, buckets)));
        }
    }

    /** A policy: its version, how long lookups are kept, from when on, and who wanted it and why. */
    public record Policy(int version, long durationMillis, String effectiveFrom, String changedBy, String reason) {}

    /**
     * How long bytes can stay in a place.
     *
     * @param since from what on: a lookup's deadline, say
     * @param millis how long; null if there is no end
     * @param sum how that is worked out
     */
    public record Bound(
            String place, String since, @Nullable Long millis, String sum) {}

    /** How a number is known. */
    public enum Basis {
        /** Counted from the ledger when the certificate was made. */
        RECOUNTED,
        /** As the receipts state; the ledger no longer holds it. */
        STATED
    }

    /**
     * A bucket of one partition.
     *
     * @param partition of the class's ledger
     * @param bucket its number: instants divided by the width
     * @param from its first instant
     * @param to the first instant after it
     * @param came lookups that came
     * @param basis how that is known
     * @param forgotten lookups under its receipts. Less than came only where an erasure on demand took some before
     * @param receipts by sequence, from 0; those after the first are for lookups that came later
     */
    public record Bucket(
            int partition,
            long bucket,
            String from,
            String to,
            long came,
            Basis basis,
            long forgotten,
            List<Receipt> receipts) {}

    /**
     * A receipt, as in the topic expiry-receipts.
     *
     * @param ledgerPosition it covers the lookups that are live in the ledger partition read up to this offset
     * @param rows how many
     * @param keysSha256 SHA-256 (hex) over their ledger keys, 36 bytes each, in ascending order
     * @param dueAt when the last lookup that can lie in the bucket had passed its deadline
     * @param openedAt when it was opened
     * @param closedAt when none of these lookups was left in the vault
     * @param latenessMillis closedAt minus dueAt; of receipts after the first minus openedAt if that is later
     * @param policyVersion the policy in force when it was opened
     * @param basis whether it was counted again
     */
    public record Receipt(
            int sequence,
            long ledgerPosition,
            long rows,
            String keysSha256,
            String dueAt,
            String openedAt,
            String closedAt,
            long latenessMillis,
            int policyVersion,
            Basis basis) {}

    /**
     * What was read of a partition of the ledger.
     *
     * @param begin the first offset that the brokers still held
     * @param end the offset after the last record
     * @param ranges which records were read: those that could be of this day, or of its forgetting
     */
    public record Read(int partition, long begin, long end, List<Range> ranges) {}

    /** Records from an offset up to another (exclusive). */
    public record Range(long from, long to) {}

    /**
     * Sums.
     *
     * @param receipts how many
     * @param recounted how many of them were counted again
     * @param worstLatenessMillis the greatest lateness; null without receipts
     * @param receiptsSha256 SHA-256 (hex) over one line for each receipt, in order:
     *     {@code class/partition/bucket/sequence rows keysSha256}, each with a line feed
     */
    public record Totals(
            long came,
            long forgotten,
            int receipts,
            int recounted,
            @Nullable Long worstLatenessMillis,
            String receiptsSha256) {
        /** Over the buckets of some classes. */
        static Totals of(Map<String, List<Bucket>> classes) {
            StringBuilder lines = new StringBuilder();
            long came = 0;
            long forgotten = 0;
            int receipts = 0;
            int recounted = 0;
            Long worst = null;
            for (Map.Entry<String, List<Bucket>> each : classes.entrySet()) {
                for (Bucket bucket : each.getValue()) {
                    came += bucket.came;
                    forgotten += bucket.forgotten;
                    for (Receipt receipt : bucket.receipts) {
                        receipts++;
                        recounted += receipt.basis == Basis.RECOUNTED ? 1 : 0;
                        worst = worst == null ? receipt.latenessMillis : Math.max(worst, receipt.latenessMillis);
                        lines.append(each.getKey() + "/" + bucket.partition + "/" + bucket.bucket + "/"
                                + receipt.sequence + " " + receipt.rows + " " + receipt.keysSha256 + "\n");
                    }
                }
            }
            return new Totals(
                    came,
                    forgotten,
                    receipts,
                    recounted,
                    worst,
                    Sha256.hex(lines.toString().getBytes(StandardCharsets.UTF_8)));
        }
    }

    /** A certificate over these classes, with its sums and the statement that all of them carry. */
    public static Certificate of(LocalDate day, List<OfClass> classes, Instant readAt, String software, String keyId) {
        Map<String, List<Bucket>> buckets = new LinkedHashMap<>();
        classes.forEach(each -> buckets.put(each.retentionClass, each.buckets));
        return new Certificate(
                KIND,
                VERSION,
                day.toString(),
                Instants.format(start(day)),
                Instants.format(start(day.plusDays(1))),
                classes,
                Totals.of(buckets),
                Instants.format(readAt),
                software,
                keyId,
                statementOfAll());
    }

    /** The first instant of a UTC day. */
    public static Instant start(LocalDate day) {
        return day.atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    /** The bytes to sign: the same certificate always gives the same. */
    public byte[] toBytes() {
        return CanonicalJson.write(this);
    }

    /**
     * Reads a certificate.
     *
     * @throws IllegalArgumentException if the bytes are none
     */
    public static Certificate fromBytes(byte[] bytes) {
        return CanonicalJson.read(bytes, Certificate.class);
    }

    private static List<String> statementOfAll() {
        try (InputStream in = Certificate.class.getResourceAsStream(STATEMENT)) {
            return new String(Objects.requireNonNull(in, STATEMENT).readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
