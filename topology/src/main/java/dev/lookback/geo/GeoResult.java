package dev.lookback.geo;

import dev.lookback.v1.Geo;
import dev.lookback.v1.GeoStatus;
import org.jspecify.annotations.Nullable;

/**
 * What came of a GeoIP look-up.
 *
 * @param status what came of it
 * @param geo the place; present exactly when the status is FOUND. Shared by many lookups: not to be changed
 * @param database where the claim comes from, {@code GeoLite2-City 2026-11-01T00:00:00Z}, several joined with
 *     {@code "; "}; null exactly when the status is NO_DATABASE
 */
public record GeoResult(
        GeoStatus status, @Nullable Geo geo, @Nullable String database) {
    /** There is no database to look into. */
    public static final GeoResult NO_DATABASE = new GeoResult(GeoStatus.NO_DATABASE, null, null);

    /** Where somebody was stays out of logs: the status alone. */
    @Override
    public String toString() {
        return "GeoResult[" + status + "]";
    }
}
