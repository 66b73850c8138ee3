package dev.lookback.vault;

import dev.lookback.address.Network;
import dev.lookback.erasure.Barriers;
import dev.lookback.erasure.Erasures;
import dev.lookback.handle.Handle;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.ledger.PreservedKey;
import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClass;
import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.ErasureReceipt;
import dev.lookback.v1.ExpiryReceipt;
import dev.lookback.v1.OpenSearch;
import dev.lookback.v1.Search;
import dev.lookback.v1.SearchResult;
import dev.lookback.v1.SearchTask;
import dev.lookback.v1.SelectorRole;
import dev.lookback.v1.WatermarkTick;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Searches. Takes tasks from casework into a changelogged store and works through them in bounded turns, so that a
 * search over a million rows holds up neither ingest nor a rebalance, and a crash resumes it at its cursor.
 *
 * <p>What a turn did is put on record once its copies have been acknowledged, not before: a producer sends to each
 * partition on its own, so in a crash the record of a turn may reach the brokers and its copies may not.
 *
 * <p>A search begins when the mirror holds every event that had been published when its request was received (the cut).
 * It copies what it finds to preserved-lookups, ends with an END record behind the copies in the same partition, and
 * says in search-results how it went. Repeating any of it changes nothing.
 */
final class SearchProcessor implements Processor<String, SearchTask, Object, Object> {
    private final VaultTopology.Parts parts;
    private final Map<String, Course> courses = new HashMap<>();
    private @Nullable Task task;
    private int next;

    private SearchProcessor(VaultTopology.Parts parts) {
        this.parts = parts;
    }

    static ProcessorSupplier<String, SearchTask, Object, Object> supplier(VaultTopology.Parts parts) {
        return () -> new SearchProcessor(parts);
    }

    /** A class and its mirror in this partition. */
    private record Mirror(RetentionClass retentionClass, VaultStore store, LedgerReader reader) {}

    /** A search under way, which may be ahead of what the store has of it. */
    private static final class Course {
        final String key;
        final OpenSearch search;
        boolean ended;
        /** Its last turn was before the commit of this number; none yet: it is what the store has. */
        long turnBefore = Long.MAX_VALUE;

        Course(String key, OpenSearch search) {
            this.key = key;
            this.search = search;
        }

        boolean isAcknowledged(long commits) {
            return commits >= turnBefore;
        }
    }

    private record Task(
            ProcessorContext<Object, Object> context,
            List<Mirror> mirrors,
            KeyValueStore<String, OpenSearch> searches,
            KeyValueStore<String, ExpiryReceipt> receipts,
            KeyValueStore<String, ErasureReceipt> erasureReceipts,
            ReadOnlyKeyValueStore<Long, byte[]> erasures,
            Watermark watermark,
            WorkBudget budget,
            VaultMetrics.OfTask metrics) {}

    @Override
    public void init(ProcessorContext<Object, Object> context) {
        courses.clear(); // a task that Streams begins again keeps its processors
        List<Mirror> mirrors = new ArrayList<>();
        for (RetentionClass each : parts.classes().all()) {
            mirrors.add(new Mirror(each, context.getStateStore(VaultTopology.mirrorStore(each)), parts.reader(each)));
        }
        VaultMetrics.OfTask metrics = parts.metrics().ofTask(context.taskId().partition());
        metrics.watchSearches();
        task = new Task(
                context,
                mirrors,
                context.getStateStore(VaultTopology.SEARCHES_STORE),
                context.getStateStore(VaultTopology.RECEIPTS_STORE),
                context.getStateStore(VaultTopology.ERASURE_RECEIPTS_STORE),
                Erasures.store(context),
                new Watermark(context.getStateStore(VaultTopology.WATERMARK_STORE)),
                parts.budgetOfThread(),
                metrics);
        context.schedule(parts.settings().workInterval(), PunctuationType.WALL_CLOCK_TIME, at -> work());
    }

    @Override
    public void process(Record<String, SearchTask> given) {
        Task current = task();
        SearchTask value = given.value();
        if (value == null) {
            return;
        }
        Object order = value.getTask();
        if (order instanceof WatermarkTick tick) {
            current.watermark.tick(tick);
        } else if (order instanceof Search search) {
            String key = search.getRequestId() + "/" + search.getSelector() + "/" + search.getRound();
            if (current.searches.get(key) == null) {
                current.searches.put(
                        key, OpenSearch.newBuilder().setSearch(search).build());
            }
        }
    }

