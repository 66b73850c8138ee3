package dev.lookback.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyFilesTest {
    private static final char[] PASSWORD = "correct horse".toCharArray();
    private static final byte[] MESSAGE = {1, 2, 3};

    @TempDir
    private Path directory;

    @Test
    void keyIsMadeKeptAndRead() throws IOException, InterruptedException {
        Path keystore = directory.resolve("keys/seal.p12");
        Path pem = directory.resolve("seal.pem");
        KeyPair made = KeyFiles.generate(keystore, pem, PASSWORD, "lookback-sealing");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(keystore)))
                .isEqualTo("rw-------");
        assertThat(keystore.getParent().toFile().list()).containsExactly("seal.p12");

        KeyPair loaded = KeyFiles.load(keystore, PASSWORD, "lookback-sealing");
        byte[] signature = KeyFiles.sign(MESSAGE, loaded.getPrivate());
        assertThat(signature).hasSize(64);
        assertThat(KeyFiles.verifies(MESSAGE, signature, KeyFiles.readPublicKey(pem)))
                .isTrue();
        assertThat(KeyFiles.keyId(made.getPublic())).matches("[0-9a-f]{64}");

        assertThatThrownBy(() -> KeyFiles.generate(keystore, pem, PASSWORD, "other"))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThatThrownBy(() -> KeyFiles.load(keystore, "wrong".toCharArray(), "lookback-sealing"))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> KeyFiles.load(keystore, PASSWORD, "other")).hasMessageContaining("other");
        opensslAgrees(pem, signature);
    }

    private void opensslAgrees(Path pem, byte[] signature) throws IOException, InterruptedException {
        if (!Files.isExecutable(Path.of("/usr/bin/openssl"))) {
            assertThat(System.getenv("CI"))
                    .as("openssl is missing: apt-get install openssl")
                    .isNotEqualTo("true");
            System.err.println("openssl is missing (apt-get install openssl): signatures were not checked with it");
            return;
        }
        Path message = Files.write(directory.resolve("message"), MESSAGE);
        Path signed = Files.write(directory.resolve("message.sig"), signature);
        Process openssl = new ProcessBuilder(
                        "/usr/bin/openssl",
                        "pkeyutl",
                        "-verify",
                        "-rawin",
                        "-pubin",
                        "-inkey",
                        pem.toString(),
                        "-in",
                        message.toString(),
                        "-sigfile",
                        signed.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("said").toFile())
                .start();
        assertThat(openssl.waitFor()).as(() -> "openssl").isZero();
    }

    @Test
    void otherKindsOfKeyAreRefused() throws GeneralSecurityException {
        KeyPair ed448 = KeyPairGenerator.getInstance("Ed448").generateKeyPair();
        KeyPair rsa = KeyPairGenerator.getInstance("RSA").generateKeyPair();
        assertThatThrownBy(() -> KeyFiles.parsePem(KeyFiles.toPem(ed448.getPublic())))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> KeyFiles.parsePem(KeyFiles.toPem(rsa.getPublic())))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> KeyFiles.parsePem("no key")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void signatureOfSomethingElseDoesNotVerify() throws GeneralSecurityException {
        KeyPair key = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        byte[] signature = KeyFiles.sign(MESSAGE, key.getPrivate());
        assertThat(KeyFiles.verifies(new byte[] {1, 2, 4}, signature, key.getPublic()))
                .isFalse();
        assertThat(KeyFiles.verifies(MESSAGE, new byte[3], key.getPublic())).isFalse();
        assertThat(KeyFiles.verifies(MESSAGE, new byte[0], key.getPublic())).isFalse();
    }
}
