package dev.lookback.bench;

/**
 * One first start after an outage. Seconds are counted from the start of the application's process, the virtual machine's
 * included.
 *
 * @param run from 1
 * @param stored rows in the vault's files before
 * @param overdue rows that were in the ledger and past their deadline
 * @param readySeconds until the application was ready
 * @param firstSeconds until the first receipt was closed
 * @param seconds until the last was
 * @param perSecond overdue rows by that time
 * @param answeredSeconds until a request for overdue lookups, filed just before the start, was sealed with none of them
 * @param kept rows in vault and ledger in the end, the same in both, none of them overdue
 * @param arrivedPerSecond lookups that the broker acknowledged meanwhile
 * @param load who kept the machine busy meanwhile
 * @param peakBytes the most memory that the application had resident
 */
public record OutageRun(
        Outage outage,
        int run,
        long stored,
        long overdue,
        double readySeconds,
        double firstSeconds,
        double seconds,
        double perSecond,
        double answeredSeconds,
        long kept,
        double arrivedPerSecond,
        Load load,
        long peakBytes) {}
