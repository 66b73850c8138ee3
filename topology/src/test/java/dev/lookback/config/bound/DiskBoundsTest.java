package dev.lookback.config.bound;

import static dev.lookback.config.Example.config;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.config.LookbackConfig;
import dev.lookback.config.bound.DiskBound.Holds;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DiskBoundsTest {
    private static DiskBound of(InForce inForce, String place) {
        List<DiskBound> found = DiskBounds.of(inForce).stream()
                .filter(each -> each.place().contains(place))
                .toList();
        assertThat(found).as(place).hasSize(1);
        return found.get(0);
    }

    private static InForce with(LookbackConfig config, String topic, String name, String value) {
        InForce delivered = InForce.asDelivered(config);
        Map<String, Map<String, String>> topics = new HashMap<>(delivered.topics());
        Map<String, String> settings = new HashMap<>(topics.get(topic));
        settings.put(name, value);
        topics.put(topic, settings);
        return new InForce(config, Map.of(), topics, Map.of());
    }

    @Test
    void as_delivered_lookups_are_gone_from_every_place_within_a_day() {
        assertThat(DiskBounds.of(InForce.asDelivered(config())))
                .noneMatch(each -> each.exceeds(DiskBounds.LIMIT))
                .filteredOn(each -> each.holds() == Holds.LOOKUPS)
                .hasSizeGreaterThan(7);
    }

    @Test
    void a_ledger_keeps_what_came_late_and_lies_first_in_its_segment_longest() {
        // 12 h late, kept 30 d + 5 min + 1 h by its broker, first of a segment of 6 h, stamped up to 1 h ahead; looked
        // at
        // every 5 min, its file deleted 1 min later.
        assertThat(of(InForce.asDelivered(config()), "brokers: `lookups-enriched`")
                        .bound())
                .contains(Duration.ofHours(12 + 1 + 6 + 1).plusMinutes(5 + 5 + 1));
    }

    @Test
    void a_short_class_admits_nothing_later_than_its_deadline() {
        LookbackConfig config = config(
                "retention.classes", "short",
                "retention.class.short.duration", "1h",
                "retention.class.short.bucket", "5m",
                "retention.class.short.services", "video_call");
        assertThat(of(InForce.asDelivered(config), "brokers: `lookups-enriched-short`")
                        .bound())
                .contains(Duration.ofHours(1 + 1 + 1).plusMinutes(5 + 15 + 5 + 1));
    }

    @Test
    void where_lookups_are_encrypted_no_copy_anywhere_can_be_read_for_long() {
        LookbackConfig config = config("custody.class", "an.example.of.Custody");
        DiskBound copies = of(InForce.asDelivered(config), "outside Lookback too");
        assertThat(copies.bound()).contains(Duration.ofHours(1 + 4).plusMinutes(1));
        assertThat(DiskBounds.of(InForce.asDelivered(config())))
                .noneMatch(each -> each.place().contains("outside"));
    }

    @Test
    void what_has_no_end_is_said_to_have_none() {
        LookbackConfig config = config();
        assertThat(List.of(
                        of(with(config, "lookup-events", "retention.ms", "-1"), "brokers: `lookup-events`"),
                        of(with(config, "lookups-enriched", "retention.ms", "-1"), "brokers: `lookups-enriched`"),
                        of(
                                with(
                                        config,
                                        "preserved-lookups",
                                        "max.compaction.lag.ms",
                                        String.valueOf(Long.MAX_VALUE)),
                                "brokers: `preserved-lookups`")))
                .allMatch(each -> each.bound().isEmpty() && each.exceeds(Duration.ofDays(10_000)));
        assertThat(of(with(config, "lookups-enriched", "cleanup.policy", "compact"), "brokers: `lookups-enriched`"))
                .matches(each -> each.bound().isEmpty());
    }

    @ParameterizedTest
    @CsvSource({
        "ingest.max.late, 13h, brokers: `lookups-enriched`, 60",
        "ingest.max.future, 6m, brokers: `lookups-enriched`, 1",
        "vault.expiry.grace, 5h, `rows-default`: in charge, 60",
        "retention.class.default.bucket, 2h, `rows-default`: in charge, 60",
        "vault.order.repeat, 2m, `rows-default`: in charge, 1",
        "ingest.progress.repeat, 90s, `rows-default`: in charge, 2",
        "vault.flush.interval, 70s, `rows-default`: in charge, 32",
        "kafka.state.cleanup.delay.ms, 660000, `rows-default`: left behind, 2",
        "casework.roll.interval, 6h, brokers: `preserved-lookups`, 0",
        "casework.flush.interval, 70s, `preserved-copies`: left, 32",
    })
    void every_setting_counts(String name, String value, String place, long minutesMore) {
        Duration before = of(InForce.asDelivered(config()), place).bound().orElseThrow();
        Duration after =
                of(InForce.asDelivered(config(name, value)), place).bound().orElseThrow();
        assertThat(after.minus(before)).isEqualTo(Duration.ofMinutes(minutesMore));
    }

    @Test
    void brokers_settings_count() {
        InForce delivered = InForce.asDelivered(config());
        InForce slow = new InForce(
                delivered.config(),
                Map.of(),
                delivered.topics(),
                Map.of("log.retention.check.interval.ms", "3600000", "log.cleaner.backoff.ms", "3615000"));
        Predicate<DiskBound> tooLong = each -> each.exceeds(DiskBounds.LIMIT);
        assertThat(DiskBounds.of(slow))
                .filteredOn(tooLong)
                .extracting(DiskBound::place)
                .containsExactly("brokers: `lookup-events`", "brokers: `lookup-events-rejected`");
        assertThat(of(slow, "brokers: `preserved-lookups`").bound().orElseThrow())
                .isEqualTo(of(delivered, "brokers: `preserved-lookups`")
                        .bound()
                        .orElseThrow()
                        .plusHours(1));
    }

    @Test
    void the_duration_in_force_counts_not_the_configured_one() {
        InForce delivered = InForce.asDelivered(config());
        InForce shortened =
                new InForce(delivered.config(), Map.of("default", Duration.ofDays(29)), delivered.topics(), Map.of());
        assertThat(of(shortened, "brokers: `lookups-enriched`").exceeds(Duration.ofHours(44)))
                .as("brokers that were not told keep it a day longer")
                .isTrue();
    }

    @Test
    void durations_are_said_as_people_say_them() {
        assertThat(List.of(
                        DiskBound.text(Duration.ofSeconds(90)),
                        DiskBound.text(Duration.ofMinutes(31)),
                        DiskBound.text(Duration.ofHours(24)),
                        DiskBound.text(Duration.ofHours(20).plusMinutes(11)),
                        DiskBound.text(Duration.ofDays(30).plusHours(7))))
                .containsExactly("90 s", "31 min", "24 h", "20 h 11 min", "30 d 7 h");
    }
}
