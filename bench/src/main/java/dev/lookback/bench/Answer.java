package dev.lookback.bench;

import org.jspecify.annotations.Nullable;

/**
 * How soon a request was answered. Seconds by the clock of whoever asked, until the status could be read, but for the
 * last.
 *
 * @param searchedSeconds from submitting until it awaited approval; null if it was approved at once
 * @param sealedSeconds from approving until it was sealed; if it was approved at once, the search is in there
 * @param caseworkSeconds from the broker's append time of the approval to the time that casework gave the sealing
 */
public record Answer(Subject subject, @Nullable Double searchedSeconds, double sealedSeconds, double caseworkSeconds) {}
