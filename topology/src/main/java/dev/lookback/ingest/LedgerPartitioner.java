package dev.lookback.ingest;

import dev.lookback.ledger.LedgerKey;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.jspecify.annotations.Nullable;

/** Lookups and tombstones go by the requester's token, progress goes to every partition. Belongs to one sink. */
final class LedgerPartitioner implements StreamPartitioner<byte[], byte[]> {
    /** The answers for one partition count: one for each partition. */
    private record Answers(Optional<Set<Integer>>[] each, Optional<Set<Integer>> all) {
        @SuppressWarnings("unchecked") // no array of generics without it
        static Answers of(int partitions) {
            Optional<Set<Integer>>[] each = new Optional[partitions];
            Set<Integer> all = new TreeSet<>();
            for (int partition = 0; partition < partitions; partition++) {
                each[partition] = Optional.of(Set.of(partition));
                all.add(partition);
            }
            return new Answers(each, Optional.of(all));
        }
    }

    private volatile Answers answers = Answers.of(1);

    @Override
    public Optional<Set<Integer>> partitions(String topic, byte[] key, byte @Nullable [] value, int partitionCount) {
        Answers known = answers;
        if (known.each.length != partitionCount) {
            known = Answers.of(partitionCount);
            answers = known;
        }
        return LedgerKey.isProgress(key)
                ? known.all
                : known.each[LedgerKey.partition(LedgerKey.token(key), partitionCount)];
    }
}