    private void work() {
        Task current = task();
        List<Course> open = new ArrayList<>();
        try (KeyValueIterator<String, OpenSearch> all = current.searches.all()) {
            all.forEachRemaining(
                    each -> open.add(courses.computeIfAbsent(each.key, key -> new Course(key, each.value))));
        }
        current.metrics.openSearches(open.size(), oldestReceivedAt(open));
        if (open.isEmpty()) {
            return;
        }
        open.forEach(each -> putOnRecord(each, current));
        parts.erasures().refresh(current.erasures);
        current.budget.start();
        try {
            // Takes turns at going first, so that one long search does not starve the others.
            for (int i = 0; i < open.size() && !current.budget.spent(); i++) {
                Course each = open.get((next + i) % open.size());
                if (!each.ended && reachedCut(each.search.getSearch(), current.mirrors)) {
                    each.turnBefore = commits(current) + 1;
                    goOn(each, current);
                }
            }
            next++;
        } finally {
            current.budget.stop();
        }
    }

    /** Once all that its turns have sent is on the brokers. */
    private void putOnRecord(Course course, Task current) {
        if (!course.isAcknowledged(commits(current))) {
            return;
        }
        if (course.ended) {
            current.searches.delete(course.key);
            courses.remove(course.key);
        } else {
            current.searches.put(course.key, course.search);
            course.turnBefore = Long.MAX_VALUE;
        }
    }

    private static long commits(Task current) {
        return current.mirrors.get(0).store.commits();
    }

    private static @Nullable Long oldestReceivedAt(List<Course> open) {
        Long oldest = null;
        for (Course each : open) {
            long receivedAt = each.search.getSearch().getReceivedAt().toEpochMilli();
            oldest = oldest == null ? receivedAt : Math.min(oldest, receivedAt);
        }
        return oldest;
    }

    private static boolean reachedCut(Search search, List<Mirror> mirrors) {
        List<Long> cut = search.getCut();
        for (Mirror mirror : mirrors) {
            for (int source = 0; source < cut.size(); source++) {
                if (mirror.store.progress(source) < cut.get(source)) {
                    return false;
                }
            }
        }
        return true;
    }

    private void goOn(Course course, Task current) {
        OpenSearch open = course.search;
        while (open.getClassIndex() < current.mirrors.size()) {
            if (!searchClass(open, current.mirrors.get(open.getClassIndex()), current)) {
                return;
            }
            open.setClassIndex(open.getClassIndex() + 1);
            open.setCursor(null);
        }
        end(open, current);
        course.ended = true;
        current.context.commit(); // forgetting waits until it is off the record
    }

    /** Goes on with one class; true when it is through. */
    private boolean searchClass(OpenSearch open, Mirror mirror, Task current) {
        Search search = open.getSearch();
        Reach reach = Reach.of(search, parts.policies().cutoff(mirror.retentionClass));
        if (reach.isEmpty()) {
            return true;
        }
        var width = mirror.retentionClass.bucketWidth();
        long firstBucket = Math.max(0, LedgerKey.bucketOf(Math.max(0, reach.from()), width));
        long endBucket = Math.min(LedgerKey.PROGRESS_BUCKET, LedgerKey.bucketOf(reach.to() - 1, width) + 1);
        Candidates candidates = search.getRole() == SelectorRole.REQUESTER
                ? new Candidates(parts.tokens().token(search.getHandle()))
                : new Candidates(null);
        Mention mention = Mention.of(search);
        Barriers barriers = parts.erasures().current();
        byte[] start = cursor(open);
        if (start == null) {
            start = candidates.firstOf(firstBucket);
        }
        if (firstBucket >= endBucket) {
            return true;
        }
        try (RowIterator rows =
                candidates.all() ? mirror.store.scan(start, endBucket) : mirror.store.rows(start, endBucket)) {
            for (int looks = 0; rows.valid(); looks++) {
                byte[] key = rows.key();
                byte[] jump = candidates.jumpFrom(key);
                if (looks == parts.settings().sliceRows()
                        || (looks % CHECK_EVERY == CHECK_EVERY - 1 && current.budget.spent())) {
                    open.setCursor(ByteBuffer.wrap(key));
                    return false;
                }
                if (jump != null) {
                    rows.seek(jump);
                    continue;
                }
                if (reach.admits(LedgerKey.occurredAt(key))) {
                    byte[] value = mirror.reader.open(key, rows.value());
                    if (value == null) {
                        open.setOvertaken(true); // no tombstone yet, but its key is destroyed
                    } else if (mention == null || mention.isIn(value)) {
                        take(open, key, value, mirror.reader.read(key, value), barriers, current);
                    }
                }
                rows.next();
            }
        }
        return true;
    }

    private void take(
            OpenSearch open, byte[] key, byte[] value, EnrichedLookup lookup, Barriers barriers, Task current) {
        Search search = open.getSearch();
        if (matches(search, lookup) && !isErased(search, key, lookup, barriers)) {
            if (!search.getCountOnly()) {
                copy(UUID.fromString(search.getRequestId()), key, value, current);
            }
            open.setMatched(open.getMatched() + 1);
        }
    }

    private static byte @Nullable [] cursor(OpenSearch open) {
        ByteBuffer stored = open.getCursor();
        if (stored == null) {
            return null;
        }
        byte[] cursor = new byte[stored.remaining()];
        stored.duplicate().get(cursor);
        return cursor;
    }

