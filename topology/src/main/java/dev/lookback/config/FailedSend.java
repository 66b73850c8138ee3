package dev.lookback.config;

import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.streams.errors.ErrorHandlerContext;
import org.apache.kafka.streams.errors.ProductionExceptionHandler;

/**
 * Ends a thread's tasks, uncommitted, when one of their records could not be sent; what runs the thread starts another.
 *
 * <p>Kafka Streams' own handler asks for a retry if the send has timed out. Then the failed task alone is begun again, but
 * the failure shows at the next send of any task of that thread, whose record is lost: its position is committed as if it
 * had been processed (4.3.1: {@code RecordCollectorImpl}, {@code StreamTask.process}, {@code TaskManager.handleCorruption}).
 */
public final class FailedSend implements ProductionExceptionHandler {
    /** Called by Kafka Streams. */
    public FailedSend() {}

    @Override
    public void configure(Map<String, ?> configs) {}

    @Override
    public Response handleError(
            ErrorHandlerContext context, ProducerRecord<byte[], byte[]> record, Exception exception) {
        return Response.fail();
    }

    @Override
    @SuppressWarnings("rawtypes") // as it is declared
    public Response handleSerializationError(
            ErrorHandlerContext context,
            ProducerRecord record,
            Exception exception,
            SerializationExceptionOrigin origin) {
        return Response.fail();
    }
}
