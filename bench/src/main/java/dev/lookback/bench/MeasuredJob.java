package dev.lookback.bench;

import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;

/** The same work as Lookback's ingest and vault, done in another way. It has begun when it has been made. */
public interface MeasuredJob extends AutoCloseable {
    /** The consumer group whose positions say how far it has read. */
    String group();

    /** The topic that it writes to. */
    String ledger();

    /** Rows stored so far, by partition of {@link #ledger}. */
    Supplier<Map<TopicPartition, Long>> stored();

    /**
     * Looks whether it still works.
     *
     * @throws IllegalStateException if something in it has failed
     */
    void check();

    /** Events of which a row was made so far. */
    long admitted();

    /** Other events. */
    long rejected();

    /** Different rows in its store, once it is closed; 0 if it cannot say. */
    long rows();

    @Override
    void close();
}
