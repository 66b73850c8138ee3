package dev.lookback.address;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.api.Test;

class NetworkTest {
    private static Network of(String text) {
        return Objects.requireNonNull(Network.parse(text));
    }

    @Test
    void containsWhatSharesItsLeadingBits() {
        Network network = of("192.0.2.128/25");

        assertThat(network.contains("192.0.2.128")).isTrue();
        assertThat(network.contains("192.0.2.255")).isTrue();
        assertThat(network.contains("192.0.2.127")).isFalse();
        assertThat(network.contains("192.0.3.128")).isFalse();
        assertThat(network.contains("::ffff:192.0.2.200")).as("mapped").isTrue();
        assertThat(network.contains("not an address")).isFalse();
        assertThat(of("2001:db8:8000::/33").contains("2001:db8:ffff::1")).isTrue();
        assertThat(of("2001:db8:8000::/33").contains("2001:db8:7fff::1")).isFalse();
        assertThat(of("2001:db8::/32").contains("192.0.2.1")).isFalse();
        assertThat(of("0.0.0.0/0").contains("255.255.255.255")).isTrue();
    }

    @Test
    void oneAddressIsANetworkOfFullLength() {
        assertThat(of("192.0.2.7").text()).isEqualTo("192.0.2.7/32");
        assertThat(of("192.0.2.7").contains("192.0.2.7")).isTrue();
        assertThat(of("192.0.2.7").contains("192.0.2.6")).isFalse();
        assertThat(of("2001:db8::1").length()).isEqualTo(128);
    }

    @Test
    void equalNetworksHaveEqualTexts() {
        assertThat(of("192.0.2.200/25").text()).isEqualTo("192.0.2.128/25");
        assertThat(of("2001:DB8::0:1/64")).isEqualTo(of("2001:db8:0:0::/64")).hasSameHashCodeAs(of("2001:db8::/64"));
        assertThat(of("2001:DB8::0:1/64").text())
                .isEqualTo(of("2001:db8:0:0::/64").text());
        assertThat(of(of("2001:db8::/64").text())).isEqualTo(of("2001:db8::/64"));
    }

    @Test
    void whatIsNoNetworkIsNull() {
        for (String text : new String[] {
            "",
            "/",
            "192.0.2.1/",
            "192.0.2.1/33",
            "192.0.2.1/-1",
            "192.0.2.1/08",
            "2001:db8::/129",
            "example.org/8",
            "192.0.2.1/24/24",
            "192.0.2.1/ 24",
            "fe80::1%eth0/64"
        }) {
            assertThat(Network.parse(text)).as(text).isNull();
        }
    }

    @Test
    void personalDataStaysOutOfToString() {
        assertThat(of("192.0.2.7").toString()).isEqualTo("Network[/32]");
    }
}
