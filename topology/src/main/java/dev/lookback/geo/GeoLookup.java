package dev.lookback.geo;

/** Where the network of an IP address is. Safe for use by several threads. */
public interface GeoLookup {
    /**
     * Looks an address up; never fails.
     *
     * @param address 4 or 16 bytes, as {@link IpAddress#parse} gives them
     */
    GeoResult locate(byte[] address);

    /** For when no database is configured. */
    static GeoLookup none() {
        return address -> GeoResult.NO_DATABASE;
    }
}
