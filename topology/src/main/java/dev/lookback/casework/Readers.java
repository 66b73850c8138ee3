package dev.lookback.casework;

import dev.lookback.erasure.SignedErasure;
import dev.lookback.handle.Tokens;
import dev.lookback.ledger.PreservedKey;
import dev.lookback.officers.Officers;
import dev.lookback.officers.Signature;
import dev.lookback.topics.Topic;
import dev.lookback.v1.Erasure;
import dev.lookback.v1.LegalRequestCommand;
import dev.lookback.v1.RetentionPolicy;
import dev.lookback.v1.SearchResult;
import dev.lookback.v1.SignedCommand;
import dev.lookback.v1.Tick;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/** The processors behind casework's sources: each turns the records of one topic into {@link CaseInput}. */
final class Readers {
    private static final int MAX_UNPROVEN = 64;
    private static final String ERASURE_REFUSED = "ERASURE_REFUSED";
    private static final String POLICY_REFUSED = "RETENTION_POLICY_REFUSED";

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
                                PreservedKey.endPartition(key),
                                PreservedKey.endRound(key)));
            } else if (record.value() != null) {
                forward(record, new CaseInput.Copied(PreservedKey.requestId(key), key));
            }
        }

        private void forward(Record<byte[], byte[]> record, CaseInput input) {
            context().forward(record.withKey("").withValue(input));
        }
    }

    /** Reads orders that are given on a topic of their own, for the audit; what cannot be read is one that was refused. */
    static final class Orders<V> extends ContextualProcessor<String, byte[], String, CaseInput> {
        private final Topic<String, V> topic;
        private final BiFunction<V, Instant, CaseInput> reading;
        private final String refused;

        private Orders(Topic<String, V> topic, BiFunction<V, Instant, CaseInput> reading, String refused) {
            this.topic = topic;
            this.reading = reading;
            this.refused = refused;
        }

        /** Erasures: whoever orders one has ordered something, and whoever is refused, too. */
        static Orders<Erasure> erasures(Topic<String, Erasure> topic, Officers officers) {
            return new Orders<>(topic, (erasure, at) -> erasure(erasure, officers, at), ERASURE_REFUSED);
        }

        /**
         * Policies of retention: what a record says and who has signed it. Whether it counts is for those to say who
         * keep the history.
         */
        static Orders<RetentionPolicy> policies(Topic<String, RetentionPolicy> topic, Officers officers) {
            return new Orders<>(topic, (policy, at) -> policy(policy, officers, at), POLICY_REFUSED);
        }

        @Override
        public void process(Record<String, byte[]> record) {
            if (record.value() != null) {
                context().forward(record.withKey("").withValue(read(record.value(), record.timestamp())));
            }
        }

        private CaseInput read(byte[] value, long at) {
            try {
                return reading.apply(
                        topic.value().deserializer().deserialize(topic.name(), value), Instant.ofEpochMilli(at));
            } catch (SerializationException e) {
                return new CaseInput.Noted(refused, "", AuditDetail.of("reason", Reason.UNREADABLE));
            }
        }
    }

    private static CaseInput erasure(Erasure erasure, Officers officers, Instant at) {
        SignedErasure.Reading reading = SignedErasure.read(erasure, officers, at);
        if (reading instanceof SignedErasure.Sound sound) {
            String what = AuditDetail.of(
                    "erasure", erasure.getId(), "role", erasure.getRole(), "token", Tokens.format(erasure.getToken()));
            return new CaseInput.Noted("ERASURE_ORDERED", sound.officer().id(), what);
        }
        SignedErasure.Flaw flaw = ((SignedErasure.Unsound) reading).flaw();
        return new CaseInput.Noted(
                ERASURE_REFUSED, "", AuditDetail.of("reason", flaw, "erasure", shortened(erasure.getId())));
    }

    private static CaseInput policy(RetentionPolicy policy, Officers officers, Instant at) {
        List<String> signers = new ArrayList<>();
        int unsound = 0;
        for (String signature : policy.getSignatures()) {
            if (Signature.read(signature, officers, at) instanceof Signature.Sound sound) {
                signers.add(sound.officer().id());
            } else {
                unsound++;
            }
        }
        String what = AuditDetail.of(
                "class",
                shortened(policy.getRetentionClass()),
                "version",
                policy.getVersion(),
                "duration",
                Duration.ofMillis(policy.getDurationMillis()),
                "signers",
                String.join(",", signers),
                "unsound",
                unsound);
        String last = signers.isEmpty() ? "" : signers.get(signers.size() - 1);
        return new CaseInput.Noted(unsound == 0 ? "RETENTION_POLICY" : POLICY_REFUSED, last, what);
    }

    /** Nobody has vouched for it, so it is not kept for years whatever its length. */
    private static String shortened(String text) {
        return text.length() <= MAX_UNPROVEN ? text : text.substring(0, MAX_UNPROVEN);
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
