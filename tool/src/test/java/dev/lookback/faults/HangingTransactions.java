package dev.lookback.faults;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.AbortTransactionSpec;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeProducersResult.PartitionProducerState;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.common.TopicPartition;

/**
 * Transactions that a partition of the committed positions keeps open though their coordinator has completed them: the
 * group's positions stay unstable for ever. Brokers 4.3.1 were seen to leave one when all were killed at once. Nothing
 * but an operator ends it: {@code LookbackCaseworkIsBehind} in docs/RUNBOOK.md, whose steps these are.
 */
final class HangingTransactions {
    private static final String POSITIONS = "__consumer_offsets";

    /** In these the coordinator itself is about to end it. */
    private static final Set<TransactionState> UNDER_WAY =
            Set.of(TransactionState.ONGOING, TransactionState.PREPARE_COMMIT, TransactionState.PREPARE_ABORT);

    private HangingTransactions() {}

    /** Aborts all; says which. */
    static List<String> end(Admin admin) throws InterruptedException, ExecutionException {
        Map<Long, TransactionListing> known = new HashMap<>();
        admin.listTransactions().all().get().forEach(each -> known.put(each.producerId(), each));
        List<TopicPartition> partitions =
                admin.describeTopics(List.of(POSITIONS)).allTopicNames().get().get(POSITIONS).partitions().stream()
                        .map(each -> new TopicPartition(POSITIONS, each.partition()))
                        .toList();
        List<String> ended = new ArrayList<>();
        for (Map.Entry<TopicPartition, PartitionProducerState> each :
                admin.describeProducers(partitions).all().get().entrySet()) {
            for (ProducerState producer : each.getValue().activeProducers()) {
                TransactionListing listing = known.get(producer.producerId());
                boolean underWay = listing != null && UNDER_WAY.contains(listing.state());
                if (producer.currentTransactionStartOffset().isEmpty() || underWay) {
                    continue;
                }
                admin.abortTransaction(new AbortTransactionSpec(
                                each.getKey(),
                                producer.producerId(),
                                (short) producer.producerEpoch(),
                                producer.coordinatorEpoch().orElse(0)))
                        .all()
                        .get();
                ended.add(each.getKey() + " " + producer + ", its coordinator said "
                        + (listing == null ? "nothing" : listing.state()));
            }
        }
        return ended;
    }
}
