package dev.lookback.custody;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * Keys in a PKCS#12 file, which several processes of one machine may share: whoever changes it holds a lock beside it,
 * reads it anew, writes it whole under another name and moves that into its place. Once that is sure to outlast a crash,
 * the bytes of the file that was there are overwritten, so that a destroyed key is not left on the disk as far as a file
 * system overwrites in place (docs/FORGETTING.md).
 *
 * <p>For each class it remembers before which bucket keys have been destroyed, so that a key that is missing is never
 * taken for one that was destroyed. A file that is not there is an error: {@link #create} makes one.
 *
 * <p>Settings: {@value #LOCATION}, the file; {@value #PASSWORD}.
 */
public final class KeystoreCustody implements KeyCustody {
    /** Setting: the file. */
    public static final String LOCATION = "keystore.location";
    /** Setting: the password of the file and of the keys in it. */
    public static final String PASSWORD = "keystore.password";

    private static final int KEY_BYTES = 32;
    private static final String SEPARATOR = "/";
    private static final String DESTROYED_BEFORE = "/destroyed-before/";

    @SuppressWarnings("NullAway.Init") // configure() comes first
    private Path file;

    @SuppressWarnings("NullAway.Init")
    private KeyStore.PasswordProtection password;

    private final Map<Id, SecretKey> keys = new ConcurrentHashMap<>();
    private final Map<String, Long> destroyedBefore = new ConcurrentHashMap<>();
    private @Nullable Version read;

    private record Id(String retentionClass, long bucket) {
        String alias() {
            return retentionClass + SEPARATOR + bucket;
        }

        boolean isBefore(String otherClass, long otherBucket) {
            return retentionClass.equals(otherClass) && bucket < otherBucket;
        }
    }

    /** What tells a file that was replaced from the one before. */
    private record Version(
            FileTime modifiedAt, long size, @Nullable Object fileKey) {
        static Version of(Path file) throws IOException {
            BasicFileAttributes read = Files.readAttributes(file, BasicFileAttributes.class);
            return new Version(read.lastModifiedTime(), read.size(), read.fileKey());
        }
    }

    /**
     * Makes a file without keys, for its owner alone.
     *
     * @throws java.nio.file.FileAlreadyExistsException if there is one
     */
    public static void create(Path file, char[] password) throws IOException {
        try {
            KeyStore empty = KeyStore.getInstance("PKCS12");
            empty.load(null, null);
            write(empty, file, password);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java platform has PKCS12", e);
        }
    }

    /**
     * {@inheritDoc}
     *
     * @throws ConfigException if a setting is missing, or the file is not there
     */
    @Override
    public void configure(Map<String, ?> settings) {
        Path location = Path.of(required(settings, LOCATION));
        password = new KeyStore.PasswordProtection(required(settings, PASSWORD).toCharArray());
        try {
            file = location.toRealPath(); // its lock is beside it, whatever links lead there
        } catch (IOException e) {
            throw new ConfigException("custody." + LOCATION + "=" + location + ": not there. If there have been keys,"
                    + " without them all that is retained is lost: find them (a crash may have left " + location
                    + ".new). If not: lookback keys generate custody NAME --out DIR");
        }
        change(store -> 0);
    }

    private static String required(Map<String, ?> settings, String name) {
        Object value = settings.get(name);
        String text = value instanceof Password secret ? secret.value() : Objects.toString(value, "");
        if (text.isBlank()) {
            throw new ConfigException("custody." + name + " is missing: the keys of lookups are kept there");
        }
        return text;
    }

    @Override
    public @Nullable SecretKey forSealing(String retentionClass, long bucket) {
        Id id = new Id(retentionClass, bucket);
        SecretKey known = keys.get(id);
        return known == null ? make(id) : known;
    }

    private synchronized @Nullable SecretKey make(Id id) {
        byte[] random = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(random);
        change(store -> {
            take(store); // another process may have made or destroyed it
            if (keys.containsKey(id) || isDestroyed(id)) {
                return 0;
            }
            put(store, id.alias(), random);
            return 1;
        });
        return keys.get(id);
    }

    @Override
    public @Nullable SecretKey forOpening(String retentionClass, long bucket) {
        Id id = new Id(retentionClass, bucket);
        SecretKey known = keys.get(id);
        if (known == null && !isDestroyed(id)) {
            readIfChanged();
            known = keys.get(id);
            if (known == null && !isDestroyed(id)) {
                throw new CustodyException(
                        "There is no key for bucket " + bucket + " of class " + retentionClass + " in " + file
                                + ", and none was destroyed there: are these the right keys?",
                        null);
            }
        }
        return known;
    }

    private boolean isDestroyed(Id id) {
        return id.bucket < destroyedBefore.getOrDefault(id.retentionClass, Long.MIN_VALUE);
    }

    @Override
    public synchronized int destroyBefore(String retentionClass, long bucket) {
        readIfChanged();
        if (keys.keySet().stream().noneMatch(id -> id.isBefore(retentionClass, bucket))) {
            return 0;
        }
        return change(store -> {
            take(store);
            List<Id> doomed = keys.keySet().stream()
                    .filter(id -> id.isBefore(retentionClass, bucket))
                    .toList();
            if (doomed.isEmpty()) {
                return 0;
            }
            for (Id id : doomed) {
                store.deleteEntry(id.alias());
            }
            Long before = destroyedBefore.get(retentionClass);
            if (before != null) {
                store.deleteEntry(retentionClass + DESTROYED_BEFORE + before);
            }
            put(store, retentionClass + DESTROYED_BEFORE + bucket, new byte[KEY_BYTES]); // no key: its name says it all
            return doomed.size();
        });
    }

    @Override
    public int count(String retentionClass) {
        readIfChanged();
        return (int) keys.keySet().stream()
                .filter(id -> id.retentionClass.equals(retentionClass))
                .count();
    }

    private void put(KeyStore store, String alias, byte[] key) throws GeneralSecurityException {
        store.setEntry(alias, new KeyStore.SecretKeyEntry(new SecretKeySpec(key, "AES")), password);
    }

    private interface Change {
        /** Changes a store; returns how much. */
        int make(KeyStore store) throws GeneralSecurityException;
    }

    private synchronized int change(Change change) {
        synchronized (KeystoreCustody.class) { // a file's lock is between processes alone
            try (FileChannel channel = FileChannel.open(
                            file.resolveSibling(file.getFileName() + ".lock"),
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE);
                    FileLock lock = channel.lock()) {
                if (!lock.isValid()) {
                    throw new IOException("its lock is not valid");
                }
                KeyStore store = load();
                int changed = change.make(store);
                if (changed > 0) {
                    replace(store);
                }
                take(store);
                read = Version.of(file);
                return changed;
            } catch (IOException | GeneralSecurityException e) {
                throw failure(e);
            }
        }
    }

    private synchronized void readIfChanged() {
        try {
            if (!Version.of(file).equals(read)) {
                change(store -> 0);
            }
        } catch (IOException e) {
            throw failure(e);
        }
    }

    private KeyStore load() throws IOException, GeneralSecurityException {
        byte[] bytes = Files.readAllBytes(file);
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(new ByteArrayInputStream(bytes), password.getPassword());
            return store;
        } catch (IOException e) {
            throw new CustodyException(
                    "The keys of retained lookups in " + file
                            + " cannot be opened: no PKCS#12 file, or another password (" + e.getMessage() + ")",
                    e);
        }
    }

    private void replace(KeyStore store) throws IOException, GeneralSecurityException {
        Path made = file.resolveSibling(file.getFileName() + ".new");
        if (Files.exists(made)) { // left by a crash, and not needed: the file has just been read
            overwrite(made, () -> Files.delete(made));
        }
        write(store, made, password.getPassword());
        overwrite(file, () -> {
            Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
            Utils.flushDir(file.getParent()); // or a crash could bring the old name back, of a file without keys
        });
    }

    private static void write(KeyStore store, Path file, char[] password) throws IOException, GeneralSecurityException {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (OutputStream out = Files.newOutputStream(file)) {
            store.store(out, password);
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    private interface Unlinking {
        void unlink() throws IOException;
    }

    /** Overwrites a file once it has lost its name. */
    private static void overwrite(Path doomed, Unlinking unlinking) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(doomed.toFile(), "rwd")) {
            unlinking.unlink();
            bytes.write(new byte[(int) bytes.length()]);
        }
    }

    /** Takes over what a store holds. */
    private void take(KeyStore store) throws GeneralSecurityException {
        Map<Id, SecretKey> found = new HashMap<>();
        for (String alias : Collections.list(store.aliases())) {
            int separator = alias.lastIndexOf(SEPARATOR);
            long bucket = Long.parseLong(alias.substring(separator + 1));
            if (alias.contains(DESTROYED_BEFORE)) {
                destroyedBefore.merge(alias.substring(0, alias.indexOf(DESTROYED_BEFORE)), bucket, Math::max);
                continue;
            }
            Id id = new Id(alias.substring(0, separator), bucket);
            SecretKey known = keys.get(id); // taking a key out of the store costs milliseconds
            if (known == null && store.getEntry(alias, password) instanceof KeyStore.SecretKeyEntry entry) {
                known = entry.getSecretKey();
            }
            if (known != null) {
                found.put(id, known);
            }
        }
        keys.keySet().retainAll(found.keySet());
        keys.putAll(found);
    }

    private RuntimeException failure(Exception e) {
        String what = "The keys of retained lookups in " + file + ": " + e.getMessage();
        return e instanceof IOException ? new CustodyUnavailableException(what, e) : new CustodyException(what, e);
    }
}
