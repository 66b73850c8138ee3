package dev.lookback.bench;

/**
 * One run of a job over all events.
 *
 * @param pair which, from 1; 0 of the warm-up
 * @param seconds from the start of the process, the virtual machine's included, until the last lookup was in the vault
 *     (of a copying job: until the last record was written; of one that restores: until it was ready)
 * @param perSecond events in that time; of one that restores: rows
 * @param secondsWorking the same from the first record that was written to a ledger (or to the other topic, or restored)
 * @param perSecondWorking events in that time
 * @param admitted lookups admitted
 * @param rejected lookups rejected
 * @param rows rows in the vault
 * @param cpuMicros CPU time of the process for each event (of one that restores: for each row), from its start
 * @param brokerCpuMicros CPU time of the broker for each
 * @param otherCores cores that all else on the machine kept busy meanwhile
 * @param peakBytes the most memory that the process had resident
 * @param stateBytes its state directory after it has stopped
 * @param topicBytes what it has written (of one that restores: what it has read), on the broker's disk
 */
public record Run(
        Job job,
        int pair,
        double seconds,
        double perSecond,
        double secondsWorking,
        double perSecondWorking,
        long admitted,
        long rejected,
        long rows,
        double cpuMicros,
        double brokerCpuMicros,
        double otherCores,
        long peakBytes,
        long stateBytes,
        long topicBytes) {
    private static final double MILLIS = 1_000;

    static Run of(Job job, int pair, long events, long startedAt, Finish finish, long stateBytes, long topicBytes) {
        double seconds = (finish.lastAt() - startedAt) / MILLIS;
        double working = Math.max(1, finish.lastAt() - finish.firstAt()) / MILLIS;
        return new Run(
                job,
                pair,
                seconds,
                events / seconds,
                working,
                events / working,
                finish.admitted(),
                finish.rejected(),
                finish.rows(),
                finish.cpuMillis() * MILLIS / events,
                finish.brokerCpuMillis() * MILLIS / events,
                finish.otherCores(),
                finish.peakBytes(),
                stateBytes,
                topicBytes);
    }
}
