package dev.lookback.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A name is found wherever it stands in a line, and what only looks like one is not. */
class LogScanTest {
    private final LogScan scan =
            new LogScan(Set.of("+447700900123", "ann@example.org"), Set.of("192.0.2.7", "2001:db8::7"));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "+447700900123",
                "requester=+447700900123, queried=…",
                "{\"requester\": \"+447700900123\"}",
                "key 447700900123 has no partition",
                "It was ann@example.org.",
                "from /192.0.2.7:8080",
                "from 192.0.2.7.",
                "[2001:db8::7]"
            })
    void finds(String line) {
        assertThat(scan.names(line)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2026-11-28T16:57:56.557Z INFO offset 447700900124",
                "token 9f3c447700900123aa",
                "192.0.2.70 and 2001:db8::70",
                "joann@example.org",
                ""
            })
    void leavesAlone(String line) {
        assertThat(scan.names(line)).isFalse();
    }

    @Test
    void saysWhereAndNotWho(@TempDir Path directory) throws IOException {
        Path log = Files.write(directory.resolve("run-1.log"), List.of("nothing", "about +447700900123"));
        scan.read(log);
        assertThat(scan.found()).containsExactly("run-1.log line 2");
    }
}
