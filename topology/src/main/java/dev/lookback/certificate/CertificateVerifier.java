package dev.lookback.certificate;

import dev.lookback.certificate.Certificate.Basis;
import dev.lookback.certificate.Certificate.Bucket;
import dev.lookback.certificate.Certificate.OfClass;
import dev.lookback.certificate.Certificate.Policy;
import dev.lookback.certificate.Certificate.Receipt;
import dev.lookback.certificate.Certificate.Totals;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClass;
import dev.lookback.seal.Instants;
import dev.lookback.seal.KeyFiles;
import dev.lookback.v1.RetentionPolicy;
import java.security.PublicKey;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Checks a certificate with nothing but the public key: the seal, then that it says of itself what its receipts say, that
 * each receipt was opened when its bucket was due under the policies named, and closed, and that the whole day was due.
 */
public final class CertificateVerifier {
    private static final String HEX_DIGEST = "[0-9a-f]{64}";

    /** What a verification found. */
    public sealed interface Verdict {}

    /** All is as it should be. */
    public record Sound(Certificate certificate) implements Verdict {}

    /** The first thing that is wrong. */
    public record Flawed(String what) implements Verdict {}

    private CertificateVerifier() {}

    /** Checks everything. */
    public static Verdict verify(SealedCertificate sealed, PublicKey key) {
        try {
            return new Sound(check(sealed, key));
        } catch (FlawException e) {
            return new Flawed(e.what);
        }
    }

    /** Id of the key that a certificate says it was sealed with, whoever wrote that; empty if it cannot be read. */
    public static String keyNamedIn(SealedCertificate sealed) {
        try {
            return Objects.requireNonNullElse(
                    Certificate.fromBytes(sealed.certificate()).keyId(), "");
        } catch (IllegalArgumentException e) {
            return "";
        }
    }

    private static Certificate check(SealedCertificate sealed, PublicKey key) throws FlawException {
        if (!KeyFiles.verifies(sealed.certificate(), sealed.signature(), key)) {
            throw new FlawException("The seal is not that of this certificate under this key"
                    + KeyFiles.keyNeeded(keyNamedIn(sealed), key));
        }
        Certificate certificate;
        try {
            certificate = Certificate.fromBytes(sealed.certificate());
        } catch (IllegalArgumentException e) {
            throw new FlawException("The certificate cannot be read");
        }
        demand(certificate.kind().equals(Certificate.KIND), "It is no " + Certificate.KIND);
        demand(certificate.version() == Certificate.VERSION, "The certificate has an unknown version");
        demand(certificate.keyId().equals(KeyFiles.keyId(key)), "The certificate names another key");
        try {
            contents(certificate);
        } catch (DateTimeException | ArithmeticException e) {
            throw new FlawException("A day or an instant cannot be read");
        }
        return certificate;
    }

    private static void contents(Certificate certificate) throws FlawException {
        LocalDate day = LocalDate.parse(certificate.day());
        long from = Certificate.start(day).toEpochMilli();
        long to = Certificate.start(day.plusDays(1)).toEpochMilli();
        demand(
                certificate.from().equals(Instants.format(from))
                        && certificate.to().equals(Instants.format(to)),
                "The interval is not that day");
        Map<String, List<Bucket>> all = new LinkedHashMap<>();
        for (OfClass each : certificate.classes()) {
            String name = "Class " + each.retentionClass();
            demand(all.put(each.retentionClass(), each.buckets()) == null, name + " is there twice");
            demand(each.bucketMillis() > 0, name + " has buckets of no width");
            new ClassCheck(each, name).check(from, to, millis(certificate.readAt()));
        }
        demand(Totals.of(all).equals(certificate.totals()), "The totals are not those of the classes");
    }

    /** Checks one class. */
    private static final class ClassCheck {
        private final OfClass stated;
        private final String name;
        private final Duration width;
        private final Cutoff cutoff;

        ClassCheck(OfClass stated, String name) {
            this.stated = stated;
            this.name = name;
            this.width = Duration.ofMillis(stated.bucketMillis());
            this.cutoff = cutoff(stated, width);
        }

