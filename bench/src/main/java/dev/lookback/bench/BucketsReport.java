package dev.lookback.bench;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What came of {@link BucketsBench}.
 *
 * @param lookups in the vault at first
 * @param spanHours over which they occurred
 * @param restored whether the vault had just been restored from its ledgers
 * @param cores CPUs of the machine
 * @param settings that were not the defaults
 * @param runs for each width one for each requester, before and after expiry
 */
public record BucketsReport(
        long lookups,
        double spanHours,
        boolean restored,
        int cores,
        Map<String, String> settings,
        List<BucketsRun> runs)
        implements Report {
    /** Of a search that finds {@link BucketsBench#MANY} rows in buckets of an hour: the first, and the 99th percentile. */
    public static final double MANY_FIRST_BAR_MILLIS = 150;

    public static final double MANY_BAR_MILLIS = 30;

    /** Of one that finds {@link BucketsBench#FEW}, 99th percentile. */
    public static final double FEW_BAR_MILLIS = 15;

    /** Right after half of the vault has expired no search may take longer than so many times as long. */
    public static final double AFTER_BAR = 2;

    private static final double BAR_BUCKET_SECONDS = Duration.ofHours(1).toSeconds();
    private static final double SECONDS_PER_MINUTE = 60;

    private static final String ROW = "%9s %-7s %7s  %8s %8s  %9s %9s %9s %9s  %6s";

    /** Copies what it is given. */
    public BucketsReport {
        settings = Map.copyOf(settings);
        runs = List.copyOf(runs);
    }

    /** Heads of the columns of {@link #line}. */
    public static List<String> head() {
        return List.of(
                Texts.format(ROW, "bucket", "", "rows", "", "", "first", "search ms", "", "", "other"),
                Texts.format(ROW, "min", "expiry", "found", "buckets", "seeks", "ms", "p50", "p99", "worst", "cores"));
    }

    /** A run as a line of a table. */
    public static String line(BucketsRun run) {
        return Texts.format(
                ROW,
                Texts.format("%,.1f", run.bucketSeconds() / SECONDS_PER_MINUTE),
                run.stage().label(),
                Texts.format("%,d", run.rows()),
                Texts.format("%,d", run.buckets()),
                Texts.format("%,d", run.seeks()),
                Texts.format("%.2f", run.firstMillis()),
                Texts.format("%.2f", run.millis().p50()),
                Texts.format("%.2f", run.millis().p99()),
                Texts.format("%.2f", run.millis().greatest()),
                Texts.format("%.2f", run.otherCores()));
    }

    @Override
    public List<String> lines() {
        return runs.stream().map(BucketsReport::line).toList();
    }

    @Override
    public List<String> summary() {
        Optional<BucketsRun> many = run(Stage.BEFORE, BucketsBench.MANY);
        Optional<BucketsRun> few = run(Stage.BEFORE, BucketsBench.FEW);
        Optional<BucketsRun> manyAfter = run(Stage.AFTER, BucketsBench.MANY);
        Optional<BucketsRun> fewAfter = run(Stage.AFTER, BucketsBench.FEW);
        if (many.isEmpty() || few.isEmpty() || manyAfter.isEmpty() || fewAfter.isEmpty()) {
            return List.of();
        }
        return List.of(
                Texts.bar(
                        many.get().firstMillis() <= MANY_FIRST_BAR_MILLIS
                                && many.get().millis().p99() <= MANY_BAR_MILLIS,
                        Texts.format(
                                "%,d rows in buckets of an hour: first within %.0f ms, p99 within %.0f ms",
                                BucketsBench.MANY, MANY_FIRST_BAR_MILLIS, MANY_BAR_MILLIS)),
                Texts.bar(
                        few.get().millis().p99() <= FEW_BAR_MILLIS,
                        Texts.format("%d rows: p99 within %.0f ms", BucketsBench.FEW, FEW_BAR_MILLIS)),
                Texts.bar(
                        slower(many.get(), manyAfter.get()) <= AFTER_BAR
                                && slower(few.get(), fewAfter.get()) <= AFTER_BAR,
                        Texts.format(
                                "p99 right after half has expired at most %.0f times as long: %.2f, %.2f",
                                AFTER_BAR, slower(many.get(), manyAfter.get()), slower(few.get(), fewAfter.get()))));
    }

    private Optional<BucketsRun> run(Stage stage, long rows) {
        return runs.stream()
                .filter(run -> run.bucketSeconds() == BAR_BUCKET_SECONDS)
                .filter(run -> run.stage() == stage && run.rows() == rows)
                .findFirst();
    }

    private static double slower(BucketsRun before, BucketsRun after) {
        return after.millis().p99() / before.millis().p99();
    }

    @Override
    public List<String> explanation() {
        return List.of(
                Texts.format(
                        "%,d lookups that occurred over %,.0f hours; %d cores; %s.",
                        lookups, spanHours, cores, Texts.settings(settings)),
                "A search for one requester seeks once in every bucket with rows, and once more behind rows that it passes.",
                "Measured in the files of a vault that the application has " + (restored ? "restored" : "filled")
                        + " and closed, for requesters with no rows,",
                "few and many, spread evenly, each in its own partition, by a reader of its own with a cache as large as the",
                "vault's, keys and values read. First: in files just opened, this process new to the work. After expiry: the",
                "retention was shortened, and the application closed as soon as the last receipt of the older half was; then",
                "the same for other requesters, whose rows are all in the younger half, from the first bucket that is not due.",
                "A bucket is forgotten as a whole: a row at its beginning stays, unreadable, for the bucket's width past its",
                "deadline. Other: cores kept busy by all but the application, the broker and this process, while it filled or expired.");
    }
}
