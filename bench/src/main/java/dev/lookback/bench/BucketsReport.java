package dev.lookback.bench;

import java.util.List;
import java.util.Map;

/**
 * What came of {@link BucketsBench}.
 *
 * @param lookups in the vault
 * @param spanHours over which they occurred
 * @param cores CPUs of the machine
 * @param settings that were not the defaults
 * @param runs one for each width, in order
 */
public record BucketsReport(
        long lookups, double spanHours, int cores, Map<String, String> settings, List<BucketsRun> runs) {
    private static final double SECONDS_PER_MINUTE = 60;

    /** Copies what it is given. */
    public BucketsReport {
        settings = Map.copyOf(settings);
        runs = List.copyOf(runs);
    }

    private static final String ROW = "%9s  %8s %8s %9s  %9s %9s  %9s %9s  %9s  %6s";

    /** Heads of the columns of {@link #line}. */
    public static List<String> head() {
        return List.of(
                Texts.format(ROW, "bucket", "", "seeks", "", "search ms", "", "request s", "", "stored", "other"),
                Texts.format(
                        ROW,
                        "min",
                        "buckets",
                        "a search",
                        "µs a seek",
                        "median",
                        "worst",
                        "median",
                        "worst",
                        "late min",
                        "cores"));
    }

    /** A width as a line of a table. */
    public static String line(BucketsRun run) {
        double minutes = run.bucketSeconds() / SECONDS_PER_MINUTE;
        return Texts.format(
                ROW,
                Texts.format("%,.1f", minutes),
                Texts.format("%,d", run.buckets()),
                Texts.format("%,d", run.seeks()),
                Texts.format("%.1f", run.micros()),
                Texts.format("%.2f", run.millis().median()),
                Texts.format("%.2f", run.millis().greatest()),
                Texts.format("%.2f", run.answeredSeconds().median()),
                Texts.format("%.2f", run.answeredSeconds().greatest()),
                Texts.format("%,.1f", minutes),
                Texts.format("%.2f", run.otherCores()));
    }

    /** What was measured, and how: for people. */
    public List<String> explanation() {
        return List.of(
                Texts.format(
                        "%,d lookups that occurred over %,.0f hours; %d cores; %s.",
                        lookups, spanHours, cores, Texts.settings(settings)),
                "A search for one requester seeks once in every bucket with rows, and once more behind rows that it passes.",
                "Seeks and search: in the files of a vault that the application has filled and closed, for requesters whom",
                "nobody asked for, in the partition with most buckets, by a reader of its own with a cache as large as the",
                "vault's. Request: from submitting a request for such a requester until its search was over, all of the",
                "application at work; most of that is waiting for a tick and for ingest's progress. Stored late: a row that",
                "occurred at the beginning of its bucket is due, with the bucket, so long after its deadline; nobody can read",
                "it meanwhile. How long forgetting takes from there is what bench forget measures.");
    }
}
