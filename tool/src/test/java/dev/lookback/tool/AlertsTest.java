package dev.lookback.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every alert goes off when it should, not before, and no other with it: played to promtool as 12 hours of samples, one a
 * minute from 1970 on, in which everything is well but for one thing.
 */
class AlertsTest {
    private static final int MINUTES = 720;
    private static final String ALWAYS = "x" + MINUTES;
    private static final String NOW = "0+60" + ALWAYS;
    private static final String NOTHING = String.join(" ", Collections.nCopies(MINUTES + 1, "NaN"));
    private static final String FAR = "1000000000" + ALWAYS;
    private static final String PARTITION = "{class=\"default\",partition=\"0\",instance=\"a\"}";

    /** What Prometheus sees while all is well. */
    private static Map<String, String> well() {
        Map<String, String> series = new LinkedHashMap<>();
        series.put("up{job=\"lookback\",instance=\"a\"}", "1" + ALWAYS);
        for (String role : List.of("ingest", "vault", "casework")) {
            series.put(role(role, "a"), "1" + ALWAYS);
            series.put(role(role, "b"), "1" + ALWAYS);
        }
        series.put("lookback_vault_oldest_due_timestamp_seconds" + PARTITION, FAR);
        series.put(
                "lookback_vault_oldest_due_timestamp_seconds{class=\"default\",partition=\"1\",instance=\"b\"}",
                NOTHING);
        series.put("lookback_expiry_waiting_seconds" + PARTITION, "0" + ALWAYS);
        series.put("lookback_expiry_turn_timestamp_seconds" + PARTITION, NOW);
        series.put("lookback_expiry_lateness_seconds_max{class=\"default\",instance=\"a\"}", "400" + ALWAYS);
        series.put(
                "lookback_receipts_missing{class=\"default\",partition=\"0\",instance=\"a\",phase=\"CLOSED\"}",
                "0" + ALWAYS);
        series.put("lookback_orders_repeated_total{class=\"default\",instance=\"a\"}", "2" + ALWAYS);
        series.put("lookback_orders_refused_total{instance=\"a\"}", "0" + ALWAYS);
        series.put("lookback_vault_disk_oldest_due_timestamp_seconds" + PARTITION, FAR);
        series.put("lookback_ledger_oldest_due_timestamp_seconds" + PARTITION, FAR);
        series.put("disk_free_bytes{instance=\"a\",path=\"/state\"}", "50" + ALWAYS);
        series.put("disk_total_bytes{instance=\"a\",path=\"/state\"}", "100" + ALWAYS);
        series.put("kafka_consumer_fetch_manager_records_lag_max{instance=\"a\",role=\"ingest\"}", "20000" + ALWAYS);
        series.put("lookback_lookups_admitted_total{class=\"default\",instance=\"a\"}", "0+1000" + ALWAYS);
        series.put(rejected("INVALID_REQUESTER"), "0+10" + ALWAYS);
        series.put(rejected("LATE"), "7" + ALWAYS);
        series.put("lookback_registry_waiting{instance=\"a\"}", "0" + ALWAYS);
        series.put("lookback_geoip_good{instance=\"a\"}", "1" + ALWAYS);
        series.put("lookback_geoip_build_time_seconds{instance=\"a\",database=\"city\"}", NOW);
        series.put("lookback_geoip_build_time_seconds{instance=\"a\",database=\"asn\"}", NOTHING);
        series.put("lookback_searches_overtaken_total{instance=\"a\"}", "3" + ALWAYS);
        series.put("lookback_clock_trusted{instance=\"a\"}", "1" + ALWAYS);
        series.put("lookback_clock_skew_seconds{instance=\"a\"}", "-0.2" + ALWAYS);
        series.put(policy("a"), "1x50 2" + ALWAYS);
        series.put(policy("b"), "1x51 2" + ALWAYS);
        series.put(refusedPolicies("STALE"), "1x100 0x2 1" + ALWAYS); // a restart
        series.put(refusedPolicies("VERSION_TAKEN"), "0x50 1" + ALWAYS);
        series.put("lookback_erasures_pending" + PARTITION, "0" + ALWAYS);
        series.put("lookback_erasures_waiting_seconds" + PARTITION, "0" + ALWAYS);
        series.put("lookback_erasures_unsound{instance=\"a\",role=\"vault\"}", "2x100 0x2 2" + ALWAYS); // a restart
        series.put("lookback_ticks_total{instance=\"a\"}", NOW);
        series.put("lookback_vault_watermark_timestamp_seconds{partition=\"0\",instance=\"a\"}", NOW);
        series.put("lookback_papers_overdue{instance=\"a\"}", "0" + ALWAYS);
        series.put("lookback_requests_over_quota_total{instance=\"a\"}", "4" + ALWAYS);
        series.put("lookback_commands_refused_total{instance=\"a\",reason=\"STALE\"}", "0+1" + ALWAYS);
        series.put("lookback_commands_refused_total{instance=\"a\",reason=\"BAD_SIGNATURE\"}", "0" + ALWAYS);
        return series;
    }

