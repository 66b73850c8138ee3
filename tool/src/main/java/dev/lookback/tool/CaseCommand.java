package dev.lookback.tool;

import dev.lookback.app.Version;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "case",
        description = "Cases as a whole.",
        footer = {
            "",
            "Examples:",
            "  lookback case export REQUEST --out case.json",
        })
final class CaseCommand {
    private final Surroundings surroundings;

    CaseCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Command(
            description = {
                "Write all that is still on record of a case to a file, for counsel: the officers' signed commands, every"
                        + " status, every entry of the audit, and the extract's manifest, in the order of time.",
                "The file may hold personal data, namely what was asked for. Only its owner can read it.",
            })
    int export(
            @Parameters(paramLabel = "REQUEST") UUID id,
            @Option(
                            names = "--out",
                            paramLabel = "FILE",
                            required = true,
                            description = "The file to write (JSON); must not exist.")
                    Path out,
            @Mixin Settings settings,
            @Mixin Json json)
            throws IOException {
        if (Files.exists(out)) {
            throw ToolException.failed(out + " is there already, and is not replaced (--out)");
        }
        CaseHistory history = new CaseRecords(settings.load(surroundings.environment()), id).read();
        if (history.isEmpty()) {
            throw ToolException.failed("There is nothing on record of a request " + id);
        }
        writeForOwner(out, history.toBytes(surroundings.clock().instant(), Version.SOFTWARE));
        if (json.wanted) {
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("file", out.toString());
            result.put("request", id.toString());
            result.put("events", history.size());
            surroundings.console().printJson(result);
        } else {
            surroundings
                    .console()
                    .print(out + ": " + history.size() + " events of request " + id
                            + ". It may hold personal data; only you can read it.");
        }
        return ExitCodes.OK;
    }

    /** Writes a new file that nobody but its owner can read, from its first moment on. */
    static void writeForOwner(Path file, byte[] bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        }
    }
}
