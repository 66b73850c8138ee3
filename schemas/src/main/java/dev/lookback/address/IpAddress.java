package dev.lookback.address;

import org.jspecify.annotations.Nullable;

/**
 * IP addresses in text form to bytes. {@code InetAddress.getByName} would ask DNS about what is no address; this knows
 * literals only: IPv4 as four decimal numbers without leading zeros, IPv6 as in RFC 4291, no zone ids, no brackets.
 */
public final class IpAddress {
    /** Length of an IPv4 address in bytes. */
    public static final int V4_LENGTH = 4;

    /** Length of an IPv6 address in bytes. */
    public static final int V6_LENGTH = 16;

    private static final int MAX_TEXT = 45;
    private static final int GROUP_DIGITS = 4;
    private static final int MAPPED_PREFIX = V6_LENGTH - V4_LENGTH;

    private IpAddress() {}

    /**
     * The bytes of an address: 4 for IPv4 and for IPv4-mapped IPv6 ({@code ::ffff:192.0.2.1}), else 16; null if the text
     * is no address.
     */
    public static byte @Nullable [] parse(String text) {
        if (text.length() > MAX_TEXT) {
            return null;
        }
        if (text.indexOf(':') < 0) {
            byte[] address = new byte[V4_LENGTH];
            return parseV4(text, 0, address, 0) ? address : null;
        }
        byte[] address = parseV6(text);
        return address != null && isMapped(address) ? lastFour(address) : address;
    }

    /** Reads four decimal numbers from a position to the end of the text. */
    private static boolean parseV4(String text, int from, byte[] into, int at) {
        int length = text.length();
        int position = from;
        for (int i = 0; i < V4_LENGTH; i++) {
            if (i > 0 && (position >= length || text.charAt(position++) != '.')) {
                return false;
            }
            int start = position;
            int number = 0;
            while (position < length && position < start + 3 && isDigit(text.charAt(position))) {
                number = number * 10 + text.charAt(position++) - '0';
            }
            boolean leadingZero = position - start > 1 && text.charAt(start) == '0';
            if (position == start || number > 255 || leadingZero) {
                return false;
            }
            into[at + i] = (byte) number;
        }
        return position == length;
    }

    private static byte @Nullable [] parseV6(String text) {
        byte[] address = new byte[V6_LENGTH];
        int length = text.length();
        int filled = 0;
        int gap = -1;
        int position = 0;
        if (text.startsWith("::")) {
            gap = 0;
            position = 2;
        }
        while (position < length) {
            int start = position;
            int group = 0;
            while (position < length && position - start < GROUP_DIGITS && hex(text.charAt(position)) >= 0) {
                group = group << 4 | hex(text.charAt(position++));
            }
            if (position < length && text.charAt(position) == '.') {
                if (filled > V6_LENGTH - V4_LENGTH || !parseV4(text, start, address, filled)) {
                    return null;
                }
                filled += V4_LENGTH;
                break;
            }
            if (position == start || filled == V6_LENGTH) {
                return null;
            }
            address[filled++] = (byte) (group >> 8);
            address[filled++] = (byte) group;
            if (position == length) {
                break;
            }
            if (text.charAt(position++) != ':' || position == length) {
                return null;
            }
            if (text.charAt(position) == ':') {
                if (gap >= 0) {
                    return null;
                }
                gap = filled;
                position++;
            }
        }
        if (gap < 0) {
            return filled == V6_LENGTH ? address : null;
        }
        if (filled == V6_LENGTH) {
            return null;
        }
        // What came after the gap moves to the end; the gap is zeros.
        int tail = filled - gap;
        System.arraycopy(address, gap, address, V6_LENGTH - tail, tail);
        for (int i = gap; i < V6_LENGTH - tail; i++) {
            address[i] = 0;
        }
        return address;
    }

    private static boolean isMapped(byte[] address) {
        for (int i = 0; i < MAPPED_PREFIX - 2; i++) {
            if (address[i] != 0) {
                return false;
            }
        }
        return address[MAPPED_PREFIX - 2] == -1 && address[MAPPED_PREFIX - 1] == -1;
    }

    private static byte[] lastFour(byte[] address) {
        byte[] last = new byte[V4_LENGTH];
        System.arraycopy(address, MAPPED_PREFIX, last, 0, V4_LENGTH);
        return last;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static int hex(char c) {
        if (isDigit(c)) {
            return c - '0';
        }
        if (c >= 'a' && c <= 'f') {
            return c - 'a' + 10;
        }
        return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    }
}
