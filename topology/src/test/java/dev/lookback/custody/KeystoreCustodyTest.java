package dev.lookback.custody;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import javax.crypto.SecretKey;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeystoreCustodyTest {
    private static final String PASSWORD = "a password";

    @TempDir
    Path directory;

    @Test
    void keysSurviveARestart() {
        SecretKey made = custody().forSealing("default", 20_000);
        assertThat(made.getEncoded()).hasSize(32);
        KeyCustody again = custody();
        assertThat(again.forOpening("default", 20_000)).isEqualTo(made);
        assertThat(again.forSealing("default", 20_000)).isEqualTo(made);
        for (KeyCustody each : List.of(again, custody())) {
            assertThatThrownBy(() -> each.forOpening("default", 20_001))
                    .as("a key that was never made was not destroyed")
                    .isInstanceOf(CustodyException.class)
                    .hasMessageContaining("bucket 20001 of class default");
            assertThatThrownBy(() -> each.forOpening("short", 20_000)).isInstanceOf(CustodyException.class);
        }
        assertThat(again.count("default")).isEqualTo(1);
    }

    @Test
    void twoProcessesOnOneFileAgree() {
        KeyCustody one = custody();
        KeyCustody other = custody();
        SecretKey made = one.forSealing("default", 1);
        assertThat(other.forSealing("default", 1)).isEqualTo(made);
        SecretKey second = other.forSealing("default", 2);
        assertThat(one.forOpening("default", 2)).isEqualTo(second);
        assertThat(other.destroyBefore("default", 2)).isEqualTo(1);
        assertThat(one.destroyBefore("default", 2)).as("gone already").isZero();
        assertThat(one.forOpening("default", 1)).as("and not remembered").isNull();
        assertThat(one.forOpening("default", 2)).isEqualTo(second);
    }

    @Test
    void manyThreadsGetOneKey() throws Exception {
        KeyCustody one = custody();
        KeyCustody other = custody();
        ExecutorService executor = Executors.newFixedThreadPool(8);
        try {
            Callable<SecretKey> ask = () -> one.forSealing("default", 7);
            Callable<SecretKey> askOther = () -> other.forSealing("default", 7);
            var answers = executor.invokeAll(IntStream.range(0, 32)
                    .mapToObj(i -> i % 2 == 0 ? ask : askOther)
                    .toList());
            for (var each : answers) {
                assertThat(each.get()).isEqualTo(other.forOpening("default", 7));
            }
        } finally {
            executor.shutdownNow();
        }
    }

    @Test
    void destroysExactlyTheBucketsBefore() throws Exception {
        KeyCustody custody = custody();
        for (long bucket = 10; bucket < 15; bucket++) {
            custody.forSealing("default", bucket);
            custody.forSealing("short", bucket);
        }
        assertThat(custody.destroyBefore("default", 13)).isEqualTo(3);
        assertThat(custody.forOpening("default", 12)).isNull();
        assertThat(custody.forOpening("default", 13)).isNotNull();
        assertThat(custody.forOpening("short", 10)).isNotNull();
        assertThat(aliases()).as("keys, and the mark").isEqualTo(7 + 1);
    }

    /** The old file is overwritten, not only unlinked: seen through a second name for it. */
    @Test
    void theFileThatHeldADestroyedKeyIsOverwritten() throws Exception {
        KeyCustody custody = custody();
        custody.forSealing("default", 1);
        Path before = Files.createLink(directory.resolve("before"), file());
        byte[] held = Files.readAllBytes(before);
        custody.destroyBefore("default", 2);
        assertThat(Files.readAllBytes(before)).hasSameSizeAs(held).containsOnly(0);
        assertThat(file().resolveSibling("keys.p12.new")).doesNotExist();
    }

    @Test
    void whatACrashLeftIsOverwritten() throws Exception {
        KeyCustody custody = custody();
        custody.forSealing("default", 1);
        Path left = Files.copy(file(), file().resolveSibling("keys.p12.new"));
        Path before = Files.createLink(directory.resolve("before"), left);
        custody.forSealing("default", 2);
        assertThat(Files.readAllBytes(before)).containsOnly(0);
        assertThat(left).doesNotExist();
        assertThat(aliases()).isEqualTo(2);
    }

    @Test
    void aDestroyedKeyIsNeverMadeAgain() {
        KeyCustody one = custody();
        KeyCustody other = custody();
        one.forSealing("default", 1);
        one.forSealing("default", 5);
        other.destroyBefore("default", 3);
        other.destroyBefore("default", 2); // by a clock that is behind
        for (KeyCustody each : List.of(one, other, custody())) {
            assertThat(each.forSealing("default", 2)).isNull();
            assertThat(each.forOpening("default", 2)).isNull();
            assertThat(each.forSealing("default", 3)).isNotNull();
        }
        assertThat(custody().destroyBefore("default", 6)).isEqualTo(2);
        assertThat(custody().forSealing("default", 5)).isNull();
        assertThat(custody().forSealing("default", 6)).isNotNull();
    }

    /** A file that was taken away, or a volume that is not mounted, must not look like one without keys. */
    @Test
    void aFileThatIsGoneIsAnErrorAndCostsNoKeyInMemory() throws IOException {
        KeyCustody custody = custody();
        SecretKey made = custody.forSealing("default", 1);
        Path away = Files.move(file(), directory.resolve("away"));
        assertThatThrownBy(() -> custody.forSealing("default", 2)).isInstanceOf(CustodyUnavailableException.class);
        assertThatThrownBy(() -> custody.forOpening("default", 2)).isInstanceOf(CustodyUnavailableException.class);
        assertThat(custody.forOpening("default", 1)).isEqualTo(made);
        assertThat(file()).doesNotExist();
        assertThatThrownBy(() -> new KeystoreCustody()
                        .configure(Map.of("keystore.location", file().toString(), "keystore.password", PASSWORD)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("not there");
        Files.move(away, file());
        assertThat(custody.forSealing("default", 2)).isNotNull();
        assertThat(custody().forOpening("default", 1)).isEqualTo(made);
    }

    /** Two changes within one tick of a coarse clock of the file system. */
    @Test
    void seesAChangeThatKeepsTheTime() throws IOException {
        KeyCustody one = custody();
        KeyCustody other = custody();
        one.forSealing("default", 1);
        other.forOpening("default", 1);
        var before = Files.getLastModifiedTime(file());
        SecretKey made = one.forSealing("default", 2);
        Files.setLastModifiedTime(file(), before);
        assertThat(other.forOpening("default", 2)).isEqualTo(made);
    }

    @Test
    void isOneFileWhateverLinksLeadToIt() throws IOException {
        KeyCustody direct = custody();
        Path link = Files.createSymbolicLink(directory.resolve("link.p12"), file());
        KeyCustody linked = new KeystoreCustody();
        linked.configure(Map.of("keystore.location", link.toString(), "keystore.password", PASSWORD));
        SecretKey made = linked.forSealing("default", 1);
        assertThat(direct.forOpening("default", 1)).isEqualTo(made);
        assertThat(link).isSymbolicLink();
    }

    @Test
    void asksForItsSettings() {
        assertThatThrownBy(() -> new KeystoreCustody().configure(Map.of("keystore.password", "x")))
                .hasMessageContaining("custody.keystore.location is missing");
        assertThatThrownBy(() -> new KeystoreCustody().configure(Map.of("keystore.location", "x")))
                .hasMessageContaining("custody.keystore.password is missing");
    }

    @Test
    void isReadableByItsOwnerAlone() throws IOException {
        custody().forSealing("default", 1);
        assertThat(Files.getPosixFilePermissions(file())).isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void troubleIsNamed() throws IOException {
        custody().forSealing("default", 1);
        assertThatThrownBy(() -> custody("another"))
                .isInstanceOf(CustodyException.class)
                .hasMessageContaining("keys.p12");
        Files.writeString(file(), "no keystore");
        assertThatThrownBy(this::custody).isInstanceOf(CustodyException.class).hasMessageContaining("keys.p12");
    }

    private KeyCustody custody() {
        return custody(PASSWORD);
    }

    private KeyCustody custody(String password) {
        try {
            KeystoreCustody.create(file(), PASSWORD.toCharArray());
        } catch (FileAlreadyExistsException e) {
            // by a custody before
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        KeyCustody custody = new KeystoreCustody();
        custody.configure(Map.of("keystore.location", file().toString(), "keystore.password", password));
        return custody;
    }

    private Path file() {
        return directory.resolve("keys.p12");
    }

    private int aliases() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file())) {
            store.load(in, PASSWORD.toCharArray());
        }
        return Collections.list(store.aliases()).size();
    }
}
