package dev.lookback.geo;

import dev.lookback.address.IpAddress;
import java.util.List;

/**
 * Networks that are nowhere in particular: not globally reachable by the IANA special-purpose address registries (IPv4
 * and IPv6, RFC 6890), and multicast.
 */
final class ReservedNetworks {
    private static final List<Network> V4 = List.of(
            network("0.0.0.0", 8), // this network
            network("10.0.0.0", 8), // private use
            network("100.64.0.0", 10), // shared between a carrier and its customers
            network("127.0.0.0", 8), // loopback
            network("169.254.0.0", 16), // link-local
            network("172.16.0.0", 12), // private use
            network("192.0.0.0", 24), // protocol assignments
            network("192.0.2.0", 24), // documentation
            network("192.168.0.0", 16), // private use
            network("198.18.0.0", 15), // benchmarking
            network("198.51.100.0", 24), // documentation
            network("203.0.113.0", 24), // documentation
            network("224.0.0.0", 3)); // multicast, reserved, broadcast

    private static final List<Network> V6 = List.of(
            network("::", 127), // unspecified, loopback
            network("64:ff9b:1::", 48), // translation within a network
            network("100::", 64), // discard
            network("2001:2::", 48), // benchmarking
            network("2001:db8::", 32), // documentation
            network("3fff::", 20), // documentation
            network("5f00::", 16), // segment routing
            network("fc00::", 7), // unique local
            network("fe80::", 10), // link-local
            network("ff00::", 8)); // multicast

    private static final int FIRST_BYTES = 256;
    private static final Network[][] V4_BY_FIRST_BYTE = byFirstByte(V4);
    private static final Network[][] V6_BY_FIRST_BYTE = byFirstByte(V6);

    private ReservedNetworks() {}

    /** Whether an address of 4 or 16 bytes lies in one of them. Asked for every lookup. */
    static boolean contain(byte[] address) {
        Network[][] byFirstByte = address.length == IpAddress.V4_LENGTH ? V4_BY_FIRST_BYTE : V6_BY_FIRST_BYTE;
        for (Network each : byFirstByte[Byte.toUnsignedInt(address[0])]) {
            if (each.contains(address)) {
                return true;
            }
        }
        return false;
    }

    /** For each first byte of an address the few networks, mostly none, that have addresses with it. */
    private static Network[][] byFirstByte(List<Network> networks) {
        Network[][] all = new Network[FIRST_BYTES][];
        for (int first = 0; first < FIRST_BYTES; first++) {
            byte begin = (byte) first;
            all[first] = networks.stream()
                    .filter(network -> network.hasFirstByte(begin))
                    .toArray(Network[]::new);
        }
        return all;
    }

    private static Network network(String address, int prefix) {
        byte[] bytes = IpAddress.parse(address);
        if (bytes == null) {
            throw new IllegalArgumentException("Not an address: " + address);
        }
        return new Network(bytes, prefix);
    }

    private static final class Network {
        private final byte[] address;
        private final int wholeBytes;
        private final int mask;

        Network(byte[] address, int prefix) {
            this.address = address;
            this.wholeBytes = prefix / 8;
            this.mask = 0xff00 >> prefix % 8 & 0xff;
        }

        boolean hasFirstByte(byte first) {
            return wholeBytes > 0 ? address[0] == first : (address[0] & mask) == (first & mask);
        }

        boolean contains(byte[] other) {
            for (int i = 0; i < wholeBytes; i++) {
                if (address[i] != other[i]) {
                    return false;
                }
            }
            return mask == 0 || (address[wholeBytes] & mask) == (other[wholeBytes] & mask);
        }
    }
}
