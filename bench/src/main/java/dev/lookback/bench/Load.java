package dev.lookback.bench;

import java.time.InstantSource;

/**
 * Who kept the machine's cores busy for some time, on average.
 *
 * @param application the measured process
 * @param broker the broker
 * @param bench this process, which publishes lookups and watches
 * @param other everything else
 */
public record Load(double application, double broker, double bench, double other) {
    /** What had been spent at an instant, milliseconds. */
    record Reading(long at, long application, long broker, long bench, long machine) {
        static Reading take(long applicationPid, long brokerPid, InstantSource clock) {
            return new Reading(
                    clock.millis(),
                    Proc.cpuMillis(applicationPid),
                    Proc.cpuMillis(brokerPid),
                    Proc.cpuMillis(ProcessHandle.current().pid()),
                    Proc.busyMillis());
        }

        /** What was spent from then until now. */
        Load since(Reading begin) {
            double millis = Math.max(1, at - begin.at);
            long ours = application - begin.application + broker - begin.broker + bench - begin.bench;
            return new Load(
                    (application - begin.application) / millis,
                    (broker - begin.broker) / millis,
                    (bench - begin.bench) / millis,
                    Math.max(0, machine - begin.machine - ours) / millis);
        }
    }
}
