package dev.lookback.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.record.internal.FileLogInputStream.FileChannelRecordBatch;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.common.utils.CloseableIterator;

/** A segment as Kafka's log reader sees it: data and control records, committed or not. */
final class KafkaLog {
    private KafkaLog() {}

    static void read(Path file, DiskSearch.Sink sink) throws IOException {
        long bytes = 0;
        long records = 0;
        long batchBytes = 0;
        FileRecords segment = FileRecords.open(file.toFile(), false);
        try (BufferSupplier buffers = BufferSupplier.create()) {
            for (FileChannelRecordBatch batch : segment.batches()) {
                batchBytes += batch.sizeInBytes();
                try (CloseableIterator<Record> each = batch.streamingIterator(buffers)) {
                    while (each.hasNext()) {
                        Record record = each.next();
                        records++;
                        bytes += record.sizeInBytes();
                        sink.bytes(record.hasKey() ? record.key() : null);
                        sink.bytes(record.hasValue() ? record.value() : null);
                        for (Header header : record.headers()) {
                            sink.bytes(ByteBuffer.wrap(header.key().getBytes(java.nio.charset.StandardCharsets.UTF_8)));
                            byte[] value = header.value();
                            sink.bytes(value == null ? null : ByteBuffer.wrap(value));
                        }
                    }
                }
            }
            if (batchBytes < segment.sizeInBytes()) {
                sink.unread((segment.sizeInBytes() - batchBytes) + " bytes at its end are no whole batch");
            }
        } finally {
            segment.closeHandlers(); // close() would cut off what a broker has appended since
        }
        sink.done(bytes, records);
    }
}
