package dev.lookback.address;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A network: an address and how many of its leading bits count (CIDR, RFC 4632 and RFC 4291). A single address is one of
 * full length. Equal networks have equal texts.
 */
public final class Network {
    private final byte[] address;
    private final int length;

    private Network(byte[] address, int length) {
        this.address = address;
        this.length = length;
    }

    /**
     * The network in a text: {@code address} or {@code address/bits}; bits of the address beyond these are dropped. Null
     * if it is none.
     */
    public static @Nullable Network parse(String text) {
        int slash = text.indexOf('/');
        byte[] address = IpAddress.parse(slash < 0 ? text : text.substring(0, slash));
        if (address == null) {
            return null;
        }
        int bits = address.length * Byte.SIZE;
        int length = slash < 0 ? bits : number(text.substring(slash + 1));
        if (length < 0 || length > bits) {
            return null;
        }
        for (int bit = length; bit < bits; bit++) {
            address[bit / Byte.SIZE] &= (byte) ~(0x80 >> bit % Byte.SIZE);
        }
        return new Network(address, length);
    }

    private static int number(String text) {
        return text.matches("0|[1-9][0-9]{0,2}") ? Integer.parseInt(text) : -1;
    }

    /** Whether an address, as text, lies in it; false for what is no address. IPv4-mapped IPv6 counts as IPv4. */
    public boolean contains(String text) {
        byte[] other = IpAddress.parse(text);
        if (other == null || other.length != address.length) {
            return false;
        }
        int whole = length / Byte.SIZE;
        if (!Arrays.equals(address, 0, whole, other, 0, whole)) {
            return false;
        }
        int rest = length % Byte.SIZE;
        return rest == 0 || ((address[whole] ^ other[whole]) & 0xff) >> Byte.SIZE - rest == 0;
    }

    /** How many leading bits count. */
    public int length() {
        return length;
    }

    /** Whether its addresses are those of IPv4. */
    public boolean isV4() {
        return address.length == IpAddress.V4_LENGTH;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Network network && length == network.length && Arrays.equals(address, network.address);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(address) + length;
    }

    /** As {@code address/bits}. It can identify a person: not for logs. */
    public String text() {
        try {
            return InetAddress.getByAddress(address).getHostAddress() + "/" + length;
        } catch (UnknownHostException e) {
            throw new AssertionError("Only a wrong length is refused", e);
        }
    }

    /** Personal data stays out of logs. */
    @Override
    public String toString() {
        return "Network[/" + length + "]";
    }
}
