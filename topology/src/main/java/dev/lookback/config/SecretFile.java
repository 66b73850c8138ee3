package dev.lookback.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Base64;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Set;
import org.apache.kafka.common.config.ConfigException;

/**
 * Files that other users of this machine must not read, because a secret is in them, or must not write, because they
 * decide who may do what. Where a file system knows no such permissions, all pass.
 */
public final class SecretFile {
    private static final Set<PosixFilePermission> OTHERS_READ_OR_WRITE =
            EnumSet.of(PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_WRITE);
    private static final Set<PosixFilePermission> OTHERS_WRITE = EnumSet.of(PosixFilePermission.OTHERS_WRITE);

    private SecretFile() {}

    /**
     * Demands that other users can neither read nor write a file.
     *
     * @param name what names the file, a setting or an option, for the message
     * @throws ConfigException if they can, or the file cannot be looked at
     */
    public static void demandClosed(String name, Path file) {
        demandClosed(name, "=", file);
    }

    /** The same for the file that a secret is in. */
    static void demandClosedFor(String secret, Path file) {
        demandClosed(secret, " in ", file);
    }

    private static void demandClosed(String name, String relation, Path file) {
        if (isOpen(name, file, OTHERS_READ_OR_WRITE)) {
            throw new ConfigException(
                    name + relation + file + ": open to every user of this machine; chmod 600 closes it");
        }
    }

    /** The same where they may read: for a file that is no secret, but is trusted. */
    public static void demandUnalterable(String name, Path file) {
        if (isOpen(name, file, OTHERS_WRITE)) {
            throw new ConfigException(
                    name + "=" + file + ": every user of this machine can change it; chmod 644 prevents that");
        }
    }

    private static boolean isOpen(String name, Path file, Set<PosixFilePermission> tooMuch) {
        try {
            return Files.getFileStore(file).supportsFileAttributeView("posix")
                    && !Collections.disjoint(Files.getPosixFilePermissions(file), tooMuch);
        } catch (IOException e) {
            throw unreadable(name, file, e);
        }
    }

    /**
     * The key in a text file, in hexadecimal or Base64. Messages name setting and file, never what is in it.
     *
     * @throws ConfigException if the file cannot be read, is open to other users, or holds no key of this length
     */
    static byte[] readKey(String setting, Path file, int length) {
        byte[] key = decode(readText(setting, file), length);
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
    static String readText(String setting, Path file) {
        demandClosed(setting, file);
        try {
            return Files.readString(file).trim();
        } catch (IOException e) {
            throw unreadable(setting, file, e);
        }
    }

    private static ConfigException unreadable(String name, Path file, IOException why) {
        return new ConfigException(
                name + "=" + file + ": cannot be read: " + why.getClass().getSimpleName());
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
