package dev.lookback.address;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IpAddressTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "255.255.255.255",
                "192.0.2.1",
                "::",
                "::1",
                "1::",
                "1:2:3:4:5:6:7:8",
                "1:2:3:4:5:6:7::",
                "::2:3:4:5:6:7:8",
                "2001:DB8::AbCd",
                "::ffff:192.0.2.1",
                "::FFFF:c000:201",
                "64:ff9b::192.0.2.33",
                "1:2:3:4:5:6:1.2.3.4",
                "0001:0000::0010"
            })
    void readsWhatTheJdkReads(String text) throws UnknownHostException {
        assertThat(IpAddress.parse(text)).isEqualTo(InetAddress.getByName(text).getAddress());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                ":",
                ":::",
                "localhost",
                "1",
                "1.2.3",
                "1.2.3.4.5",
                "1.2.3.256",
                "1.2.3.04",
                "1.2.3.4 ",
                " 1.2.3.4",
                "1.2.3.",
                ".1.2.3",
                "1..2.3",
                "+1.2.3.4",
                "1.2.3.1000",
                "0x1.2.3.4",
                "١.2.3.4",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "1:2:3:4:5:6:7:8:",
                ":1:2:3:4:5:6:7:8",
                "1::2:3:4:5:6:7:8",
                "1:2:3:4:5:6:7:8::",
                "1::2::3",
                "12345::",
                "g::",
                "fe80::1%eth0",
                "[::1]",
                "1:2:3:4:5:6:7:1.2.3.4",
                "1:2:3:4:1.2.3.4",
                "::1.2.3.4:1",
                "::1.2.3",
                "::ab.2.3.4",
                "::ffff:1.2.3.400",
                "00000000000000000000000000000000000000000000::1"
            })
    void refusesWhatIsNoAddress(String text) {
        assertThat(IpAddress.parse(text)).isNull();
    }

    @Test
    void agreesWithTheJdkOnRandomAddressesInAnySpelling() throws UnknownHostException {
        Random random = new Random(7);
        for (int i = 0; i < 50_000; i++) {
            byte[] bytes = new byte[random.nextBoolean() ? 4 : 16];
            random.nextBytes(bytes);
            String text = bytes.length == 4 ? dotted(bytes, 0) : groups(bytes, random);
            assertThat(IpAddress.parse(text))
                    .as(text)
                    .isEqualTo(InetAddress.getByName(text).getAddress());
        }
    }

    /** Damaged addresses and noise: never an exception, and what is read is what the JDK reads. */
    @Test
    void neverFailsAndNeverReadsWhatTheJdkDoesNot() throws UnknownHostException {
        Random random = new Random(8);
        String letters = "0123456789abcdefABCDEF::::....g% ";
        int read = 0;
        for (int i = 0; i < 300_000; i++) {
            StringBuilder text = new StringBuilder();
            int length = random.nextInt(20);
            for (int j = 0; j < length; j++) {
                text.append(letters.charAt(random.nextInt(letters.length())));
            }
            byte[] parsed = IpAddress.parse(text.toString());
            if (parsed != null) {
                read++;
                assertThat(parsed)
                        .as(text.toString())
                        .isEqualTo(InetAddress.getByName(text.toString()).getAddress());
            }
        }
        assertThat(read).isGreaterThan(100);
    }

    private static String dotted(byte[] bytes, int at) {
        return (bytes[at] & 0xff) + "." + (bytes[at + 1] & 0xff) + "." + (bytes[at + 2] & 0xff) + "."
                + (bytes[at + 3] & 0xff);
    }

    private static String groups(byte[] bytes, Random random) {
        int gap = random.nextInt(10);
        int end = Math.min(8, gap + 1 + random.nextInt(7));
        boolean dotted = end <= 6 && random.nextInt(4) == 0;
        StringBuilder text = new StringBuilder();
        for (int group = 0; group < (dotted ? 6 : 8); group++) {
            if (group == gap) {
                for (int i = gap; i < end; i++) {
                    bytes[2 * i] = 0;
                    bytes[2 * i + 1] = 0;
                }
                text.append("::");
                group = end - 1;
                continue;
            }
            if (text.length() > 0 && text.charAt(text.length() - 1) != ':') {
                text.append(':');
            }
            String hex = Integer.toHexString((bytes[2 * group] & 0xff) << 8 | bytes[2 * group + 1] & 0xff);
            text.append(random.nextBoolean() ? hex : hex.toUpperCase(java.util.Locale.ROOT));
        }
        if (dotted) {
            text.append(text.charAt(text.length() - 1) == ':' ? "" : ":").append(dotted(bytes, 12));
        }
        return text.toString();
    }
}
