package dev.lookback.certificate;

import dev.lookback.seal.KeyFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.KeyPair;

/**
 * A certificate and its seal, not yet verified: {@link CertificateVerifier} does that. In files it is {@code NAME.json}
 * and {@code NAME.sig}, each exactly the bytes that were sealed, with the public key beside them as {@code NAME.pem};
 * {@code openssl pkeyutl -verify -rawin -pubin -inkey KEY.pem -in NAME.json -sigfile NAME.sig} checks the seal.
 *
 * @param certificate the certificate's bytes
 * @param signature the seal over them
 */
public record SealedCertificate(byte[] certificate, byte[] signature) {
    private static final String JSON = ".json";
    private static final String SIGNATURE = ".sig";
    private static final String KEY = ".pem";

    /** Seals a certificate. */
    public static SealedCertificate seal(Certificate certificate, KeyPair key) {
        byte[] bytes = certificate.toBytes();
        return new SealedCertificate(bytes, KeyFiles.sign(bytes, key.getPrivate()));
    }

    /**
     * Writes the files.
     *
     * @param file NAME.json; none of the files may be there already
     */
    public void write(Path file, KeyPair key) throws IOException {
        Files.write(file, certificate, StandardOpenOption.CREATE_NEW);
        Files.write(signatureOf(file), signature, StandardOpenOption.CREATE_NEW);
        Files.writeString(keyOf(file), KeyFiles.toPem(key.getPublic()), StandardOpenOption.CREATE_NEW);
    }

    /**
     * Reads certificate and seal.
     *
     * @param file NAME.json
     * @throws IOException if one of them is missing or cannot be read; the message is its name
     */
    public static SealedCertificate read(Path file) throws IOException {
        return new SealedCertificate(Files.readAllBytes(file), Files.readAllBytes(signatureOf(file)));
    }

    /** Where the seal of a certificate lies. */
    public static Path signatureOf(Path file) {
        return beside(file, SIGNATURE);
    }

    /** Where the public key that was written with a certificate lies. */
    public static Path keyOf(Path file) {
        return beside(file, KEY);
    }

    private static Path beside(Path file, String suffix) {
        String name = file.getFileName().toString();
        String stem = name.endsWith(JSON) ? name.substring(0, name.length() - JSON.length()) : name;
        return file.resolveSibling(stem + suffix);
    }
}
