package dev.lookback.seal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.EdECKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.List;

/**
 * Ed25519 keys in files: the pair in a PKCS#12 keystore, the public key as PEM (X.509 SubjectPublicKeyInfo), as
 * {@code openssl} reads both.
 */
public final class KeyFiles {
    private static final String PEM_BEGIN = "-----BEGIN PUBLIC KEY-----";
    private static final String PEM_END = "-----END PUBLIC KEY-----";
    private static final int PEM_LINE = 64;
    private static final String KEY_ID = "[0-9a-f]{64}";
    private static final String PASSWORD_VARIABLE = "LOOKBACK_KEYSTORE_PASSWORD";
    private static final int VALID_DAYS =
            3650; // the certificate is a mere wrapper: officers' validity is in their list

    private KeyFiles() {}

    /**
     * Makes a key pair: writes the keystore (readable by its owner alone) and the public key. Runs this JDK's
     * {@code keytool}, to which the password goes through its environment, never its arguments.
     *
     * @param keystore the PKCS#12 file to make; must not exist
     * @param publicKey the PEM file to write; replaced
     * @param password at least 6 characters, as keytool demands
     * @param alias the entry to make, also the common name in its certificate; 1 to 64 letters, digits, dots, hyphens
     * @throws IOException if a file exists or cannot be written, or keytool fails
     */
    public static KeyPair generate(Path keystore, Path publicKey, char[] password, String alias) throws IOException {
        if (Files.exists(keystore)) {
            throw new FileAlreadyExistsException(keystore.toString());
        }
        if (!alias.matches("[A-Za-z0-9.-]{1,64}")) {
            throw new IllegalArgumentException("An alias has 1 to 64 letters, digits, dots and hyphens");
        }
        Path directory = keystore.toAbsolutePath().getParent();
        Files.createDirectories(directory);
        // A directory of the owner's alone until the file's own permissions are set.
        Path closed = Files.createTempDirectory(directory, ".keys");
        Path made = closed.resolve("new.p12");
        try {
            keytool(made, password, alias);
            Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rw-------"));
            Files.move(made, keystore);
        } finally {
            Files.deleteIfExists(made);
            Files.delete(closed);
        }
        KeyPair pair = load(keystore, password, alias);
        Files.writeString(publicKey, toPem(pair.getPublic()));
        return pair;
    }

    private static void keytool(Path keystore, char[] password, String alias) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                alias,
                "-keyalg",
                "Ed25519",
                "-dname",
                "CN=" + alias,
                "-validity",
                Integer.toString(VALID_DAYS),
                "-storetype",
                "PKCS12",
                "-keystore",
                keystore.toString(),
                "-storepass:env",
                PASSWORD_VARIABLE));
        builder.environment().put(PASSWORD_VARIABLE, new String(password));
        Process process = builder.redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new IOException("keytool failed: " + said.strip());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while keytool ran", e);
        }
    }

    /**
     * Reads the key pair of a keystore.
     *
     * @throws IOException if the file cannot be read, the password is wrong or there is no Ed25519 key in it
     */
    public static KeyPair load(Path keystore, char[] password, String alias) throws IOException {
        try (InputStream in = Files.newInputStream(keystore)) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(in, password);
            if (!(store.getKey(alias, password) instanceof PrivateKey key) || !isEd25519(key)) {
                throw new IOException("No Ed25519 key under '" + alias + "' in " + keystore);
            }
            return new KeyPair(store.getCertificate(alias).getPublicKey(), key);
        } catch (GeneralSecurityException e) {
            throw new IOException("Cannot read keystore " + keystore + ": " + e.getMessage(), e);
        }
    }

    /** Reads a public key from a PEM file. */
    public static PublicKey readPublicKey(Path pem) throws IOException {
        return parsePem(Files.readString(pem));
    }

    /**
     * Reads an Ed25519 public key from PEM text.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static PublicKey parsePem(String pem) {
        int begin = pem.indexOf(PEM_BEGIN);
        int end = pem.indexOf(PEM_END);
        if (begin < 0 || end < begin) {
            throw new IllegalArgumentException("Not a public key in PEM: no '" + PEM_BEGIN + "'");
        }
        try {
            byte[] der = Base64.getMimeDecoder().decode(pem.substring(begin + PEM_BEGIN.length(), end));
            PublicKey key = KeyFactory.getInstance("EdDSA").generatePublic(new X509EncodedKeySpec(der));
            if (isEd25519(key)) {
                return key;
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("Not an Ed25519 public key in PEM", e);
        }
        throw new IllegalArgumentException("A public key, but not of Ed25519");
    }

    /** A public key as PEM text. */
    public static String toPem(PublicKey key) {
        String body = Base64.getMimeEncoder(PEM_LINE, new byte[] {'\n'}).encodeToString(key.getEncoded());
        return PEM_BEGIN + "\n" + body + "\n" + PEM_END + "\n";
    }

    /** How a key is named: SHA-256 (hex) of its X.509 SubjectPublicKeyInfo in DER. */
    public static String keyId(PublicKey key) {
        return Sha256.hex(key.getEncoded());
    }

    /**
     * Which key is needed, for a message that a seal does not verify.
     *
     * @param named id of the key that what is sealed says it was sealed with; not to be trusted
     * @param given what it was verified with
     * @return to go behind such a message; empty if it is this very key, or what it names is no id
     */
    public static String keyNeeded(String named, PublicKey given) {
        boolean isOther = named.matches(KEY_ID) && !named.equals(keyId(given));
        return isOther ? ". It names key " + named + ", and this is key " + keyId(given) : "";
    }

    /**
     * An Ed25519 signature, 64 bytes.
     *
     * @throws IllegalArgumentException if the key cannot sign so
     */
    public static byte[] sign(byte[] message, PrivateKey key) {
        try {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initSign(key);
            signature.update(message);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("Cannot sign with this key", e);
        }
    }

    /** Whether a signature is that of a message; false for anything that is not even a signature. */
    public static boolean verifies(byte[] message, byte[] signed, PublicKey key) {
        try {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initVerify(key);
            signature.update(message);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static boolean isEd25519(Key key) {
        return key instanceof EdECKey edwards
                && edwards.getParams().getName().equals(NamedParameterSpec.ED25519.getName());
    }
}
