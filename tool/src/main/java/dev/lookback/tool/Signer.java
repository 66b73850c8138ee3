package dev.lookback.tool;

import dev.lookback.casework.Command;
import dev.lookback.casework.CommandCodec;
import dev.lookback.seal.KeyFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Who signs: options of every command that an officer orders. */
final class Signer {
    @Option(
            names = "--officer",
            paramLabel = "ID",
            required = true,
            description = "Who you are: your id in the list of officers, and your key's alias in the keystore.")
    private String officer = "";

    @Option(names = "--keystore", paramLabel = "FILE", required = true, description = "PKCS#12 keystore with your key.")
    private Path keystore = Path.of("");

    @Mixin
    private final KeystorePassword password = new KeystorePassword();

    /** Signs commands. */
    interface Pen {
        String sign(Command command);
    }

    /** Takes the key out of the keystore. */
    Pen open(Surroundings surroundings) throws IOException {
        if (!Files.isReadable(keystore)) {
            throw ToolException.usage("There is no readable file " + keystore + " (--keystore)");
        }
        PrivateKey key;
        try {
            key = KeyFiles.load(keystore, password.ask(surroundings, keystore), officer)
                    .getPrivate();
        } catch (IOException e) {
            throw ToolException.usage(keystore + ": " + e.getMessage());
        }
        return command -> {
            try {
                return CommandCodec.sign(command, officer, key);
            } catch (IllegalArgumentException e) {
                throw ToolException.usage(e.getMessage() == null ? "The command cannot be signed" : e.getMessage());
            }
        };
    }
}
