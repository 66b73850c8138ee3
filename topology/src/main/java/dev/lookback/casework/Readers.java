package dev.lookback.casework;

import dev.lookback.ledger.PreservedKey;
import dev.lookback.topics.Topic;
import dev.lookback.v1.LegalRequestCommand;
import dev.lookback.v1.SearchResult;
import dev.lookback.v1.SignedCommand;
import dev.lookback.v1.Tick;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/** The processors behind casework's sources: each turns the records of one topic into {@link CaseInput}. */
final class Readers {
    private Readers() {}

    /** Reads legal-requests. Anyone may have written there, so what cannot be read is passed on as such. */
    static final class Commands extends ContextualProcessor<String, byte[], String, CaseInput> {
        private final Topic<String, LegalRequestCommand> topic;

        Commands(Topic<String, LegalRequestCommand> topic) {
            this.topic = topic;
        }

        @Override
        public void process(Record<String, byte[]> record) {
            String key = record.key() == null ? "" : record.key();
            context().forward(record.withKey(key).withValue(read(record.value())));
        }

        private CaseInput read(byte @Nullable [] value) {
            try {
                LegalRequestCommand command = topic.value().deserializer().deserialize(topic.name(), value);
                if (command != null && command.getCommand() instanceof SignedCommand signed) {
                    return new CaseInput.Signed(signed.getJws());
                }
                if (command != null && command.getCommand() instanceof Tick tick) {
                    return new CaseInput.Ticked(
                            tick.getPositions(),
                            tick.getRejected(),
                            tick.getTicker(),
                            tick.getNumber(),
                            tick.getReadAfter());
                }
            } catch (SerializationException e) {
                return new CaseInput.Unreadable();
            }
            return new CaseInput.Unreadable();
        }
    }

    /** Reads preserved-lookups for what it says of cases; the mirror keeps the copies. */
    static final class Copies extends ContextualProcessor<byte[], byte[], String, CaseInput> {
        @Override
        public void process(Record<byte[], byte[]> record) {
            byte[] key = record.key();
            if (key == null || key.length != PreservedKey.LENGTH) {
                return;
            }
            if (PreservedKey.isEnd(key)) {
                forward(
                        record,
                        new CaseInput.Ended(
                                PreservedKey.requestId(key),
                                PreservedKey.endSelector(key),
                                PreservedKey.endPartition(key)));
            } else if (record.value() != null) {
                forward(record, new CaseInput.Copied(PreservedKey.requestId(key), key));
            }
        }

        private void forward(Record<byte[], byte[]> record, CaseInput input) {
            context().forward(record.withKey("").withValue(input));
        }
    }

    /** Reads search-results. */
    static final class Results extends ContextualProcessor<String, SearchResult, String, CaseInput> {
        @Override
        public void process(Record<String, SearchResult> record) {
            if (record.value() != null) {
                context().forward(record.withKey("").withValue(new CaseInput.Reported(record.value())));
            }
        }
    }
}
