package dev.lookback.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Set;
import org.apache.kafka.common.config.ConfigException;

/** Reads secrets from text files: any text, or a key in hexadecimal or Base64. */
final class KeyFile {
    private KeyFile() {}

    /**
     * The key in a file. Messages name setting and file, never what is in it.
     *
     * @throws ConfigException if the file cannot be read, is open to other users, or holds no key of this length
     */
    static byte[] read(String setting, Path file, int length) {
        String text = text(setting, file);
        byte[] key = decode(text, length);
        if (key.length != length) {
            throw new ConfigException(
                    setting + "=" + file + ": no key of " + length + " bytes in hexadecimal or Base64");
        }
        return key;
    }

    /**
     * The text in a file, without white space around it. Messages name setting and file, never what is in it.
     *
     * @throws ConfigException if the file cannot be read or is open to other users
     */
    static String text(String setting, Path file) {
        try {
            if (Files.getFileStore(file).supportsFileAttributeView("posix")) {
                Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
                if (permissions.contains(PosixFilePermission.OTHERS_READ)
                        || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
                    throw new ConfigException(
                            setting + "=" + file + ": open to every user of this machine; chmod 600 closes it");
                }
            }
            return Files.readString(file).trim();
        } catch (IOException e) {
            throw new ConfigException(
                    setting + "=" + file + ": cannot be read: " + e.getClass().getSimpleName());
        }
    }

    private static byte[] decode(String text, int length) {
        try {
            return text.length() == 2 * length
                    ? HexFormat.of().parseHex(text)
                    : Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            return new byte[0];
        }
    }
}
