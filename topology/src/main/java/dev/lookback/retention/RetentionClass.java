package dev.lookback.retention;

import dev.lookback.handle.Handle;
import dev.lookback.v1.HandleKind;
import dev.lookback.v1.Service;
import java.time.Duration;
import java.util.Set;

/**
 * A named duration with a ledger of its own, and the rule that says which lookups belong to it. Rules look at the
 * requester's calling code and the service, never at GeoIP or a clock, so that a replay chooses the same class.
 *
 * @param name lower-case letters, digits and hyphens; part of the ledger's topic name
 * @param bucketWidth width of the window that expires as a whole; fixed when the ledger is created
 * @param initialDuration how long its lookups are kept until the first policy says otherwise
 * @param callingCodes requesters whose number begins with one of these ({@code +49}) belong here; empty: any
 * @param services lookups of these services belong here; empty: any
 */
public record RetentionClass(
        String name, Duration bucketWidth, Duration initialDuration, Set<String> callingCodes, Set<Service> services) {
    /** Copies the sets. */
    public RetentionClass {
        callingCodes = Set.copyOf(callingCodes);
        services = Set.copyOf(services);
    }

    boolean claims(Handle requester, Service service) {
        boolean noRule = callingCodes.isEmpty() && services.isEmpty();
        return !noRule
                && (services.isEmpty() || services.contains(service))
                && (callingCodes.isEmpty() || hasCallingCode(requester));
    }

    private boolean hasCallingCode(Handle requester) {
        if (requester.kind() != HandleKind.PHONE) {
            return false;
        }
        for (String code : callingCodes) {
            if (requester.normalised().startsWith(code)) {
                return true;
            }
        }
        return false;
    }
}