        private static Cutoff cutoff(OfClass stated, Duration width) {
            RetentionClass retentionClass = new RetentionClass(
                    stated.retentionClass(), width, Duration.ofMillis(stated.initialMillis()), Set.of(), Set.of());
            List<RetentionPolicy> policies = stated.policies().stream()
                    .map(each -> policy(stated.retentionClass(), each))
                    .toList();
            return new Cutoff(retentionClass, policies);
        }

        private static RetentionPolicy policy(String retentionClass, Policy policy) {
            return RetentionPolicy.newBuilder()
                    .setRetentionClass(retentionClass)
                    .setVersion(policy.version())
                    .setDurationMillis(policy.durationMillis())
                    .setEffectiveFrom(Instant.parse(policy.effectiveFrom()))
                    .setChangedBy(policy.changedBy())
                    .setReason(policy.reason())
                    .build();
        }

        void check(long from, long to, long readAt) throws FlawException {
            long lastEnd = LedgerKey.bucketStart(LedgerKey.bucketOf(to - 1, width) + 1, width);
            demand(cutoff.reaches(lastEnd - 1) <= readAt, name + " was not wholly due when this was read");
            long partition = -1;
            long bucket = -1;
            for (Bucket each : stated.buckets()) {
                boolean follows =
                        each.partition() > partition || (each.partition() == partition && each.bucket() > bucket);
                demand(follows, name(each) + " is out of order");
                partition = each.partition();
                bucket = each.bucket();
                bucket(each, from, to);
                receipts(each, readAt);
            }
            Totals totals = Totals.of(Map.of(stated.retentionClass(), stated.buckets()));
            demand(totals.equals(stated.totals()), name + ": the totals are not those of its receipts");
        }

        private String name(Bucket bucket) {
            return name + ", partition " + bucket.partition() + ", bucket " + bucket.bucket();
        }

        private void bucket(Bucket bucket, long from, long to) throws FlawException {
            long start = LedgerKey.bucketStart(bucket.bucket(), width);
            long end = LedgerKey.bucketStart(bucket.bucket() + 1, width);
            demand(
                    bucket.from().equals(Instants.format(start)) && bucket.to().equals(Instants.format(end)),
                    name(bucket) + " does not have the times of its number");
            demand(start < to && end > from, name(bucket) + " is not of this day");
            long rows = bucket.receipts().stream().mapToLong(Receipt::rows).sum();
            demand(rows == bucket.forgotten(), name(bucket) + ": what was forgotten is not what its receipts state");
            demand(bucket.came() >= rows, name(bucket) + ": more were forgotten than came");
        }

        private void receipts(Bucket bucket, long readAt) throws FlawException {
            long due = cutoff.reaches(LedgerKey.bucketStart(bucket.bucket() + 1, width) - 1);
            Set<Integer> versions = new HashSet<>(
                    stated.policies().stream().map(Policy::version).toList());
            for (int i = 0; i < bucket.receipts().size(); i++) {
                Receipt receipt = bucket.receipts().get(i);
                String which = name(bucket) + ", receipt " + receipt.sequence();
                demand(receipt.sequence() == i, which + " is not the next");
                demand(receipt.rows() > 0, which + " is about nothing");
                demand(receipt.keysSha256().matches(HEX_DIGEST), which + " has no digest");
                long opened = millis(receipt.openedAt());
                long closed = millis(receipt.closedAt());
                long since = i == 0 ? millis(receipt.dueAt()) : Math.max(millis(receipt.dueAt()), opened);
                demand(opened >= due, which + " was opened before its bucket was due");
                demand(closed >= opened && closed <= readAt, which + " was not closed after it was opened");
                demand(receipt.latenessMillis() == closed - since, which + " states another lateness than its times");
                demand(
                        receipt.policyVersion() == 0 || versions.contains(receipt.policyVersion()),
                        which + " names a policy that is not there");
                demand(
                        receipt.basis() == Basis.STATED || bucket.basis() == Basis.RECOUNTED,
                        which + " was counted again where the ledger had gone");
            }
        }
    }

    private static long millis(String instant) {
        return Instant.parse(instant).toEpochMilli();
    }

    private static void demand(boolean truth, String otherwise) throws FlawException {
        if (!truth) {
            throw new FlawException(otherwise);
        }
    }

    private static final class FlawException extends Exception {
        private static final long serialVersionUID = 1;

        private final String what;

        FlawException(String what) {
            super(what);
            this.what = what;
        }
    }
}