    private static boolean matches(Search search, EnrichedLookup lookup) {
        String handle = search.getHandle();
        return switch (search.getRole()) {
            case REQUESTER -> lookup.getRequesterNormalised().equals(handle);
            case QUERIED -> lookup.getQueriedNormalised().equals(handle);
            case EITHER ->
                lookup.getRequesterNormalised().equals(handle)
                        || lookup.getQueriedNormalised().equals(handle);
            case SOURCE -> {
                Network network = Network.parse(handle);
                yield network != null && network.contains(lookup.getEvent().getSourceIp());
            }
        };
    }

    /** Whether an erasure had come when the request was received; one that came later does not count: the hold was first. */
    private boolean isErased(Search search, byte[] key, EnrichedLookup lookup, Barriers barriers) {
        return barriers.find(
                        LedgerKey.occurredAt(key),
                        search.getReceivedAt().toEpochMilli() + 1,
                        LedgerKey.token(key),
                        () -> parts.tokens().token(lookup.getQueriedNormalised()))
                != null;
    }

    private void copy(UUID requestId, byte[] ledgerKey, byte[] value, Task current) {
        current.context.forward(
                new Record<>(PreservedKey.of(requestId, ledgerKey), value, now(current)), VaultTopology.PRESERVED_SINK);
    }

    private void end(OpenSearch open, Task current) {
        Search search = open.getSearch();
        long now = now(current);
        int partition = current.context.taskId().partition();
        boolean overtaken = open.getOvertaken() || overtaken(search, current);
        if (overtaken) {
            current.metrics.searchOvertaken();
        }
        SearchResult result = SearchResult.newBuilder()
                .setRequestId(search.getRequestId())
                .setSelector(search.getSelector())
                .setPartition(partition)
                .setRound(search.getRound())
                .setMatched(open.getMatched())
                .setHorizon(Instant.ofEpochMilli(horizon(search)))
                .setOvertaken(overtaken)
                .setPositions(positions(search, current))
                .setEndedAt(Instant.ofEpochMilli(now))
                .build();
        byte[] end = PreservedKey.end(
                UUID.fromString(search.getRequestId()), search.getSelector(), partition, search.getRound());
        current.context.forward(new Record<>(end, null, now), VaultTopology.PRESERVED_SINK);
        current.context.forward(new Record<>(search.getRequestId(), result, now), VaultTopology.RESULTS_SINK);
    }

    private long now(Task current) {
        return parts.time().now(current.context.currentSystemTimeMs());
    }

    private long horizon(Search search) {
        Collection<RetentionClass> mayHold = search.getRole() == SelectorRole.REQUESTER
                ? parts.classes().thatMayHold(Handle.parse(search.getHandle()))
                : parts.classes().all();
        long horizon = Long.MIN_VALUE;
        for (RetentionClass each : mayHold) {
            Cutoff cutoff = parts.policies().cutoff(each);
            horizon = Math.max(horizon, cutoff.at(search.getReceivedAt().toEpochMilli()));
        }
        return horizon;
    }

    /** Whether something in reach was forgotten before the search had ended: every receipt opened so far is on record. */
    private boolean overtaken(Search search, Task current) {
        try (KeyValueIterator<String, ErasureReceipt> receipts = current.erasureReceipts.all()) {
            while (receipts.hasNext()) {
                ErasureReceipt receipt = receipts.next().value;
                if (receipt.getRows() > 0
                        && receipt.getErasedAt().isAfter(search.getReceivedAt())
                        && !receipt.getErasedAt().isBefore(search.getFrom())) {
                    return true;
                }
            }
        }
        try (KeyValueIterator<String, ExpiryReceipt> receipts = current.receipts.all()) {
            while (receipts.hasNext()) {
                ExpiryReceipt receipt = receipts.next().value;
                for (Mirror mirror : current.mirrors) {
                    if (mirror.retentionClass.name().equals(receipt.getRetentionClass())
                            && Reach.of(search, parts.policies().cutoff(mirror.retentionClass))
                                    .touches(
                                            receipt.getBucketStart().toEpochMilli(),
                                            receipt.getBucketEnd().toEpochMilli())) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private static List<Long> positions(Search search, Task current) {
        List<Long> positions = new ArrayList<>();
        for (int source = 0; source < search.getCut().size(); source++) {
            long least = Long.MAX_VALUE;
            for (Mirror mirror : current.mirrors) {
                least = Math.min(least, mirror.store.progress(source));
            }
            positions.add(least);
        }
        return positions;
    }

    /** How many rows may pass between two looks at the clock. */
    private static final int CHECK_EVERY = 64;

    @Override
    public void close() {
        if (task != null) {
            task.metrics.close();
        }
    }

    private Task task() {
        Task current = task;
        if (current == null) {
            throw new IllegalStateException("init() has not been called");
        }
        return current;
    }
}
