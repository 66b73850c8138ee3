package dev.lookback.geo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.address.IpAddress;
import dev.lookback.v1.Geo;
import dev.lookback.v1.GeoStatus;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MaxMindGeoTest {
    private static final Instant OCTOBER = Instant.parse("2026-10-01T00:00:00Z");
    private static final Instant NOVEMBER = Instant.parse("2026-11-01T00:00:00Z");

    @TempDir
    private Path directory;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private Path city;
    private Path asn;

    @BeforeEach
    void writeDatabases() {
        city = directory.resolve("city.mmdb");
        asn = directory.resolve("asn.mmdb");
        MmdbSample.replace(city, MmdbSample.city("Alfa", OCTOBER));
        MmdbSample.replace(asn, MmdbSample.asn(NOVEMBER));
    }

    @Test
    void bothDatabasesAnswerTogether() {
        GeoResult result = locate(new MaxMindGeo(city, asn, meters), "89.160.20.112");
        assertThat(result.status()).isEqualTo(GeoStatus.FOUND);
        assertThat(result.geo())
                .isEqualTo(Geo.newBuilder()
                        .setCountry("SE")
                        .setSubdivision("AB")
                        .setCity("Alfa")
                        .setLatitude(59.25)
                        .setLongitude(17.5)
                        .setAccuracyRadiusKm(20)
                        .setAsNumber(4_200_000_000L)
                        .setAsOrganisation("Sample Networks")
                        .build());
        assertThat(result.database()).isEqualTo("Sample-City 2026-10-01T00:00:00Z; Sample-ASN 2026-11-01T00:00:00Z");
    }

    @Test
    void eitherDatabaseWillDo() {
        GeoResult cityOnly = locate(new MaxMindGeo(city, null, new SimpleMeterRegistry()), "2a00:1::5");
        assertThat(cityOnly.geo().getCity()).isEqualTo("Alfa");
        assertThat(cityOnly.geo().getAsNumber()).isNull();
        assertThat(cityOnly.database()).isEqualTo("Sample-City 2026-10-01T00:00:00Z");
        GeoResult asnOnly = locate(new MaxMindGeo(null, asn, new SimpleMeterRegistry()), "89.1.1.1");
        assertThat(asnOnly.geo().getAsNumber()).isEqualTo(4_200_000_000L);
        assertThat(asnOnly.database()).isEqualTo("Sample-ASN 2026-11-01T00:00:00Z");
    }

    @Test
    void mappedAddressesAreIpv4() {
        assertThat(locate(new MaxMindGeo(city, null, meters), "::ffff:89.160.20.112")
                        .geo()
                        .getCity())
                .isEqualTo("Alfa");
    }

    /** 2a00::/8 begins with the same bits as 42.0.0.0/8. */
    @Test
    void aDatabaseOfIpv4SaysNothingAboutIpv6() {
        MmdbSample.replace(city, MmdbSample.v4Only("Alfa", OCTOBER));
        MaxMindGeo geo = new MaxMindGeo(city, null, meters);
        assertThat(locate(geo, "42.1.2.3").geo().getCity()).isEqualTo("Alfa");
        assertThat(locate(geo, "2a00:1::5").status()).isEqualTo(GeoStatus.NOT_FOUND);
        assertThat(locate(geo, "43.1.2.3").status()).isEqualTo(GeoStatus.NOT_FOUND);
    }

    @ParameterizedTest
    @ValueSource(strings = {"8.8.8.8", "2a00:2::1", "89.161.1.1"})
    void whatHoldsNothingWeKeepIsNotFound(String address) {
        GeoResult result = locate(new MaxMindGeo(city, null, meters), address);
        assertThat(result).isEqualTo(new GeoResult(GeoStatus.NOT_FOUND, null, "Sample-City 2026-10-01T00:00:00Z"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "10.1.2.3",
                "100.64.0.1",
                "100.127.255.255",
                "127.0.0.1",
                "169.254.9.9",
                "172.31.255.255",
                "192.0.2.1",
                "192.168.1.1",
                "198.19.0.1",
                "198.51.100.7",
                "203.0.113.9",
                "224.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "100::1",
                "2001:2::1",
                "2001:db8::1",
                "3fff:fff::1",
                "fc00::1",
                "fdff::1",
                "fe80::1",
                "ff02::1",
                "::ffff:10.0.0.1"
            })
    void reservedAddressesAreNowhere(String address) {
        GeoResult result = locate(new MaxMindGeo(city, null, meters), address);
        assertThat(result)
                .isEqualTo(new GeoResult(GeoStatus.RESERVED_ADDRESS, null, "Sample-City 2026-10-01T00:00:00Z"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "9.255.255.255",
                "11.0.0.0",
                "100.63.255.255",
                "100.128.0.0",
                "126.255.255.255",
                "172.15.255.255",
                "172.32.0.0",
                "192.0.3.0",
                "198.17.255.255",
                "198.20.0.0",
                "223.255.255.255",
                "::2",
                "2001:db9::",
                "4000::",
                "fbff::",
                "fec0::",
                "2001:3::"
            })
    void theirNeighboursAreNot(String address) {
        assertThat(locate(new MaxMindGeo(city, null, meters), address).status()).isEqualTo(GeoStatus.NOT_FOUND);
    }

    /** Networks of all sizes side by side: what was kept of one must not answer for its neighbour. */
    @Test
    void whatIsKeptOfANetworkHoldsForItAlone() {
        List<String> networks = List.of(
                "20.0.0.0/17",
                "20.0.128.0/25",
                "20.0.128.128/26",
                "20.0.128.193/32",
                "20.0.129.0/24",
                "20.0.144.0/20",
                "20.1.0.0/16",
                "20.2.0.0/15",
                "20.4.0.0/21",
                "2a01::/28",
                "2a01:10::/33",
                "2a01:10:8000::/49",
                "2a01:10:8000:8000::/64",
                "2a01:10:8000:8001::/65",
                "2a01:10:8000:8001:8000::/128",
                "2a02::/32");
        MmdbSample.replace(city, MmdbSample.networks(byName(networks), OCTOBER));
        MaxMindGeo kept = new MaxMindGeo(city, asn, meters);
        List<byte[]> addresses = new ArrayList<>();
        for (int round = 0; round < 3; round++) {
            networks.forEach(network -> addresses.addAll(edges(network)));
        }
        Collections.shuffle(addresses, new Random(11));
        Set<GeoStatus> seen = EnumSet.noneOf(GeoStatus.class);
        for (byte[] address : addresses) {
            GeoResult fresh = new MaxMindGeo(city, asn, new SimpleMeterRegistry()).locate(address);
            assertThat(kept.locate(address)).as(Arrays.toString(address)).isEqualTo(fresh);
            seen.add(fresh.status());
        }
        assertThat(seen).containsExactlyInAnyOrder(GeoStatus.FOUND, GeoStatus.NOT_FOUND);
    }

    private static Map<String, String> byName(List<String> networks) {
        Map<String, String> cities = new LinkedHashMap<>();
        networks.forEach(network -> cities.put(network, "City of " + network));
        return cities;
    }

    /** The first and last address of a network, and those next to it. */
    private static List<byte[]> edges(String network) {
        int slash = network.indexOf('/');
        byte[] first = IpAddress.parse(network.substring(0, slash));
        int hostBits = first.length * 8 - Integer.parseInt(network.substring(slash + 1));
        BigInteger begin = new BigInteger(1, first);
        BigInteger end = begin.add(BigInteger.ONE.shiftLeft(hostBits));
        return Stream.of(begin.subtract(BigInteger.ONE), begin, end.subtract(BigInteger.ONE), end)
                .map(number -> {
                    byte[] address = new byte[first.length];
                    byte[] digits = number.toByteArray();
                    int length = Math.min(digits.length, address.length);
                    System.arraycopy(digits, digits.length - length, address, address.length - length, length);
                    return address;
                })
                .toList();
    }

    @Test
    void aReplacedFileIsTakenUpForAddressesSeenBefore() {
        MaxMindGeo geo = new MaxMindGeo(city, null, meters);
        assertThat(locate(geo, "89.160.20.112").geo().getCity()).isEqualTo("Alfa");
        MmdbSample.replace(city, MmdbSample.city("Beta", NOVEMBER));
        assertThat(locate(geo, "89.160.20.112").geo().getCity())
                .as("only when told to look")
                .isEqualTo("Alfa");
        geo.refresh();
        assertThat(locate(geo, "89.160.20.112").geo().getCity()).isEqualTo("Beta");
        assertThat(locate(geo, "89.160.20.112").database()).isEqualTo("Sample-City 2026-11-01T00:00:00Z");
        assertThat(meters.get("lookback.geoip.build.time")
                        .tag("database", "city")
                        .gauge()
                        .value())
                .isEqualTo(NOVEMBER.getEpochSecond());
    }

    @Test
    void theLastGoodCopyOutlivesACorruptATruncatedAndAVanishedFile() throws IOException {
        MaxMindGeo geo = new MaxMindGeo(city, null, meters);
        byte[] good = MmdbSample.city("Beta", NOVEMBER);
        byte[] corrupt = good.clone();
        Arrays.fill(corrupt, 0, 64, (byte) 0x7f);
        for (byte[] bad : new byte[][] {corrupt, Arrays.copyOf(good, good.length / 2), new byte[0]}) {
            MmdbSample.replace(city, bad);
            assertBadButServing(geo);
        }
        Files.delete(city);
        assertBadButServing(geo);
        MmdbSample.replace(city, good);
        geo.refresh();
        assertThat(geo.good()).isTrue();
        assertThat(locate(geo, "89.160.20.112").geo().getCity()).isEqualTo("Beta");
    }

    private void assertBadButServing(MaxMindGeo geo) {
        geo.refresh();
        assertThat(geo.good()).isFalse();
        assertThat(meters.get("lookback.geoip.good").gauge().value()).isZero();
        assertThat(locate(geo, "89.160.20.112").geo().getCity()).isEqualTo("Alfa");
    }

    @Test
    void aMissingFileIsTakenUpOnceItIsThere() throws IOException {
        byte[] content = Files.readAllBytes(city);
        Files.delete(city);
        MaxMindGeo geo = new MaxMindGeo(city, null, meters);
        assertThat(locate(geo, "89.160.20.112")).isEqualTo(GeoResult.NO_DATABASE);
        assertThat(locate(geo, "10.0.0.1")).isEqualTo(GeoResult.NO_DATABASE);
        assertThat(geo.good()).isFalse();
        MmdbSample.replace(city, content);
        geo.refresh();
        assertThat(locate(geo, "89.160.20.112").status()).isEqualTo(GeoStatus.FOUND);
    }

    @Test
    void whereSomebodyWasStaysOutOfLogs() {
        assertThat(locate(new MaxMindGeo(city, asn, meters), "89.160.20.112")).hasToString("GeoResult[FOUND]");
    }

    private static GeoResult locate(GeoLookup geo, String address) {
        return geo.locate(IpAddress.parse(address));
    }
}