    private static String role(String role, String instance) {
        return "lookback_role_running{role=\"" + role + "\",instance=\"" + instance + "\"}";
    }

    private static String policy(String instance) {
        return "lookback_retention_policy_version{class=\"default\",instance=\"" + instance + "\",role=\"vault\"}";
    }

    private static String refusedPolicies(String reason) {
        return "lookback_retention_policies_refused{instance=\"a\",reason=\"" + reason + "\",role=\"vault\"}";
    }

    private static String rejected(String reason) {
        return "lookback_lookups_rejected_total{client=\"other\",instance=\"a\",reason=\"" + reason + "\"}";
    }

    /** Series that are not as usual, and which alerts are firing at which minute. */
    private record Story(Map<String, String> unusual, Map<Integer, Set<String>> firing) {
        Story() {
            this(new LinkedHashMap<>(), new TreeMap<>());
        }

        Story with(String series, String values) {
            unusual.put(series, values);
            return this;
        }

        Story without(String series) {
            return with(series, "_" + ALWAYS);
        }

        Story at(int minute, String... alerts) {
            firing.put(minute, new TreeSet<>(List.of(alerts)));
            return this;
        }
    }

    private static List<Story> stories() {
        String due = "lookback_vault_oldest_due_timestamp_seconds" + PARTITION;
        String waiting = "lookback_expiry_waiting_seconds" + PARTITION;
        List<Story> stories = new ArrayList<>();
        stories.add(new Story().at(1).at(60).at(MINUTES));
        stories.add(new Story().with(due, "0" + ALWAYS).at(20).at(22, "LookbackForgettingIsLate"));
        stories.add(new Story()
                .with(due, "0" + ALWAYS)
                .with(waiting, "200" + ALWAYS)
                .at(60));
        stories.add(new Story()
                .with(waiting, NOW)
                .at(5)
                .at(6, "LookbackForgettingWaits")
                .at(180, "LookbackForgettingWaits")
                .at(181, "LookbackForgettingWaits", "LookbackGraceRunsOut"));
        stories.add(new Story()
                .with("lookback_expiry_turn_timestamp_seconds" + PARTITION, "0" + ALWAYS)
                .at(7)
                .at(8, "LookbackSweepStandsStill"));
        stories.add(new Story()
                .with("lookback_expiry_lateness_seconds_max{class=\"default\",instance=\"a\"}", "3600x10 3601x50 0x600")
                .at(10)
                .at(11, "LookbackForgotTooLate")
                .at(62));
        stories.add(new Story()
                .with(
                        "lookback_receipts_missing{class=\"default\",partition=\"0\",instance=\"a\",phase=\"CLOSED\"}",
                        "0x10 1" + ALWAYS)
                .at(15)
                .at(16, "LookbackReceiptsMissing"));
        stories.add(new Story()
                .with("lookback_orders_repeated_total{class=\"default\",instance=\"a\"}", "0x10 0+1x20 20x600")
                .at(12)
                .at(20, "LookbackTombstonesDoNotReturn")
                .at(120));
        stories.add(new Story()
                .with("lookback_orders_refused_total{instance=\"a\"}", "0x10 1x600")
                .at(10)
                .at(12, "LookbackOrdersRefused")
                .at(90));
        stories.add(new Story()
                .with("lookback_vault_disk_oldest_due_timestamp_seconds" + PARTITION, "0" + ALWAYS)
                .at(375)
                .at(376, "LookbackVaultFilesPastDeadline"));
        stories.add(new Story()
                .with("lookback_custody_turn_timestamp_seconds{instance=\"a\"}", "0" + ALWAYS)
                .at(30)
                .at(31, "LookbackKeysAreKept"));
        stories.add(new Story()
                .with("lookback_ledger_oldest_due_timestamp_seconds" + PARTITION, "0" + ALWAYS)
                .at(630)
                .at(631, "LookbackLedgerPastDeadline"));
        stories.add(new Story()
                .with("lookback_erasures_pending" + PARTITION, "1" + ALWAYS)
                .with("lookback_erasures_waiting_seconds" + PARTITION, "300x70 301" + ALWAYS)
                .at(70)
                .at(71, "LookbackErasureWaits"));
        stories.add(new Story()
                .with("lookback_erasures_pending" + PARTITION, "0x10 1x40 0 1" + ALWAYS)
                .at(112)
                .at(113, "LookbackErasureIsNotDone"));
        stories.add(new Story()
                .with("lookback_erasures_unsound{instance=\"a\",role=\"vault\"}", "2x60 3" + ALWAYS)
                .at(60)
                .at(61, "LookbackForgedErasures")
                .at(122));
        stories.add(new Story()
                .with("lookback_clock_trusted{instance=\"a\"}", "1x10 0" + ALWAYS)
                .at(10)
                .at(11, "LookbackClockInDoubt"));
        stories.add(new Story()
                .with("lookback_clock_skew_seconds{instance=\"a\"}", "-20x10 -21" + ALWAYS)
                .at(20)
                .at(21, "LookbackClockDrifts"));
        stories.add(new Story().with(policy("b"), "1" + ALWAYS).at(52).at(53, "LookbackPoliciesDiffer"));
        stories.add(new Story()
                .with(refusedPolicies("STALE"), "1x60 2" + ALWAYS)
                .at(60)
                .at(61, "LookbackPolicyRefused")
                .at(122));
        stories.add(new Story()
                .with("up{job=\"lookback\",instance=\"a\"}", "1x10 0" + ALWAYS)
                .at(15)
                .at(16, "LookbackDown"));
        stories.add(
                new Story().without("up{job=\"lookback\",instance=\"a\"}").at(4).at(5, "LookbackDown"));
        stories.add(new Story()
                .with(role("vault", "a"), "1x10 0" + ALWAYS)
                .with(role("vault", "b"), "1x10 0" + ALWAYS)
                .at(20)
                .at(21, "LookbackRoleMissing"));
        stories.add(new Story()
                .without(role("casework", "a"))
                .without(role("casework", "b"))
                .at(9)
                .at(10, "LookbackRoleMissing"));
        stories.add(
                new Story().with(role("vault", "a"), "1x10 0" + ALWAYS).at(40).at(41, "LookbackRoleNotRunning"));
        stories.add(new Story()
                .with("disk_free_bytes{instance=\"a\",path=\"/state\"}", "15x10 14" + ALWAYS)
                .at(25)
                .at(26, "LookbackDiskFillsUp"));
        stories.add(new Story()
                .with(
                        "kafka_consumer_fetch_manager_records_lag_max{instance=\"a\",role=\"ingest\"}",
                        "1000000x10 1000001" + ALWAYS)
                .at(40)
                .at(41, "LookbackIngestIsBehind"));
        stories.add(new Story()
                .with(rejected("LATE"), "0x10 1" + ALWAYS)
                .at(10)
                .at(12, "LookbackLookupsComeTooLate")
                .at(60));
        stories.add(new Story()
                .with(rejected("INVALID_REQUESTER"), "0x60 0+100" + ALWAYS)
                .at(70)
                .at(90, "LookbackManyRejected"));
        stories.add(new Story()
                .with("lookback_registry_waiting{instance=\"a\"}", "0x10 1" + ALWAYS)
                .at(15)
                .at(16, "LookbackWaitsForRegistry"));
        stories.add(new Story()
                .with("lookback_geoip_good{instance=\"a\"}", "1x10 0" + ALWAYS)
                .at(70)
                .at(71, "LookbackGeoIpIsOld"));
        stories.add(new Story()
                .with("lookback_geoip_build_time_seconds{instance=\"a\",database=\"city\"}", "-2600000" + ALWAYS)
                .at(59)
                .at(60, "LookbackGeoIpIsOld"));
        stories.add(new Story()
                .with(
                        "lookback_certificate_expiry_time_seconds{instance=\"a\",keystore=\"kafka\"}",
                        (14 * 86400 + 600) + ALWAYS)
                .at(69)
                .at(72, "LookbackCertificateExpires"));
        stories.add(new Story()
                .with("lookback_searches_overtaken_total{instance=\"a\"}", "0x10 1" + ALWAYS)
                .at(10)
                .at(12, "LookbackDisclosureOvertaken"));
        stories.add(new Story()
                .with("lookback_ticks_total{instance=\"a\"}", "0+60x10 600" + ALWAYS)
                .at(16)
                .at(18, "LookbackTicksStopped"));
        stories.add(new Story()
                .with("lookback_vault_watermark_timestamp_seconds{partition=\"0\",instance=\"a\"}", "0" + ALWAYS)
                .at(7)
                .at(8, "LookbackCaseworkIsBehind"));
        stories.add(new Story()
                .with("lookback_commands_refused_total{instance=\"a\",reason=\"BAD_SIGNATURE\"}", "0x10 1" + ALWAYS)
                .at(10)
                .at(12, "LookbackForgedCommands"));
        stories.add(new Story()
                .with("lookback_papers_overdue{instance=\"a\"}", "0x10 1" + ALWAYS)
                .at(10)
                .at(11, "LookbackPaperOverdue"));
        stories.add(new Story()
                .with("lookback_requests_over_quota_total{instance=\"a\"}", "0x10 1" + ALWAYS)
                .at(10)
                .at(12, "LookbackOverQuota"));
        return stories;
    }

