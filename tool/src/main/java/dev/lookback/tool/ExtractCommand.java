package dev.lookback.tool;

import dev.lookback.casework.Command.Fetch;
import dev.lookback.casework.Reason;
import dev.lookback.config.LookbackConfig;
import dev.lookback.handover.FolderFile;
import dev.lookback.handover.HandoverVerifier;
import dev.lookback.handover.HandoverWriter;
import dev.lookback.seal.Extract;
import dev.lookback.seal.ExtractVerifier;
import dev.lookback.seal.FlawException;
import dev.lookback.seal.Manifest;
import dev.lookback.seal.Sha256;
import dev.lookback.v1.LegalRequestStatus;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "extract",
        description = "Collect sealed extracts to hand over, and verify them offline.",
        footer = {
            "",
            "Examples:",
            "  lookback extract fetch REQUEST --out REQUEST --key sealing.pem --officer a.intake --keystore a.intake.p12",
            "  lookback extract verify REQUEST --key sealing.pem",
            "  lookback extract prove REQUEST --line 17 --out record-17.json",
            "  lookback extract verify-record record-17.json --manifest manifest.json --key sealing.pem",
        })
final class ExtractCommand {
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(30);

    private final Surroundings surroundings;

    ExtractCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Command(
            description = {
                "Collect a sealed extract, and write the folder that is handed over: records.csv and records.jsonl with"
                        + " the lookups, letter.pdf for the authority, manifest.json and its seal manifest.sig, VERIFY.md,"
                        + " SHA256SUMS, and key.pem if --key names the sealing key's public half.",
                "The folder is there as a whole or not at all, and not without an entry in the audit: so collecting is"
                        + " an order, too, signed by an officer of intake or an approver.",
            })
    int fetch(
            @Parameters(paramLabel = "REQUEST") UUID id,
            @Option(names = "--out", paramLabel = "DIR", required = true, description = "New or empty directory.")
                    Path directory,
            @Option(
                            names = "--key",
                            paramLabel = "FILE",
                            description = "Public key (PEM): verify the seal, too, and all that was written.")
                    @Nullable
                    Path keyFile,
            @Mixin Signer signer,
            @Mixin Settings settings,
            @Mixin Json json)
            throws IOException {
        PublicKey key = keyFile == null ? null : SealCheck.readKey(keyFile);
        Signer.Pen pen = signer.open(surroundings);
        LookbackConfig config = settings.load(surroundings.environment());
        SealCheck check = new SealCheck(surroundings.console(), json);
        try (StagedDirectory staged = new StagedDirectory(directory)) {
            Manifest manifest;
            String manifestSha256;
            try {
                Extract extract = collect(config, id, staged.path());
                manifestSha256 = Sha256.hex(extract.manifest());
                manifest = HandoverWriter.complete(
                        staged.path(), extract.manifest(), extract.signature(), key, progress("written"));
            } catch (FlawException e) {
                return check.extract(directory, new ExtractVerifier.Flawed(e.what()), false);
            }
            if (key != null) {
                ExtractVerifier.Verdict verdict =
                        HandoverVerifier.verify(staged.path(), key, progress("written; verified"));
                surroundings.console().progressDone();
                if (verdict instanceof ExtractVerifier.Sound) {
                    putOnRecord(config, id, manifestSha256, pen);
                    staged.commit();
                }
                return check.extract(directory, verdict, false);
            }
            surroundings.console().progressDone();
            putOnRecord(config, id, manifestSha256, pen);
            staged.commit();
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("directory", directory.toString());
            result.put("lookups", manifest.totals().lookups());
            result.put("verified", false);
            show(result, "Written to " + directory + "; the seal was not verified (no --key).", json);
            return ExitCodes.OK;
        }
    }

    @Command(
            description = "Verify a folder that was handed over: the seal, every record against the manifest, and every"
                    + " other byte. Needs nothing but the files. Exit code 0 if all is sound, 1 if not.")
    int verify(
            @Parameters(paramLabel = "DIR") Path directory,
            @Option(
                            names = "--key",
                            paramLabel = "FILE",
                            description =
                                    "Public key (PEM) that you got from the provider by another way; several times"
                                            + " if there has been more than one. Without it, the key.pem in the directory: then"
                                            + " compare the key id that is shown.")
                    @Nullable
                    List<Path> keyFiles,
            @Mixin Json json) {
        return new SealCheck(surroundings.console(), json).extract(directory, keyFiles == null ? List.of() : keyFiles);
    }

