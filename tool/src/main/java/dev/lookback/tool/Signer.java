package dev.lookback.tool;

import dev.lookback.casework.Command;
import dev.lookback.casework.CommandCodec;
import dev.lookback.config.SecretFile;
import dev.lookback.policy.PolicyOrder;
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

    /** Takes the key out of the keystore, to sign commands. */
    Pen open(Surroundings surroundings) throws IOException {
        PrivateKey key = key(surroundings);
        return command -> {
            try {
                return CommandCodec.sign(command, officer, key);
            } catch (IllegalArgumentException e) {
                throw ToolException.usage(e.getMessage() == null ? "The command cannot be signed" : e.getMessage());
            }
        };
    }

    /** The same, to sign changes of retention. */
    PolicyChanges.Pen openForRetention(Surroundings surroundings) throws IOException {
        return pen(officer, key(surroundings));
    }

    /** An officer's pen. */
    static PolicyChanges.Pen pen(String officer, PrivateKey key) {
        return new PolicyChanges.Pen() {
            @Override
            public String officer() {
                return officer;
            }

            @Override
            public String sign(PolicyOrder order) {
                return PolicyOrder.sign(order, officer, key);
            }
        };
    }

    /** Who signs. */
    String officer() {
        return officer;
    }

    /** The key to sign with, out of the keystore. */
    PrivateKey key(Surroundings surroundings) throws IOException {
        return key(surroundings, keystore, password, officer);
    }

    /** An officer's key, out of a keystore. */
    static PrivateKey key(Surroundings surroundings, Path keystore, KeystorePassword password, String officer)
            throws IOException {
        if (!Files.isReadable(keystore)) {
            throw ToolException.usage("There is no readable file " + keystore + " (--keystore)");
        }
        SecretFile.demandClosed("--keystore", keystore);
        try {
            return KeyFiles.load(keystore, password.ask(surroundings, keystore), officer)
                    .getPrivate();
        } catch (IOException e) {
            throw ToolException.usage(keystore + ": " + e.getMessage());
        }
    }
}
