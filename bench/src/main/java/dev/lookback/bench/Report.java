package dev.lookback.bench;

import java.util.List;

/** What came of a measurement: for people, and each run as it was measured. */
public interface Report {
    /** What was measured, and how. */
    List<String> explanation();

    /** Each run as a line of a table. */
    List<String> lines();

    /** What it all says. */
    List<String> summary();

    /** What was measured, in order: records of one kind. */
    List<? extends Record> runs();
}
