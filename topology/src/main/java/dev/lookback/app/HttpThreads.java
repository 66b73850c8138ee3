package dev.lookback.app;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * A thread for each HTTP exchange, so that nobody waits for a slow caller. Who takes longer than the limit to send a
 * request, or to take the answer, is cut off: an interrupt closes the channel that the thread waits for. (The JDK server's
 * own limits are of little use here: {@code maxRspTime} counts the time that an answer takes to be found, and its timer
 * waits for the lock of the blocked writer.)
 */
final class HttpThreads implements Executor, AutoCloseable {
    private static final int KEEP_SECONDS = 30;

    private final Duration limit;
    private final ThreadPoolExecutor threads;
    private final ScheduledThreadPoolExecutor watch = new ScheduledThreadPoolExecutor(1, daemons("http-watch"));
    private final ThreadLocal<Wait> current = new ThreadLocal<>();

    /**
     * None yet.
     *
     * @param most the most exchanges at a time; the server closes the connections of others
     * @param limit for the caller to send, and again to take
     */
    HttpThreads(int most, Duration limit) {
        this.limit = limit;
        this.threads = new ThreadPoolExecutor(
                0, most, KEEP_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), daemons("http"));
        watch.setRemoveOnCancelPolicy(true);
    }

    /** Time spent waiting for a caller. */
    private final class Wait {
        private final Thread thread = Thread.currentThread();
        private final Future<?> end = watch.schedule(this::cutOff, limit.toMillis(), TimeUnit.MILLISECONDS);
        private boolean over;

        private synchronized void cutOff() {
            if (!over) {
                thread.interrupt();
            }
        }

        private synchronized void end() {
            over = true;
            end.cancel(false);
            Thread.interrupted();
        }
    }

    @Override
    public void execute(Runnable exchange) {
        threads.execute(() -> {
            current.set(new Wait());
            try {
                exchange.run();
            } finally {
                current.get().end();
            }
        });
    }

    /** Finds the answer, in an exchange's thread: that is not the caller's time. */
    <T> T find(Supplier<T> answer) {
        current.get().end();
        try {
            return answer.get();
        } finally {
            current.set(new Wait());
        }
    }

    private static ThreadFactory daemons(String name) {
        return task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        };
    }

    @Override
    public void close() {
        threads.shutdownNow();
        watch.shutdownNow();
    }
}
