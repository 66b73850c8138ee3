package dev.lookback.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.lookback.config.ClientSettings;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.Role;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.streams.errors.ProcessorStateException;
import org.apache.kafka.streams.errors.StreamsException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.FlushOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/** With real files of RocksDB. */
class RoleStateTest {
    @TempDir
    private Path directory;

    private LookbackConfig config;
    private RoleState state;
    private Path store;

    @BeforeEach
    void open() throws IOException {
        config = LookbackConfig.of(Map.of(
                "kafka.bootstrap.servers",
                "127.0.0.1:1",
                "schema.registry.url",
                "http://127.0.0.1:1",
                "state.dir",
                directory.resolve("state").toString()));
        state = new RoleState(config, Role.VAULT);
        state.open();
        store = Files.createDirectories(
                ClientSettings.stateDir(config, Role.VAULT).resolve("lookback-vault/0_0/rows"));
    }

    private void fill() throws RocksDBException {
        try (Options options = new Options().setCreateIfMissing(true);
                RocksDB rocks = RocksDB.open(options, store.toString());
                FlushOptions flush = new FlushOptions()) {
            for (int i = 0; i < 1_000; i++) {
                rocks.put(("key-" + i).getBytes(StandardCharsets.UTF_8), new byte[100]);
            }
            rocks.flush(flush);
        }
    }

    private void read() throws RocksDBException {
        try (Options options = new Options();
                RocksDB rocks = RocksDB.open(options, store.toString())) {
            rocks.get("key-500".getBytes(StandardCharsets.UTF_8));
        }
    }

    private void damage() throws IOException {
        try (Stream<Path> files = Files.list(store)) {
            for (Path each :
                    files.filter(file -> file.toString().endsWith(".sst")).toList()) {
                byte[] bytes = Files.readAllBytes(each);
                for (int i = 0; i < bytes.length; i += 7) {
                    bytes[i] ^= 0x5A;
                }
                Files.write(each, bytes);
            }
        }
    }

    @Test
    void whatIsDamagedIsDroppedWhenItIsOpenedAgain() throws Exception {
        fill();
        damage();
        RocksDBException found = catchThrowableOfType(RocksDBException.class, this::read);
        assertThat(state.isDamagedBy(new StreamsException(new ProcessorStateException("Cannot read", found))))
                .isTrue();
        assertThat(state.remedy()).contains(directory.toString(), "Start again");
        assertThat(store).isNotEmptyDirectory();
        new RoleState(config, Role.VAULT).open();
        assertThat(store).doesNotExist();
        assertThat(ClientSettings.stateDir(config, Role.VAULT)).isEmptyDirectory();
    }

    @Test
    void whatIsWholeStays() throws Exception {
        fill();
        try (Options options = new Options();
                RocksDB locked = RocksDB.open(options, store.toString())) {
            RocksDBException found = catchThrowableOfType(RocksDBException.class, this::read);
            assertThat(state.isDamagedBy(new ProcessorStateException("Cannot open", found)))
                    .as(found.getMessage())
                    .isFalse();
            assertThat(locked.isOwningHandle()).isTrue();
        }
        assertThat(state.isDamagedBy(new IllegalStateException("no file"))).isFalse();
        new RoleState(config, Role.VAULT).open();
        read();
    }

    @Test
    void theStateOfAllRolesIsForItsOwnerAlone() throws IOException {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("state"))))
                .isEqualTo("rwx------");
    }

    @Test
    void aFileInItsPlaceIsSaid() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");
        LookbackConfig other = LookbackConfig.of(Map.of(
                "kafka.bootstrap.servers",
                "127.0.0.1:1",
                "schema.registry.url",
                "http://127.0.0.1:1",
                "state.dir",
                file.toString()));
        assertThatThrownBy(() -> new RoleState(other, Role.VAULT).open())
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("state.dir=" + file);
    }
}
