package dev.lookback.retention;

import dev.lookback.v1.RetentionPolicy;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * The cutoff of one retention class: lookups that occurred at or before it are forgotten. A lookup is readable at t
 * exactly while {@code occurredAt > cutoff(t)}, which is to say while its deadline is after t.
 *
 * <p>A function of the class's whole policy history alone, and never moves back: while a duration D is in force the
 * cutoff follows t − D, and a longer one that follows starts from where the shorter had got to. So neither a
 * lengthening, nor a restart, nor a late reader makes a forgotten lookup readable again.
 *
 * <p>All instants are milliseconds since the epoch. Immutable.
 */
public final class Cutoff {
    private final List<Step> steps = new ArrayList<>();

    private record Step(long from, long durationMillis, int version) {}

    /**
     * The cutoff under a history.
     *
     * @param retentionClass the class, whose initial duration holds before the first policy
     * @param policies policies of any classes in any order; those of other classes are passed over
     */
    public Cutoff(RetentionClass retentionClass, Collection<RetentionPolicy> policies) {
        List<RetentionPolicy> own = policies.stream()
                .filter(policy -> policy.getRetentionClass().equals(retentionClass.name()))
                .sorted(Comparator.comparingInt(RetentionPolicy::getVersion))
                .toList();
        if (own.isEmpty()) {
            steps.add(new Step(Long.MIN_VALUE, retentionClass.initialDuration().toMillis(), 0));
        }
        for (RetentionPolicy policy : own) {
            // The first one on record holds for all time before it, too: there is no earlier duration to honour.
            long from = steps.isEmpty()
                    ? Long.MIN_VALUE
                    : Math.max(
                            steps.get(steps.size() - 1).from,
                            policy.getEffectiveFrom().toEpochMilli());
            steps.add(new Step(from, policy.getDurationMillis(), policy.getVersion()));
        }
    }

    /** The cutoff at an instant. */
    public long at(long now) {
        long cutoff = Long.MIN_VALUE;
        for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            if (step.from > now) {
                break;
            }
            boolean last = i + 1 == steps.size();
            long until = last ? now : Math.min(now, steps.get(i + 1).from);
            cutoff = Math.max(cutoff, until - step.durationMillis);
        }
        return cutoff;
    }

    /**
     * The first instant at which the cutoff reaches a point of time, under the policies known now: when a lookup that
     * occurred then is forgotten, or when a bucket that ends then is due.
     */
    public long reaches(long occurredAt) {
        for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            long when = Math.max(step.from, occurredAt + step.durationMillis);
            boolean last = i + 1 == steps.size();
            if (last || when <= steps.get(i + 1).from) {
                return when;
            }
        }
        throw new IllegalStateException("A history has at least one step");
    }

    /** The version of the policy in force at an instant; 0 while there is none on record. */
    public int policyVersion(long now) {
        int version = steps.get(0).version;
        for (Step step : steps) {
            if (step.from <= now) {
                version = step.version;
            }
        }
        return version;
    }

    /** The duration in force at an instant, milliseconds. */
    public long durationMillis(long now) {
        long duration = steps.get(0).durationMillis;
        for (Step step : steps) {
            if (step.from <= now) {
                duration = step.durationMillis;
            }
        }
        return duration;
    }
}
