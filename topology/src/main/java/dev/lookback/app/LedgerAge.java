package dev.lookback.app;

import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClass;
import dev.lookback.retention.RetentionClasses;
import dev.lookback.topics.Topics;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;

/**
 * How old what the brokers hold of the ledgers is: {@code lookback.ledger.oldest.due.timestamp}. From the indexes of
 * their segments: no record is read.
 */
final class LedgerAge {
    private static final double MILLIS = 1000.0;

    private final Partitions partitions;
    private final Topics topics;
    private final RetentionClasses classes;
    private final MultiGauge oldest;

    LedgerAge(Admin admin, Topics topics, RetentionClasses classes, MeterRegistry meters) {
        this.partitions = new Partitions(admin);
        this.topics = topics;
        this.classes = classes;
        this.oldest = MultiGauge.builder("lookback.ledger.oldest.due.timestamp")
                .description(
                        "When a lookup is due that occurred when the oldest record on the brokers was admitted. Not"
                                + " a number while there is none.")
                .baseUnit("seconds")
                .register(meters);
    }

    /**
     * Asks once.
     *
     * @param cutoffs the cutoff of each class; a class without one is left out
     */
    void measure(Function<RetentionClass, @Nullable Cutoff> cutoffs) throws ExecutionException, InterruptedException {
        List<Row<?>> rows = new ArrayList<>();
        for (RetentionClass each : classes.all()) {
            Cutoff cutoff = cutoffs.apply(each);
            if (cutoff == null) {
                continue;
            }
            List<Long> admitted =
                    partitions.oldestTimestamps(topics.ledger(each.name()).name());
            for (int partition = 0; partition < admitted.size(); partition++) {
                long oldestAdmitted = admitted.get(partition);
                rows.add(Row.of(
                        Tags.of("class", each.name(), "partition", Integer.toString(partition)),
                        oldestAdmitted < 0 ? Double.NaN : cutoff.reaches(oldestAdmitted) / MILLIS));
            }
        }
        oldest.register(rows, true);
    }
}
