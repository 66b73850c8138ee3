package dev.lookback.tool;

import dev.lookback.custody.KeystoreCustody;
import dev.lookback.handle.Tokens;
import dev.lookback.officers.Officer;
import dev.lookback.officers.Officers;
import dev.lookback.seal.KeyFiles;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "keys", description = "Make keys.")
final class KeysCommand {
    private static final Set<PosixFilePermission> OWNER_ALONE = PosixFilePermissions.fromString("rw-------");

    private final Surroundings surroundings;

    KeysCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** What a key is for. */
    enum Purpose {
        /** Signs an officer's commands. */
        OFFICER,
        /** Signs the manifests of extracts. */
        SEALING,
        /** Turns handles into tokens. */
        TOKEN,
        /** Holds the keys of retained lookups. */
        CUSTODY
    }

    @Command(
            description = {
                "Make a key, in files that only you can read. Existing files are never replaced.",
                "officer: NAME.p12 signs the officer's commands, NAME.pem is its public key, NAME.yaml the entry for the"
                        + " list that `officers.file` names.",
                "sealing: NAME.p12 signs the manifests of extracts (sealing.keystore.location, and NAME for"
                        + " sealing.keystore.alias), NAME.pem verifies them.",
                "custody: NAME.p12, empty, is where the keys of retained lookups will be kept (custody.keystore.location)."
                        + " Losing it loses what is retained; a copy of it undoes forgetting.",
                "token: NAME.key turns handles into tokens (token.key.file). Losing it makes what is stored unfindable.",
            },
            footer = {
                "",
                "Examples:",
                "  lookback keys generate token lookback --out keys",
                "  lookback keys generate sealing lookback-sealing --out keys --password-file sealing.password",
                "  lookback keys generate officer a.intake --role INTAKE --out keys",
            })
    int generate(
            @Parameters(paramLabel = "PURPOSE", description = "${COMPLETION-CANDIDATES}") Purpose purpose,
            @Parameters(paramLabel = "NAME", description = "An officer's id, or what the files are to be called.")
                    String name,
            @Option(names = "--out", paramLabel = "DIR", required = true, description = "Where to put the files.")
                    Path directory,
            @Option(
                            names = "--role",
                            paramLabel = "ROLE",
                            split = ",",
                            description = "What an officer may do: ${COMPLETION-CANDIDATES}.")
                    @Nullable
                    List<Officer.Role> roles,
            @Mixin KeystorePassword password,
            @Mixin Json json)
            throws IOException {
        if (!name.matches("[A-Za-z0-9.-]{1,64}")) {
            throw ToolException.usage("NAME has 1 to 64 letters, digits, dots and hyphens");
        }
        if (roles != null && purpose != Purpose.OFFICER) {
            throw ToolException.usage("--role is for officers");
        }
        Files.createDirectories(directory);
        Map<String, String> made = new LinkedHashMap<>();
        try {
            switch (purpose) {
                case TOKEN -> made.put("key", token(directory, name));
                case CUSTODY -> made.put("keystore", custody(directory, name, password));
                case SEALING -> pair(directory, name, password, made);
                case OFFICER -> officer(directory, name, roles, password, made);
            }
        } catch (FileAlreadyExistsException e) {
            throw ToolException.failed(e.getMessage() + " is there already, and keys are never replaced");
        }
        if (json.wanted) {
            surroundings.console().printJson(made);
        } else {
            made.forEach((what, where) -> surroundings.console().print(what + ": " + where));
        }
        return ExitCodes.OK;
    }

    private static String token(Path directory, String name) throws IOException {
        byte[] key = new byte[Tokens.KEY_LENGTH];
        new SecureRandom().nextBytes(key);
        Path file = directory.resolve(name + ".key");
        Files.createFile(file, PosixFilePermissions.asFileAttribute(OWNER_ALONE));
        Files.writeString(file, HexFormat.of().formatHex(key) + "\n");
        return file.toString();
    }

    private String custody(Path directory, String name, KeystorePassword password) throws IOException {
        Path file = directory.resolve(name + ".p12");
        if (Files.exists(file)) {
            throw new FileAlreadyExistsException(file.toString());
        }
        KeystoreCustody.create(file, password.ask(surroundings, file));
        return file.toString();
    }

    private KeyPair pair(Path directory, String name, KeystorePassword password, Map<String, String> made)
            throws IOException {
        Path keystore = directory.resolve(name + ".p12");
        Path publicKey = directory.resolve(name + ".pem");
        if (Files.exists(publicKey)) {
            throw new FileAlreadyExistsException(publicKey.toString());
        }
        KeyPair pair = KeyFiles.generate(keystore, publicKey, password.ask(surroundings, keystore), name);
        made.put("keystore", keystore.toString());
        made.put("alias", name);
        made.put("public key", publicKey.toString());
        made.put("key id", KeyFiles.keyId(pair.getPublic()));
        return pair;
    }

    private void officer(
            Path directory,
            String name,
            @Nullable List<Officer.Role> roles,
            KeystorePassword password,
            Map<String, String> made)
            throws IOException {
        if (roles == null) {
            throw ToolException.usage("--role says what the officer may do: " + EnumSet.allOf(Officer.Role.class));
        }
        Path entry = directory.resolve(name + ".yaml");
        if (Files.exists(entry)) {
            throw new FileAlreadyExistsException(entry.toString());
        }
        KeyPair pair = pair(directory, name, password, made);
        Officer officer = new Officer(name, Set.copyOf(roles), pair.getPublic(), null, null);
        Files.writeString(entry, new Officers(List.of(officer)).toYaml());
        made.put("entry for officers.file", entry.toString());
    }
}
