package dev.lookback.certificate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.certificate.Certificate.Basis;
import dev.lookback.certificate.Certificate.Bucket;
import dev.lookback.certificate.Certificate.OfClass;
import dev.lookback.certificate.Certificate.Policy;
import dev.lookback.certificate.Certificate.Receipt;
import dev.lookback.certificate.CertificateVerifier.Flawed;
import dev.lookback.certificate.CertificateVerifier.Sound;
import dev.lookback.certificate.CertificateVerifier.Verdict;
import dev.lookback.seal.Instants;
import dev.lookback.seal.KeyFiles;
import dev.lookback.seal.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each check, sabotaged once: by whoever lacks the key, and by whoever has it. */
class CertificateVerifierTest {
    private static final KeyPair KEY = key();
    private static final LocalDate DAY = LocalDate.parse("2026-01-31");
    private static final long HOUR = Duration.ofHours(1).toMillis();
    private static final long KEPT = Duration.ofDays(30).toMillis();
    private static final long FIRST = Certificate.start(DAY).toEpochMilli() / HOUR;
    private static final String DIGEST = Sha256.hex(new byte[] {1});
    private static final Instant READ_AT = Instant.parse("2026-03-03T09:00:00Z");

    private static KeyPair key() {
        try {
            return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static long due(long bucket) {
        return (bucket + 1) * HOUR - 1 + KEPT;
    }

    private static Receipt receipt(long bucket, int sequence, long rows, long openedAfterDue, long lateness) {
        long since = sequence == 0 ? due(bucket) : due(bucket) + openedAfterDue;
        return new Receipt(
                sequence,
                99,
                rows,
                DIGEST,
                Instants.format(due(bucket)),
                Instants.format(due(bucket) + openedAfterDue),
                Instants.format(since + lateness),
                lateness,
                1,
                Basis.STATED);
    }

    private static Bucket bucket(int partition, long number, long came, long forgotten, Receipt... receipts) {
        return new Bucket(
                partition,
                number,
                Instants.format(number * HOUR),
                Instants.format((number + 1) * HOUR),
                came,
                Basis.STATED,
                forgotten,
                List.of(receipts));
    }

    private static OfClass classWith(List<Policy> policies, Bucket... buckets) {
        return OfClass.of(
                "default",
                HOUR,
                KEPT,
                policies,
                Map.of("vault.expiry.grace", "4h"),
                List.of(new Certificate.Bound("brokers: `lookups-enriched`", "deadline", HOUR, "1h")),
                List.of(buckets),
                List.of(new Certificate.Read(0, 7, 100, List.of(new Certificate.Range(7, 100)))));
    }

    private static final List<Policy> POLICIES =
            List.of(new Policy(1, KEPT, "2026-01-01T00:00:00.000Z", "configuration", "first start"));

    private static Certificate certificate(OfClass... classes) {
        return Certificate.of(DAY, List.of(classes), READ_AT, "Lookback test", KeyFiles.keyId(KEY.getPublic()));
    }

    private static Certificate right() {
        return certificate(classWith(
                POLICIES,
                bucket(0, FIRST, 3, 3, receipt(FIRST, 0, 2, 5, 700), receipt(FIRST, 1, 1, 9_000, 50)),
                bucket(0, FIRST + 23, 4, 4, receipt(FIRST + 23, 0, 4, 0, 12_000)),
                bucket(1, FIRST, 1, 1, receipt(FIRST, 0, 1, 5, 800))));
    }

    private static Verdict verify(Certificate certificate) {
        return CertificateVerifier.verify(SealedCertificate.seal(certificate, KEY), KEY.getPublic());
    }

    private static String flaw(Certificate certificate) {
        return verify(certificate) instanceof Flawed flawed ? flawed.what() : "none";
    }

    @Test
    void findsARightOneSound() {
        assertThat(verify(right())).isEqualTo(new Sound(right()));
        assertThat(right().totals())
                .isEqualTo(new Certificate.Totals(
                        8, 8, 4, 0, 12_000L, right().totals().receiptsSha256()));
    }

    @Test
    void saysWhatAnyoneCanCompute() {
        String lines = ("default/0/%d/0 2 %s\ndefault/0/%d/1 1 %s\ndefault/0/%d/0 4 %s\ndefault/1/%d/0 1 %s\n")
                .formatted(FIRST, DIGEST, FIRST, DIGEST, FIRST + 23, DIGEST, FIRST, DIGEST);

        assertThat(right().totals().receiptsSha256()).isEqualTo(Sha256.hex(lines.getBytes(StandardCharsets.UTF_8)));
    }

    // ---- by whoever lacks the key

    @ParameterizedTest
    @CsvSource({
        "a count,              '\"forgotten\" : 4',             '\"forgotten\" : 5'",
        "the day,              '\"day\" : \"2026-01-31\"',      '\"day\" : \"2026-02-01\"'",
        "a lateness,           '\"latenessMillis\" : 12000',    '\"latenessMillis\" : 12'",
        "who changed a policy, '\"changedBy\" : \"configur',    '\"changedBy\" : \"nobody '",
    })
    void noticesAnAlteration(String what, String from, String to) {
        SealedCertificate sealed = SealedCertificate.seal(right(), KEY);
        String text = new String(sealed.certificate(), StandardCharsets.UTF_8);
        assertThat(text).contains(from);
        byte[] altered = text.replace(from, to).getBytes(StandardCharsets.UTF_8);

        assertThat(CertificateVerifier.verify(new SealedCertificate(altered, sealed.signature()), KEY.getPublic()))
                .as(what)
                .isEqualTo(new Flawed("The seal is not that of this certificate under this key"));
    }

    @Test
    void noticesAnAlteredSealAndAnotherKey() {
        SealedCertificate sealed = SealedCertificate.seal(right(), KEY);
        byte[] signature = sealed.signature().clone();
        signature[10] ^= 1;

        assertThat(CertificateVerifier.verify(new SealedCertificate(sealed.certificate(), signature), KEY.getPublic()))
                .isInstanceOf(Flawed.class);
        PublicKey other = key().getPublic();
        assertThat(CertificateVerifier.verify(sealed, other))
                .isEqualTo(new Flawed("The seal is not that of this certificate under this key. It names key "
                        + KeyFiles.keyId(KEY.getPublic()) + ", and this is key " + KeyFiles.keyId(other)));
    }

    @Test
    void noticesWhoSealsUnderAnothersName() {
        KeyPair other = key();
        SealedCertificate sealed = SealedCertificate.seal(right(), other);

        assertThat(CertificateVerifier.verify(sealed, other.getPublic()))
                .isEqualTo(new Flawed("The certificate names another key"));
    }

    // ---- by whoever has it: what does not add up is not certified by a seal

    private static Certificate altered(UnaryOperator<String> change) {
        String text = new String(right().toBytes(), StandardCharsets.UTF_8);
        String changed = change.apply(text);
        assertThat(changed).isNotEqualTo(text);
        return Certificate.fromBytes(changed.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void noticesADigestThatIsNotInTheSum() {
        String other = Sha256.hex(new byte[] {2});

        assertThat(flaw(altered(text -> text.replaceFirst(DIGEST, other)))).contains("the totals are not those");
    }

    @Test
    void noticesCountsThatDoNotAddUp() {
        assertThat(flaw(altered(text -> text.replaceFirst("\"rows\" : 4", "\"rows\" : 5"))))
                .contains("what was forgotten is not what its receipts state");
        assertThat(flaw(altered(text -> text.replaceFirst("\"forgotten\" : 8", "\"forgotten\" : 9"))))
                .contains("the totals are not those of its receipts");
        assertThat(flaw(certificate(classWith(POLICIES, bucket(0, FIRST, 1, 2, receipt(FIRST, 0, 2, 5, 700))))))
                .contains("more were forgotten than came");
    }

    @Test
    void noticesATotalOverAllThatIsNotTheirs() {
        Certificate right = right();
        Certificate.Totals wrong = new Certificate.Totals(0, 0, 0, 0, null, DIGEST);

        assertThat(flaw(new Certificate(
                        right.kind(),
                        right.version(),
                        right.day(),
                        right.from(),
                        right.to(),
                        right.classes(),
                        wrong,
                        right.readAt(),
                        right.software(),
                        right.keyId(),
                        right.statement())))
                .isEqualTo("The totals are not those of the classes");
    }

    @Test
    void noticesAReceiptThatWasOpenedTooEarly() {
        assertThat(flaw(certificate(classWith(POLICIES, bucket(0, FIRST, 2, 2, receipt(FIRST, 0, 2, -1, 700))))))
                .contains("opened before its bucket was due");
    }

    @Test
    void noticesAPolicyUnderWhichItWasTooEarly() {
        List<Policy> longer =
                List.of(new Policy(1, KEPT + HOUR, "2026-01-01T00:00:00.000Z", "configuration", "first start"));

        assertThat(flaw(certificate(classWith(longer, bucket(0, FIRST, 2, 2, receipt(FIRST, 0, 2, 5, 700))))))
                .contains("opened before its bucket was due");
    }

    @Test
    void noticesADayThatWasNotDueWhenItWasRead() {
        Certificate early = Certificate.of(
                DAY,
                List.of(classWith(POLICIES)),
                Instant.ofEpochMilli(due(FIRST + 23) - 1),
                "Lookback test",
                KeyFiles.keyId(KEY.getPublic()));

        assertThat(flaw(early)).isEqualTo("Class default was not wholly due when this was read");
    }

    @Test
    void noticesALatenessThatIsNotThatOfItsTimes() {
        assertThat(flaw(altered(text -> text.replace("\"latenessMillis\" : 700", "\"latenessMillis\" : 7"))))
                .contains("states another lateness than its times");
    }

    @Test
    void noticesAReceiptThatIsLeftOut() {
        assertThat(flaw(certificate(classWith(POLICIES, bucket(0, FIRST, 1, 1, receipt(FIRST, 1, 1, 9_000, 50))))))
                .contains("is not the next");
    }

    @Test
    void noticesABucketOfAnotherDay() {
        assertThat(flaw(certificate(classWith(POLICIES, bucket(0, FIRST - 1, 1, 1, receipt(FIRST - 1, 0, 1, 5, 700))))))
                .contains("is not of this day");
    }

    @Test
    void noticesABucketThatIsThereTwice() {
        Bucket bucket = bucket(0, FIRST, 1, 1, receipt(FIRST, 0, 1, 5, 700));

        assertThat(flaw(certificate(classWith(POLICIES, bucket, bucket)))).contains("is out of order");
    }

    @Test
    void readsWhatItWritesAndOpensslAgrees(@TempDir Path directory) throws IOException, InterruptedException {
        Path file = directory.resolve("certificate-2026-01-31.json");
        SealedCertificate.seal(right(), KEY).write(file, KEY);

        assertThat(CertificateVerifier.verify(
                        SealedCertificate.read(file), KeyFiles.readPublicKey(SealedCertificate.keyOf(file))))
                .isInstanceOf(Sound.class);
        if (Files.isExecutable(Path.of("/usr/bin/openssl"))) {
            Process openssl = new ProcessBuilder(
                            "/usr/bin/openssl",
                            "pkeyutl",
                            "-verify",
                            "-rawin",
                            "-pubin",
                            "-inkey",
                            SealedCertificate.keyOf(file).toString(),
                            "-in",
                            file.toString(),
                            "-sigfile",
                            SealedCertificate.signatureOf(file).toString())
                    .inheritIO()
                    .start();
            assertThat(openssl.waitFor()).isZero();
        }
    }
}