    @Test
    void everyAlertGoesOffAloneAndInTime(@TempDir Path directory) throws IOException, InterruptedException {
        Promtool played = play(directory, Files.readString(Monitoring.ALERTS), stories());
        assertThat(played.exitCode()).as(played.said()).isZero();
    }

    @Test
    void thereIsAStoryForEachAlert() throws IOException {
        Set<String> told = stories().stream()
                .flatMap(story -> story.firing.values().stream())
                .flatMap(Set::stream)
                .collect(Collectors.toSet());
        assertThat(told).containsExactlyInAnyOrderElementsOf(Monitoring.alerts().keySet());
    }

    @Test
    void anAlertThatIsDeafIsFound(@TempDir Path directory) throws IOException, InterruptedException {
        String deaf = Files.readString(Monitoring.ALERTS).replace("> 900\n", "> 900000\n");
        Promtool played = play(directory, deaf, stories());
        assertThat(played.exitCode()).isNotZero();
        assertThat(played.said()).contains("LookbackForgettingIsLate").doesNotContain("LookbackForgettingWaits");
    }

    private static Promtool play(Path directory, String alerts, List<Story> stories)
            throws IOException, InterruptedException {
        Files.writeString(directory.resolve("alerts.yml"), alerts);
        StringBuilder file = new StringBuilder("rule_files: [alerts.yml]\nevaluation_interval: 1m\ntests:\n");
        for (Story story : stories) {
            file.append("- interval: 1m\n  input_series:\n");
            Map<String, String> series = well();
            series.putAll(story.unusual);
            series.forEach((name, values) -> file.append("  - {series: '")
                    .append(name)
                    .append("', values: '")
                    .append(values)
                    .append("'}\n"));
            file.append("  promql_expr_test:\n");
            story.firing.forEach((minute, firing) -> {
                file.append("  - expr: group by (alertname) (ALERTS{alertstate=\"firing\"})\n    eval_time: ")
                        .append(minute)
                        .append("m\n    exp_samples: [");
                file.append(firing.stream()
                        .map(name -> "{labels: '{alertname=\"" + name + "\"}', value: 1}")
                        .collect(Collectors.joining(", ")));
                file.append("]\n");
            });
        }
        Files.writeString(directory.resolve("stories.yml"), file);
        return Promtool.run(directory, "test", "rules", "stories.yml");
    }
}
