package dev.lookback.bench;

/**
 * One instance killed. Seconds are counted from the kill.
 *
 * @param trial from 1
 * @param lost partitions of the vault that the dead one was in charge of
 * @param lookupsSeconds until the ledger had, from every partition of {@code lookup-events}, a lookup published after it
 * @param requestSeconds until a request filed after it was sealed
 * @param rebuilt stores that the survivor restored from their ledger's beginning
 * @param arrivedPerSecond lookups that the broker acknowledged meanwhile
 */
public record FailoverRun(
        int trial, int lost, double lookupsSeconds, double requestSeconds, long rebuilt, double arrivedPerSecond) {}
