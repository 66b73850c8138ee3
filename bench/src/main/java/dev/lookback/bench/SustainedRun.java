package dev.lookback.bench;

/**
 * What the vault made of as many rows arriving, expiring, and both.
 *
 * @param run from 1
 * @param rows that arrived, or expired, each time
 * @param arrivingSeconds from when the application could take the lookups up until the vault had; nothing expired
 * @param expiringSeconds from before the retention was shortened until the last receipt was closed; nothing arrived
 * @param bothSeconds until both were done, when as many arrived and expired
 * @param bothArrivedSeconds of that, until the lookups had been taken up
 * @param bothExpiredSeconds of that, until the last receipt was closed
 * @param otherCores cores that all but the application, the broker and this process kept busy
 * @param peakBytes the most memory that the application has had resident so far
 */
public record SustainedRun(
        int run,
        long rows,
        double arrivingSeconds,
        double expiringSeconds,
        double bothSeconds,
        double bothArrivedSeconds,
        double bothExpiredSeconds,
        double otherCores,
        long peakBytes) {
    /** The rate with as many expiring, as a share of the rate with none. */
    double sustained() {
        return arrivingSeconds / bothSeconds;
    }

    /** The rate of expiring alone, as a share of that of arriving alone. */
    double expiry() {
        return arrivingSeconds / expiringSeconds;
    }
}
