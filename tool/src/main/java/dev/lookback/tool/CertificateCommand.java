package dev.lookback.tool;

import dev.lookback.app.SealingKey;
import dev.lookback.app.Version;
import dev.lookback.certificate.Certificate;
import dev.lookback.certificate.SealedCertificate;
import dev.lookback.config.LookbackConfig;
import dev.lookback.retention.RetentionClass;
import dev.lookback.seal.KeyFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Instant;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "certificate",
        description = {
            "Certify that the lookups of one day have been forgotten: counts, digests, lateness, the policies and settings"
                    + " in force, from receipts that are counted again as far as the ledger still allows it. Sealed with"
                    + " the system's key (sealing.keystore.*), so that anyone can verify it offline.",
            "Refuses while anything of that day is left, or anything contradicts a receipt.",
        },
        footer = {
            "",
            "Examples:",
            "  lookback retention certificate 2026-01-31 --out certificates/",
            "  lookback verify certificates/certificate-2026-01-31.json --key sealing.pem",
        })
final class CertificateCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Parameters(paramLabel = "DAY", description = "The UTC day in which the lookups occurred: 2026-01-31.")
    private LocalDate day = LocalDate.EPOCH;

    @Option(names = "--class", paramLabel = "CLASS", description = "This retention class alone. Otherwise all.")
    private @Nullable String className;

    @Option(
            names = "--out",
            paramLabel = "FILE|DIR",
            required = true,
            description =
                    "Where to put it: NAME.json, with NAME.sig (the seal) and NAME.pem (the public key) beside it; in"
                            + " a directory as certificate-DAY.json. Existing files are never replaced.")
    private Path out = Path.of("");

    @Mixin
    private final Settings settings = new Settings();

    @Mixin
    private final Json json = new Json();

    CertificateCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException {
        LookbackConfig config = settings.load(surroundings.environment());
        List<RetentionClass> classes = classes(config);
        Path file = file();
        KeyPair key = SealingKey.load(config);
        Certificate certificate = certificate(config, classes, key);
        Path directory = file.toAbsolutePath().getParent();
        if (directory != null) {
            Files.createDirectories(directory);
        }
        SealedCertificate.seal(certificate, key).write(file, key);
        tell(certificate, file);
        return ExitCodes.OK;
    }

    private List<RetentionClass> classes(LookbackConfig config) {
        if (className == null) {
            return config.retentionClasses().all();
        }
        RetentionClass found = config.retentionClasses().get(className);
        if (found == null) {
            throw ToolException.usage("There is no retention class " + className + "; there are "
                    + config.retentionClasses().all().stream()
                            .map(RetentionClass::name)
                            .toList());
        }
        return List.of(found);
    }

    private Path file() {
        boolean directory = Files.isDirectory(out) || out.toString().isEmpty() || out.getFileName() == null;
        String name = "certificate-" + day + (className == null ? "" : "-" + className) + ".json";
        Path file = directory || !out.getFileName().toString().endsWith(".json") ? out.resolve(name) : out;
        for (Path each : List.of(file, SealedCertificate.signatureOf(file), SealedCertificate.keyOf(file))) {
            if (Files.exists(each)) {
                throw ToolException.failed(each + " is there already, and certificates are never replaced (--out)");
            }
        }
        return file;
    }

    private Certificate certificate(LookbackConfig config, List<RetentionClass> classes, KeyPair key) {
        Instant readAt = Instant.ofEpochMilli(surroundings.clock().millis());
        try (CertificateOfClass maker = new CertificateOfClass(config, surroundings, day)) {
            List<Certificate.OfClass> made = classes.stream().map(maker::of).toList();
            if (made.stream().allMatch(each -> each.buckets().isEmpty())) {
                throw ToolException.failed("There is nothing to certify: no receipt is about a lookup of " + day
                        + ", and the ledger shows none");
            }
            // Once everything has been read, so that no receipt is of a later time.
            Instant doneAt = Instant.ofEpochMilli(surroundings.clock().millis());
            return Certificate.of(
                    day,
                    made,
                    doneAt.isBefore(readAt) ? readAt : doneAt,
                    Version.SOFTWARE,
                    KeyFiles.keyId(key.getPublic()));
        }
    }

    private void tell(Certificate certificate, Path file) {
        if (json.wanted) {
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("file", file.toString());
            result.put("day", certificate.day());
            result.put("totals", certificate.totals());
            result.put("keyId", certificate.keyId());
            surroundings.console().printJson(result);
        } else {
            surroundings.console().print(file + ": " + SealCheck.summary(certificate));
        }
    }
}
