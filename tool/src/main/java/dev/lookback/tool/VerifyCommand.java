package dev.lookback.tool;

import dev.lookback.certificate.SealedCertificate;
import dev.lookback.handover.HandoverVerifier;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "verify",
        description = {
            "Verify what Lookback has sealed, an extract or a certificate of destruction: the seal, then all that it says"
                    + " of itself. Needs nothing but the files.",
            "Exit code 0 if all is sound, 1 if not.",
        },
        footer = {
            "",
            "Examples:",
            "  lookback verify REQUEST --key sealing.pem                     # an extract",
            "  lookback verify certificate-2026-01-31.json --key sealing.pem",
            "  lookback verify certificates                                  # a directory of them",
        })
final class VerifyCommand implements Callable<Integer> {
    private static final String MANIFEST = "manifest.json";

    private final Surroundings surroundings;

    @Parameters(
            paramLabel = "FILE|DIR",
            description =
                    "A certificate (NAME.json, with NAME.sig beside it), a directory of them, or the directory of an"
                            + " extract.")
    private Path path = Path.of("");

    @Option(
            names = "--key",
            paramLabel = "FILE",
            description =
                    "Public key (PEM) that you got from the provider by another way; several times if there has been more"
                            + " than one. Without it, the one that came along: then compare the key id that is shown.")
    private List<Path> keyFiles = List.of();

    @Mixin
    private final Json json = new Json();

    VerifyCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException {
        SealCheck check = new SealCheck(surroundings.console(), json);
        if (Files.isDirectory(path)) {
            return HandoverVerifier.isFolder(path) ? check.extract(path, keyFiles) : certificates(check);
        }
        if (!Files.exists(path)) {
            throw ToolException.usage("There is no " + path);
        }
        if (path.endsWith(MANIFEST)) {
            return check.extract(path.resolveSibling(""), keyFiles);
        }
        return check.certificate(path, keyFiles);
    }

    /** All of them; the exit code is that of the worst. */
    private int certificates(SealCheck check) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(path, "*.json")) {
            for (Path each : files) {
                if (Files.exists(SealedCertificate.signatureOf(each))) {
                    found.add(each);
                }
            }
        }
        if (found.isEmpty()) {
            throw ToolException.usage(path + " holds neither an extract (" + MANIFEST + ") nor a certificate (NAME.json"
                    + " with NAME.sig beside it)");
        }
        found.sort(null);
        int worst = ExitCodes.OK;
        for (Path each : found) {
            worst = Math.max(worst, check.certificate(each, keyFiles));
        }
        return worst;
    }
}
