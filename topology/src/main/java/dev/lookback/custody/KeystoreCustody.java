package dev.lookback.custody;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;
import org.jspecify.annotations.Nullable;

/**
 * Keys in a PKCS#12 file, which several processes of one machine may share: whoever changes it holds a lock beside it,
 * reads it anew, writes it whole under another name and moves that into its place. The bytes of the file that was there
 * are overwritten then, so a destroyed key is not left on the disk as far as a file system overwrites in place; one that
 * copies on write, and the disk's own wear levelling, may keep them (docs/FORGETTING.md).
 *
 * <p>Settings: {@value #LOCATION}, the file, made if it does not exist; {@value #PASSWORD}.
 */
public final class KeystoreCustody implements KeyCustody {
    /** Setting: the file. */
    public static final String LOCATION = "keystore.location";
    /** Setting: the password of the file and of the keys in it. */
    public static final String PASSWORD = "keystore.password";

    private static final int KEY_BYTES = 32;
    private static final String SEPARATOR = "/";

    @SuppressWarnings("NullAway.Init") // configure() comes first
    private Path file;

    @SuppressWarnings("NullAway.Init")
    private KeyStore.PasswordProtection password;

    private final Map<Id, SecretKey> keys = new ConcurrentHashMap<>();
    private @Nullable FileTime readAt;

    private record Id(String retentionClass, long bucket) {
        static Id of(String alias) {
            int separator = alias.lastIndexOf(SEPARATOR);
            return new Id(alias.substring(0, separator), Long.parseLong(alias.substring(separator + 1)));
        }

        String alias() {
            return retentionClass + SEPARATOR + bucket;
        }

        boolean isBefore(String otherClass, long otherBucket) {
            return retentionClass.equals(otherClass) && bucket < otherBucket;
        }
    }

    /**
     * {@inheritDoc}
     *
     * @throws ConfigException if a setting is missing
     * @throws CustodyException if the file cannot be read or written, or the password is wrong
     */
    @Override
    public void configure(Map<String, ?> settings) {
        file = Path.of(required(settings, LOCATION)).toAbsolutePath();
        password = new KeyStore.PasswordProtection(required(settings, PASSWORD).toCharArray());
        try {
            Files.createDirectories(file.getParent());
        } catch (IOException e) {
            throw failure(e);
        }
        change(store -> 0);
    }

    private static String required(Map<String, ?> settings, String name) {
        Object value = settings.get(name);
        String text = value instanceof Password password ? password.value() : Objects.toString(value, "");
        if (text.isBlank()) {
            throw new ConfigException("custody." + name + " is missing: the keys of lookups are kept there");
        }
        return text;
    }

    @Override
    public SecretKey forSealing(String retentionClass, long bucket) {
        Id id = new Id(retentionClass, bucket);
        SecretKey known = keys.get(id);
        return known == null ? make(id) : known;
    }

    private synchronized SecretKey make(Id id) {
        byte[] random = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(random);
        change(store -> {
            if (store.containsAlias(id.alias())) {
                return 0;
            }
            store.setEntry(id.alias(), new KeyStore.SecretKeyEntry(new SecretKeySpec(random, "AES")), password);
            return 1;
        });
        SecretKey made = keys.get(id);
        if (made == null) {
            throw new IllegalStateException("A key that was just made is not there");
        }
        return made;
    }

    @Override
    public @Nullable SecretKey forOpening(String retentionClass, long bucket) {
        Id id = new Id(retentionClass, bucket);
        SecretKey known = keys.get(id);
        if (known == null) {
            readIfChanged();
            known = keys.get(id);
        }
        return known;
    }

    @Override
    public synchronized int destroyBefore(String retentionClass, long bucket) {
        readIfChanged();
        if (keys.keySet().stream().noneMatch(id -> id.isBefore(retentionClass, bucket))) {
            return 0;
        }
        return change(store -> {
            List<String> doomed = new ArrayList<>(Collections.list(store.aliases()));
            doomed.removeIf(alias -> !Id.of(alias).isBefore(retentionClass, bucket));
            for (String alias : doomed) {
                store.deleteEntry(alias);
            }
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

    private interface Change {
        /** Changes a store; returns how much. */
        int make(KeyStore store) throws GeneralSecurityException;
    }

    private synchronized int change(Change change) {
        synchronized (KeystoreCustody.class) { // a file's lock is between processes alone
            return changeLocked(change);
        }
    }

    private int changeLocked(Change change) {
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
            if (changed > 0 || !Files.exists(file)) {
                replace(store);
            }
            remember(store);
            readAt = Files.getLastModifiedTime(file);
            return changed;
        } catch (IOException | GeneralSecurityException e) {
            throw failure(e);
        }
    }

    private synchronized void readIfChanged() {
        try {
            FileTime modifiedAt = Files.getLastModifiedTime(file); // before it is read: what comes later is read again
            if (!modifiedAt.equals(readAt)) {
                remember(load());
                readAt = modifiedAt;
            }
        } catch (IOException | GeneralSecurityException e) {
            throw failure(e);
        }
    }

    private KeyStore load() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, password.getPassword());
        } catch (NoSuchFileException e) {
            store.load(null, null);
        }
        return store;
    }

    private void replace(KeyStore store) throws IOException, GeneralSecurityException {
        Path made = file.resolveSibling(file.getFileName() + ".new");
        if (Files.exists(made)) { // left by a crash
            overwrite(made, () -> Files.delete(made));
        }
        Files.createFile(made, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (OutputStream out = Files.newOutputStream(made)) {
            store.store(out, password.getPassword());
        }
        try (FileChannel channel = FileChannel.open(made, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        if (Files.exists(file)) {
            overwrite(file, () -> Files.move(made, file, StandardCopyOption.ATOMIC_MOVE));
        } else {
            Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
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

    private void remember(KeyStore store) throws GeneralSecurityException {
        Map<Id, SecretKey> found = new ConcurrentHashMap<>();
        for (String alias : Collections.list(store.aliases())) {
            SecretKey known = keys.get(Id.of(alias)); // taking a key out of the file costs milliseconds
            if (known == null && store.getEntry(alias, password) instanceof KeyStore.SecretKeyEntry entry) {
                known = entry.getSecretKey();
            }
            if (known != null) {
                found.put(Id.of(alias), known);
            }
        }
        keys.keySet().retainAll(found.keySet());
        keys.putAll(found);
    }

    private CustodyException failure(Exception e) {
        return new CustodyException("The keys of retained lookups in " + file + ": " + e.getMessage(), e);
    }
}
