package dev.lookback.clock;

/**
 * Tells processors the time: what the machine's clock says, unless it cannot be trusted. Safe for use by several
 * threads. All times are milliseconds since the epoch.
 */
public interface Timekeeper {
    /**
     * The present time.
     *
     * @param wall what the caller's context takes for the present time; a keeper with a clock of its own has no use for it
     */
    long now(long wall);

    /** The time at which it is decided what is forgotten. As a rule the present; never goes back within a process. */
    long forgettingNow(long wall);

    /**
     * Both as of one instant.
     *
     * @param now the present
     * @param forgetting the time at which it is decided what is forgotten
     */
    record Present(long now, long forgetting) {}

    /** Both, for who needs both for every record: a clock may have to be read for it. */
    default Present present(long wall) {
        return new Present(now(wall), forgettingNow(wall));
    }

    /** Whether forgetting may go ahead. False while the clock is in doubt. */
    boolean maySweep();

    /** Takes every caller's word for the time: for tests, whose clocks are virtual. */
    static Timekeeper trusting() {
        return Trusting.INSTANCE;
    }

    /** The one that trusts. */
    enum Trusting implements Timekeeper {
        /** It has no state. */
        INSTANCE;

        @Override
        public long now(long wall) {
            return wall;
        }

        @Override
        public long forgettingNow(long wall) {
            return wall;
        }

        @Override
        public boolean maySweep() {
            return true;
        }
    }
}
