package dev.lookback.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Finds loopback ports for servers to listen on. They lie below the range from which systems take the ports of outgoing
 * connections: otherwise a client that keeps trying a stopped server's port can, on loopback, end up connected to
 * itself and block the port.
 */
public final class FreePorts {
    private static final int LOWEST = 20_000;
    private static final int HIGHEST = 29_999;
    private static final int TRIES = 1_000;

    private FreePorts() {}

    /** A port on which nothing listens at this moment. */
    public static int next() {
        for (int i = 0; i < TRIES; i++) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST + 1);
            if (isFree(port)) {
                return port;
            }
        }
        throw new IllegalStateException("no free port between " + LOWEST + " and " + HIGHEST);
    }

    /**
     * Makes sure that nothing listens on a port: a server of somebody else would pass for the one that is to start there.
     *
     * @throws IllegalStateException if something does
     */
    static void requireFree(int port, String server) {
        if (!isFree(port)) {
            throw new IllegalStateException("Port " + port + " for the " + server + " is in use");
        }
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, loopback())) {
            return socket.getLocalPort() == port;
        } catch (IOException e) {
            return false;
        }
    }

    private static InetAddress loopback() {
        try {
            return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