    @Command(
            description = "Write a proof that one record is in an extract, to be shown without the other records: with"
                    + " manifest.json and manifest.sig it is all that anyone needs.")
    int prove(
            @Parameters(paramLabel = "DIR") Path directory,
            @Option(
                            names = "--line",
                            paramLabel = "N",
                            required = true,
                            description = "Which line of records.jsonl, from 1.")
                    long line,
            @Option(names = "--out", paramLabel = "FILE", required = true, description = "New file.") Path out,
            @Option(
                            names = "--key",
                            paramLabel = "FILE",
                            description = "Public key (PEM) of the seal. Without it, the key.pem in the directory.")
                    @Nullable
                    Path keyFile,
            @Mixin Json json)
            throws IOException {
        if (Files.exists(out)) {
            throw ToolException.usage(out + " exists (--out)");
        }
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("directory", directory.toString());
        try {
            PublicKey key = keyFile == null ? HandoverVerifier.keyIn(directory) : SealCheck.readKey(keyFile);
            HandoverVerifier.prove(directory, key, line, out);
        } catch (FlawException e) {
            return new SealCheck(surroundings.console(), json).flawed(result, e.what(), directory);
        } catch (IllegalArgumentException e) {
            throw ToolException.usage("There is no record " + line + " in " + directory + " (--line)");
        }
        result.put("line", line);
        result.put("proof", out.toString());
        show(result, "Written to " + out + ": it holds the record, and proves that it is in the extract.", json);
        return ExitCodes.OK;
    }

    @Command(
            name = "verify-record",
            description = "Verify a proof of one record against the sealed manifest, and print the record. Exit code 0"
                    + " if it is in the extract, 1 if not.")
    int verifyRecord(
            @Parameters(paramLabel = "FILE") Path file,
            @Option(
                            names = "--manifest",
                            paramLabel = "FILE|DIR",
                            required = true,
                            description = "manifest.json with manifest.sig beside it, or the directory of both.")
                    Path manifest,
            @Option(
                            names = "--key",
                            paramLabel = "FILE",
                            required = true,
                            description = "Public key (PEM) of the seal.")
                    Path keyFile,
            @Mixin Json json) {
        Path folder = Files.isDirectory(manifest) ? manifest : manifest.resolveSibling("");
        PublicKey key = SealCheck.readKey(keyFile);
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("kind", "record");
        result.put("file", file.toString());
        HandoverVerifier.RecordVerdict verdict = HandoverVerifier.verifyRecord(file, folder, key);
        if (verdict instanceof HandoverVerifier.NotProven flaw) {
            return new SealCheck(surroundings.console(), json).flawed(result, flaw.what(), file);
        }
        HandoverVerifier.InExtract proven = (HandoverVerifier.InExtract) verdict;
        result.put("verified", true);
        result.put("request", proven.manifest().requestId());
        result.put("line", proven.line());
        result.put("record", proven.record());
        result.put("keyId", proven.manifest().keyId());
        if (!json.wanted) {
            surroundings
                    .console()
                    .note("Sound: record " + proven.line() + " of "
                            + Console.count(proven.manifest().totals().lookups()) + " for request "
                            + proven.manifest().requestId() + ", sealed with key "
                            + proven.manifest().keyId());
        }
        show(result, proven.record(), json);
        return ExitCodes.OK;
    }

    /** Nobody has an extract before the audit knows of it. */
    private void putOnRecord(LookbackConfig config, UUID id, String manifestSha256, Signer.Pen pen) {
        Fetch fetch = new Fetch(id, UUID.randomUUID(), surroundings.clock().instant(), manifestSha256);
        try (Cases cases = new Cases(config, surroundings.clock())) {
            Cases.Answer answer = cases.send(fetch, pen.sign(fetch), Set.of(Reason.FETCHED), ANSWER_LIMIT);
            if (!answer.accepted()) {
                throw ToolException.failed(
                        "Refused: " + answer.status().getReason() + ". Nothing was written (request " + id + ")");
            }
        }
    }

    /** Brings the records into a directory. */
    private Extract collect(LookbackConfig config, UUID id, Path directory) throws IOException, FlawException {
        Path file = FolderFile.RECORDS.in(directory);
        try (Cases cases = new Cases(config, surroundings.clock())) {
            Extract extract;
            try (OutputStream records = new BufferedOutputStream(Files.newOutputStream(file))) {
                extract = cases.extract(id, records, () -> Files.newInputStream(file));
            }
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

    private LongConsumer progress(String what) {
        return records -> surroundings.console().progress(Console.count(records) + " records " + what);
    }

    private void show(Map<String, Object> result, String line, Json json) {
        if (json.wanted) {
            surroundings.console().printJson(result);
        } else {
            surroundings.console().print(line);
        }
    }
}
