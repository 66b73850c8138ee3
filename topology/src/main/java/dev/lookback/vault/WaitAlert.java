package dev.lookback.vault;

import java.time.Duration;
import org.slf4j.Logger;

/** Warns when something has waited too long for casework or an open search: once, until it waits no longer. */
final class WaitAlert {
    private final Logger log;
    private final String who;
    private final VaultSettings settings;
    private boolean alerted;

    /**
     * An alert.
     *
     * @param who what waits, and where
     */
    WaitAlert(Logger log, String who, VaultSettings settings) {
        this.log = log;
        this.who = who;
        this.settings = settings;
    }

    /**
     * Looks at the wait.
     *
     * @param since since when, milliseconds since the epoch; MAX_VALUE if nothing waits
     */
    void look(long since, long now) {
        Duration longest = since >= now ? Duration.ZERO : Duration.ofMillis(now - since);
        boolean tooLong = longest.compareTo(settings.waitAlert()) > 0;
        if (tooLong && !alerted) {
            log.warn(
                    "{} has waited {} for casework or an open search; after {} it goes ahead",
                    who,
                    longest,
                    settings.expiryGrace());
        }
        alerted = tooLong;
    }
}
