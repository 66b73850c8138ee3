package dev.lookback.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.maxmind.db.Reader;
import dev.lookback.v1.LookupEvent;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sample internet and the sample traffic. */
class SampleTest {
    private static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");
    private static final InstantSource CLOCK = InstantSource.fixed(NOW);
    private static final String HANDLE = "\\+[1-9]\\d{7,14}|[a-z0-9]+@example\\.org";

    @TempDir
    Path directory;

    @Test
    void everyAddressHasACityAndAnOperator() throws Exception {
        SampleGeoIp sample = new SampleGeoIp(7);
        Path cityFile = directory.resolve("city.mmdb");
        Path asnFile = directory.resolve("asn.mmdb");
        sample.writeCity(cityFile, NOW);
        sample.writeAsn(asnFile, NOW);
        SplittableRandom random = new SplittableRandom(1);
        int v6 = 0;
        try (Reader cities = new Reader(cityFile.toFile(), Reader.FileMode.MEMORY);
                Reader operators = new Reader(asnFile.toFile(), Reader.FileMode.MEMORY)) {
            for (int i = 0; i < 5_000; i++) {
                InetAddress address = InetAddress.getByName(sample.address(random));
                v6 += address.getAddress().length == 16 ? 1 : 0;
                Map<?, ?> city = cities.get(address, Map.class);
                assertThat(city.keySet().stream().map(Object::toString))
                        .containsExactlyInAnyOrder("city", "continent", "country", "location", "subdivisions");
                assertThat(((Map<?, ?>) city.get("country")).get("iso_code").toString())
                        .matches("[A-Z]{2}");
                Map<?, ?> operator = operators.get(address, Map.class);
                assertThat((Long) operator.get("autonomous_system_number")).isBetween(4_200_000_000L, 4_294_967_294L);
            }
            assertThat(v6).isBetween(500, 2_000);
            assertThat(cities.get(InetAddress.getByName("10.1.2.3"), Map.class)).isNull();
            assertThat(cities.getMetadata().databaseType()).endsWith("City");
        }
    }

    @Test
    void theSameSeedMakesTheSameFiles() throws Exception {
        Path first = directory.resolve("first.mmdb");
        Path second = directory.resolve("second.mmdb");
        Path other = directory.resolve("other.mmdb");
        new SampleGeoIp(7).writeCity(first, NOW);
        new SampleGeoIp(7).writeCity(second, NOW);
        new SampleGeoIp(8).writeCity(other, NOW);
        assertThat(Files.readAllBytes(first)).isEqualTo(Files.readAllBytes(second));
        assertThat(Files.readAllBytes(first)).isNotEqualTo(Files.readAllBytes(other));
    }

    @Test
    void handlesAreDifferentAndWellFormed() {
        String[] handles = SampleHandles.draw(3, 300_000);
        assertThat(new HashSet<>(List.of(handles))).hasSize(handles.length);
        assertThat(Stream.of(handles)).allMatch(handle -> handle.matches(HANDLE));
        assertThat(Stream.of(handles).filter(handle -> handle.startsWith("+"))).hasSizeGreaterThan(100_000);
    }

    @Test
    void theSameSeedMakesTheSameLookups() {
        SampleTraffic first = traffic(5, SampleTraffic.Trouble.SOME);
        SampleTraffic second = traffic(5, SampleTraffic.Trouble.SOME);
        SampleTraffic other = traffic(6, SampleTraffic.Trouble.SOME);
        for (int i = 0; i < 10_000; i++) {
            assertThat(first.next()).isEqualTo(second.next());
        }
        assertThat(first.next()).isNotEqualTo(other.next());
    }

    @Test
    void withoutTroubleEveryLookupIsWellFormedAndNew() {
        SampleTraffic traffic = traffic(5, SampleTraffic.Trouble.NONE);
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < 20_000; i++) {
            LookupEvent event = traffic.next();
            assertThat(UUID.fromString(event.getEventId()).toString()).isEqualTo(event.getEventId());
            assertThat(UUID.fromString(event.getEventId()).version()).isEqualTo(4);
            assertThat(UUID.fromString(event.getEventId()).variant()).isEqualTo(2);
            assertThat(ids.add(event.getEventId())).isTrue();
            assertThat(event.getRequester()).matches(HANDLE);
            assertThat(Duration.between(event.getOccurredAt(), NOW)).isBetween(Duration.ZERO, Duration.ofSeconds(2));
        }
    }

    @Test
    void fewAskOften() {
        SampleTraffic traffic = traffic(5, SampleTraffic.Trouble.NONE);
        Map<String, Integer> counts = new HashMap<>();
        int total = 200_000;
        for (int i = 0; i < total; i++) {
            counts.merge(traffic.next().getRequester(), 1, Integer::sum);
        }
        assertThat(counts.get(traffic.handle(0))).isBetween(total / 200, total / 25);
        assertThat(counts.values().stream().max(Integer::compare)).contains(counts.get(traffic.handle(0)));
        assertThat(counts).hasSizeGreaterThan(1_900);
    }

    @Test
    void troubleComesAsOftenAsAsked() {
        SampleTraffic traffic = traffic(5, new SampleTraffic.Trouble(0.1, 0.05, 0.08, 0.02));
        Set<LookupEvent> distinct = new HashSet<>();
        int total = 50_000;
        int late = 0;
        int tooLate = 0;
        int invalid = 0;
        for (int i = 0; i < total; i++) {
            LookupEvent event = traffic.next();
            distinct.add(event);
            Duration age = Duration.between(event.getOccurredAt(), NOW);
            late += age.compareTo(Duration.ofMinutes(1)) > 0 && age.compareTo(Duration.ofHours(12)) < 0 ? 1 : 0;
            tooLate += age.compareTo(Duration.ofHours(12)) > 0 ? 1 : 0;
            invalid += event.getRequester().equals("no handle")
                            || event.getEventId().equals("no id")
                            || event.getSourceIp().equals("300.1.2.3")
                    ? 1
                    : 0;
        }
        assertThat(late).isBetween(total * 9 / 100, total * 11 / 100);
        assertThat(tooLate).isBetween(total * 4 / 100, total * 6 / 100);
        assertThat(invalid).isBetween(total * 15 / 1_000, total * 25 / 1_000);
        assertThat(total - distinct.size()).isBetween(total * 7 / 100, total * 9 / 100);
    }

    private static SampleTraffic traffic(long seed, SampleTraffic.Trouble trouble) {
        return new SampleTraffic(seed, 2_000, trouble, new SampleGeoIp(1), CLOCK);
    }
}
