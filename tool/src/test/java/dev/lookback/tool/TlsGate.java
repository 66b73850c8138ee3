package dev.lookback.tool;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLServerSocket;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.security.ssl.DefaultSslEngineFactory;

/** In front of a server that knows neither TLS nor users: lets in who shows a certificate, and passes on what they say. */
final class TlsGate implements AutoCloseable {
    private static final int BACKLOG = 128;

    private final SSLServerSocket server;
    private final int target;
    private final Set<Closeable> open = ConcurrentHashMap.newKeySet();

    /**
     * Listens on a free loopback port.
     *
     * @param ssl Kafka's {@code ssl.*}: its own key and certificate, and who has signed those of its callers
     * @param target loopback port of the server
     */
    TlsGate(Map<String, String> ssl, int target) throws IOException {
        this.target = target;
        try (DefaultSslEngineFactory factory = new DefaultSslEngineFactory()) {
            factory.configure(
                    new HashMap<>(new ConfigDef().withClientSslSupport().parse(ssl)));
            server = (SSLServerSocket) factory.sslContext()
                    .getServerSocketFactory()
                    .createServerSocket(0, BACKLOG, InetAddress.getByName("127.0.0.1"));
        }
        server.setNeedClientAuth(true);
        daemon(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket caller = server.accept();
                daemon(() -> connect(caller));
            } catch (IOException e) {
                // The gate is closed, or the caller went away again.
            }
        }
    }

    /** Not before the handshake: whoever shows nothing gets no connection to the server. */
    private void connect(Socket caller) {
        open.add(caller);
        try (caller) {
            ((javax.net.ssl.SSLSocket) caller).startHandshake();
            try (Socket inner = new Socket(InetAddress.getByName("127.0.0.1"), target)) {
                open.add(inner);
                daemon(() -> pass(inner, caller));
                pass(caller, inner);
                open.remove(inner);
            }
        } catch (IOException e) {
            // Refused, or one of them has gone: so has the connection.
        }
        open.remove(caller);
    }

    private static void pass(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
            to.close();
        } catch (IOException e) {
            // One of them has gone: so has the connection.
        }
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work, "tls-gate");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() {
        try {
            server.close();
            for (Closeable each : open) {
                each.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
