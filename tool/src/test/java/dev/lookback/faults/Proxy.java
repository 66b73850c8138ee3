package dev.lookback.faults;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * The network between clients and one broker: passes bytes on, until it is cut or slow. A cut network drops what is under
 * way and leaves connections open without an answer, as a lost cable does; new ones are taken and never answered.
 */
final class Proxy implements AutoCloseable {
    private static final int CHUNK_BYTES = 64 * 1024;
    private static final long PAUSE_NANOS = 20_000_000;

    private final ServerSocket server;
    private final int target;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile boolean cut;
    private volatile long delayMillis;

    /** Listens on one loopback port and passes on to another. */
    Proxy(int port, int target) {
        this.target = target;
        try {
            server = new ServerSocket(port, 128, InetAddress.getByName("127.0.0.1"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        daemon("proxy-" + port, this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    void cut() {
        cut = true;
    }

    /** What every chunk takes longer from now on, in each direction. */
    void delay(long millis) {
        delayMillis = millis;
    }

    /** As new. Connections of the time before are closed: what was under way in them is lost. */
    void heal() {
        if (cut) {
            open.forEach(Proxy::closeQuietly);
        }
        cut = false;
        delayMillis = 0;
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                Socket broker = new Socket();
                open.add(client);
                open.add(broker);
                daemon("proxy-connection", () -> connect(client, broker));
            } catch (IOException e) {
                LockSupport.parkNanos(PAUSE_NANOS); // closed, or out of file handles for a moment
            }
        }
    }

    private void connect(Socket client, Socket broker) {
        try {
            broker.connect(new InetSocketAddress("127.0.0.1", target));
        } catch (IOException e) {
            end(client, broker);
            return;
        }
        daemon("proxy-answers", () -> pass(broker, client));
        pass(client, broker);
    }

    private void pass(Socket from, Socket to) {
        byte[] chunk = new byte[CHUNK_BYTES];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int got = in.read(chunk); got >= 0; got = in.read(chunk)) {
                if (cut) {
                    continue;
                }
                if (delayMillis > 0) {
                    LockSupport.parkNanos(delayMillis * 1_000_000);
                }
                out.write(chunk, 0, got);
            }
        } catch (IOException e) {
            // One side has gone: so has the connection.
        }
        end(from, to);
    }

    private void end(Socket one, Socket other) {
        closeQuietly(one);
        closeQuietly(other);
        open.remove(one);
        open.remove(other);
    }

    private static void closeQuietly(Closeable each) {
        try {
            each.close();
        } catch (IOException e) {
            // It is closed all the same.
        }
    }

    private static void daemon(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() {
        closeQuietly(server);
        open.forEach(Proxy::closeQuietly);
    }
}
