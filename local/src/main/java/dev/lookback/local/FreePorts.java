package dev.lookback.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * Finds loopback ports for servers to listen on. They lie below the range from which systems take the ports of outgoing
 * connections: otherwise a client that keeps trying a stopped server's port can, on loopback, end up connected to
 * itself and block the port.
 */
public final class FreePorts {
    private static final int LOWEST = 20_000;
    private static final int HIGHEST = 29_999;
    private static final int TRIES = 1_000;
    private static final Duration LINGERING = Duration.ofSeconds(2);
    private static final Duration PAUSE = Duration.ofMillis(20);

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
     * A port that {@link #next} has just tried can stay taken for a moment after that, if another thread was starting a
     * process meanwhile, which holds copies of all open sockets until it has closed them. So this looks more than once.
     *
     * @throws IllegalStateException if something listens, and goes on doing so
     */
    static void requireFree(int port, String server) {
        long started = System.nanoTime();
        while (!isFree(port)) {
            if (System.nanoTime() - started > LINGERING.toNanos()) {
                throw new IllegalStateException("Port " + port + " for the " + server
                        + " is in use. Stop what listens there, or choose another port.");
            }
            LockSupport.parkNanos(PAUSE.toNanos());
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
