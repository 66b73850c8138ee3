package dev.lookback.tool;

import dev.lookback.config.LookbackConfig;
import dev.lookback.seal.Extract;
import dev.lookback.seal.ExtractVerifier;
import dev.lookback.seal.KeyFiles;
import dev.lookback.v1.LegalRequestStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "extract",
        description = "Collect sealed extracts, and verify them offline.",
        footer = {
            "",
            "Examples:",
            "  lookback extract fetch REQUEST --out REQUEST --key sealing.pem",
            "  lookback extract verify REQUEST --key sealing.pem",
            "  openssl pkeyutl -verify -rawin -pubin -inkey sealing.pem -in manifest.json -sigfile manifest.sig",
        })
final class ExtractCommand {
    private final Surroundings surroundings;

    ExtractCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Command(
            description = "Collect a sealed extract into a directory: part-….jsonl with the lookups, manifest.json,"
                    + " manifest.sig, and key.pem if --key names the sealing key's public half.")
    int fetch(
            @Parameters(paramLabel = "REQUEST") UUID id,
            @Option(names = "--out", paramLabel = "DIR", required = true, description = "New or empty directory.")
                    Path directory,
            @Option(names = "--key", paramLabel = "FILE", description = "Public key (PEM): verify what was collected.")
                    @Nullable
                    Path keyFile,
            @Mixin Settings settings,
            @Mixin Json json)
            throws IOException {
        if (Files.exists(directory) && !isEmptyDirectory(directory)) {
            throw ToolException.usage(directory + " exists and is not an empty directory (--out)");
        }
        PublicKey key = keyFile == null ? null : SealCheck.readKey(keyFile);
        Extract extract = collect(settings.load(surroundings.environment()), id);
        extract.write(directory);
        if (key == null) {
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("directory", directory.toString());
            result.put("verified", false);
            show(result, "Collected in " + directory + "; not verified (no --key).", json);
            return ExitCodes.OK;
        }
        Files.writeString(directory.resolve(SealCheck.KEY), KeyFiles.toPem(key));
        return new SealCheck(surroundings.console(), json)
                .extract(directory, ExtractVerifier.verify(extract, key), false);
    }

    @Command(
            description = "Verify a collected extract: the seal, then every digest, count and lookup against the"
                    + " manifest. Needs nothing but the files. Exit code 0 if all is sound, 1 if not.")
    int verify(
            @Parameters(paramLabel = "DIR") Path directory,
            @Option(
                            names = "--key",
                            paramLabel = "FILE",
                            description = "Public key (PEM) that you got from the provider by another way. Without it,"
                                    + " the key.pem in the directory: then compare the key id that is shown.")
                    @Nullable
                    Path keyFile,
            @Mixin Json json) {
        return new SealCheck(surroundings.console(), json).extract(directory, keyFile);
    }

    private Extract collect(LookbackConfig config, UUID id) {
        try (Cases cases = new Cases(config, surroundings.clock())) {
            Extract extract = cases.extract(id);
            if (extract != null) {
                return extract;
            }
            LegalRequestStatus status = cases.latest(id);
            throw ToolException.failed(
                    status == null
                            ? "There is no request " + id
                            : "There is no extract: request " + id + " is " + status.getState() + " ("
                                    + status.getReason() + ")");
        }
    }

    private void show(Map<String, Object> result, String line, Json json) {
        if (json.wanted) {
            surroundings.console().printJson(result);
        } else {
            surroundings.console().print(line);
        }
    }

    private static boolean isEmptyDirectory(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return false;
        }
        try (var files = Files.list(directory)) {
            return files.findAny().isEmpty();
        }
    }
}
