package dev.lookback.tool;

import dev.lookback.config.SecretFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the password of a keystore comes from: a file, a variable, or the person at the terminal; never an argument. */
final class KeystorePassword {
    /** Not a setting: the tool's alone. */
    static final String VARIABLE = "KEYSTORE_PASSWORD";

    private static final int MIN_LENGTH = 6;

    @Option(
            names = "--password-file",
            paramLabel = "FILE",
            description = "File whose first line is the keystore's password. Otherwise the variable " + VARIABLE
                    + ", or you are asked.")
    private @Nullable Path file;

    /** The password. */
    char[] ask(Surroundings surroundings, Path keystore) throws IOException {
        char[] password = read(surroundings, keystore);
        if (password.length < MIN_LENGTH) {
            throw ToolException.usage("The password of a keystore has at least " + MIN_LENGTH + " characters");
        }
        return password;
    }

    private char[] read(Surroundings surroundings, Path keystore) throws IOException {
        if (file != null) {
            if (!Files.isReadable(file)) {
                throw ToolException.usage("There is no readable file " + file + " (--password-file)");
            }
            SecretFile.demandClosed("--password-file", file);
            return Files.readString(file).lines().findFirst().orElse("").toCharArray();
        }
        String variable = surroundings.environment().get(VARIABLE);
        if (variable != null) {
            return variable.toCharArray();
        }
        java.io.Console terminal = System.console();
        char[] typed = terminal == null ? null : terminal.readPassword("Password of %s: ", keystore);
        if (typed == null) {
            throw ToolException.usage("The password of " + keystore + " is needed: --password-file or " + VARIABLE);
        }
        return typed;
    }
}
