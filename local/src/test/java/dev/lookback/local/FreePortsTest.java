package dev.lookback.local;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FreePortsTest {
    @Test
    void aPortThatIsStillBeingLetGoIsFree() throws IOException {
        int port = FreePorts.next();
        ServerSocket lingering = listen(port);
        CompletableFuture.runAsync(
                () -> release(lingering), CompletableFuture.delayedExecutor(100, TimeUnit.MILLISECONDS));

        assertThatCode(() -> FreePorts.requireFree(port, "broker")).doesNotThrowAnyException();
    }

    @Test
    void aPortThatStaysTakenIsNot() throws IOException {
        int port = FreePorts.next();
        try (ServerSocket somebodyElse = listen(port)) {
            assertThatThrownBy(() -> FreePorts.requireFree(port, "broker"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("Port " + somebodyElse.getLocalPort() + " for the broker is in use");
        }
    }

    private static ServerSocket listen(int port) throws IOException {
        return new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1"));
    }

    private static void release(ServerSocket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
