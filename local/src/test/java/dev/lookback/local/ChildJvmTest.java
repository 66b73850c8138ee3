package dev.lookback.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChildJvmTest {
    private static final String CLASS_PATH = System.getProperty("java.class.path");

    @TempDir
    Path directory;

    /** Writes its process id, then does nothing for ever. */
    static final class Idle {
        public static void main(String[] args) throws Exception {
            Files.writeString(
                    Path.of(args[0]), String.valueOf(ProcessHandle.current().pid()), StandardCharsets.UTF_8);
            new CountDownLatch(1).await();
        }
    }

    /** Has a child of its own. */
    static final class Parent {
        public static void main(String[] args) throws Exception {
            ChildJvm.start(
                    "grandchild",
                    Path.of(args[0]).getParent(),
                    Path.of(args[0] + ".log"),
                    List.of(),
                    CLASS_PATH,
                    List.of(Idle.class.getName(), args[0]));
            new CountDownLatch(1).await();
        }
    }

    @Test
    void aKilledParentTakesItsChildrenAlong() throws Exception {
        Path pidFile = directory.resolve("pid");
        ChildJvm parent = ChildJvm.start(
                "parent",
                directory,
                directory.resolve("parent.log"),
                List.of(),
                CLASS_PATH,
                List.of(Parent.class.getName(), pidFile.toString()));
        try {
            parent.awaitReady(() -> !read(pidFile).isEmpty(), Duration.ofSeconds(30));
            ProcessHandle grandchild =
                    ProcessHandle.of(Long.parseLong(read(pidFile))).orElseThrow();
            assertThat(grandchild.isAlive()).isTrue();
            parent.kill();
            Awaitility.await()
                    .atMost(Duration.ofSeconds(15))
                    .untilAsserted(() -> assertThat(grandchild.isAlive()).isFalse());
        } finally {
            parent.close();
        }
    }

    private static String read(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file, StandardCharsets.UTF_8) : "";
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
