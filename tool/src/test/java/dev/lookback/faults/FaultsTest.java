package dev.lookback.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.seal.KeyFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Blows drawn from a seed, on three brokers and two instances under traffic and requests. In the build a short selection;
 * all of it, and as long as one likes: {@code docs/RELIABILITY.md}.
 */
@Tag("server")
@Tag("faults")
class FaultsTest {
    private static final long SEED = Long.getLong("faults.seed", System.nanoTime() & 0xFFFF);
    private static final int TRIALS = Integer.getInteger("faults.trials", 3);
    private static final int RATE = Integer.getInteger("faults.rate", 500);

    /** Lookups that are published at once before each blow, so that it hits the application while it lags. */
    private static final int SURGE = Integer.getInteger("faults.surge", 0);

    /** Those of the build: one of each kind that kills, sure to hit on a machine of any speed. */
    private static final String SHORT = "APPLICATION_BETWEEN_COMMITS,ONE_OF_TWO,BROKER_LEADER";

    /** Which of them, by name, separated by commas, some more often than others; empty: each as often. */
    private static final String ONLY =
            System.getProperty("faults.only", System.getProperty("faults.trials") == null ? SHORT : "");

    /** After how many trials everything is brought to rest and compared. */
    private static final int REST_EVERY = Integer.getInteger("faults.rest.every", 8);

    /** Between which marks of a page the result is written. */
    private static final String PART = System.getProperty("faults.report.part", "each");

    private static final Duration INQUIRIES = Duration.ofMillis(Long.getLong("faults.inquiry.millis", 5_000));
    private static final String LOG_LEVEL = System.getProperty("faults.log.level", "debug");

    /** As many trials as leave little enough to be looked at again. */
    private static final int MAX_RECORDED_TRIALS = 5;

    @TempDir
    Path temporary;

    @Test
    void everyGuaranteeHoldsWhateverHappens() throws Exception {
        SplittableRandom random = new SplittableRandom(SEED);
        Matrix matrix = new Matrix();
        Path directory = System.getProperty("faults.directory") == null
                ? temporary
                : Files.createDirectories(Path.of(System.getProperty("faults.directory")));
        List<Observation> recording = TRIALS > MAX_RECORDED_TRIALS ? null : new ArrayList<>();
        boolean disks = possible().stream().anyMatch(Fault::needsDisks);
        try (Cluster cluster = new Cluster(directory, SEED, RATE, INQUIRIES, disks, LOG_LEVEL, recording)) {
            cluster.say("seed %s, %s trials, %s lookups/s", SEED, TRIALS, RATE);
            cluster.start(0, 1);
            cluster.resume();
            Cluster.pass(Duration.ofSeconds(5));
            List<Fault> drawn = drawn(cluster, random);
            for (int i = 0; i < drawn.size(); i++) {
                Fault fault = drawn.get(i);
                long lookups = cluster.published();
                Map<String, Long> before = broken(cluster);
                cluster.say("%s of %s: %s", i + 1, drawn.size(), fault.what());
                cluster.surge(SURGE);
                Fault.Blow blow = fault.strike(cluster, random.split());
                cluster.say(
                        "  %s%s; served again after %s ms, answered after %s ms",
                        blow.hit() ? "" : "MISSED: ", blow.evidence(), blow.lookupsMillis(), blow.requestsMillis());
                boolean last = i == drawn.size() - 1;
                if (last) {
                    cluster.rest();
                } else if ((i + 1) % REST_EVERY == 0) {
                    cluster.rest();
                    cluster.resume();
                }
                Map<String, Long> meanwhile = broken(cluster);
                before.forEach((name, count) -> meanwhile.merge(name, -count, Long::sum));
                matrix.add(fault, blow, cluster.published() - lookups, meanwhile);
                Guarantees.broken(cluster.guarantees).forEach(each -> cluster.say("  BROKEN %s", each));
                // A long run may be cut off.
                Files.writeString(directory.resolve("matrix.md"), head(cluster, matrix) + matrix.table());
            }
            cluster.finish();
            String result = matrix.table()
                    + cluster.guarantees.stream()
                            .map(each -> String.format(
                                    "%n* %s: kept %,d times, broken %,d", each.name(), each.kept(), each.broken()))
                            .reduce("", String::concat);
            cluster.say(
                    "seed %s, %,d lookups, %s processes killed and hit%n%s",
                    SEED, cluster.published(), matrix.kills(), result);
            if (System.getProperty("faults.report") != null) {
                report(Path.of(System.getProperty("faults.report")), head(cluster, matrix) + result);
            }
            assertThat(Guarantees.broken(cluster.guarantees)).isEmpty();
            assertThat(cluster.guarantees)
                    .allSatisfy(each -> assertThat(each.kept()).as(each.name()).isPositive());
            assertThat(matrix.neverHit()).as("faults that hit nothing").isEmpty();
            if (recording != null) {
                everyGuaranteeCanFail(cluster, recording);
            }
        }
    }

    private static String head(Cluster cluster, Matrix matrix) throws IOException {
        Process git = new ProcessBuilder("git", "rev-parse", "--short", "HEAD").start();
        String commit = new String(git.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
        return String.format(
                "Seed %d, commit %s: %,d lookups, %,d forgotten, %,d requests answered, %d processes killed by `kill -9` and"
                        + " confirmed to have been hit at work. %d brokers, %,d lookups/s and %,d at once before each"
                        + " blow. Hanging transactions that had to be ended by hand: %d.%n%n",
                SEED,
                commit,
                cluster.published(),
                cluster.observer.ask(Evidence::forgotten),
                cluster.observer.ask(Evidence::answered),
                matrix.kills(),
                Brokers.COUNT,
                RATE,
                SURGE,
                cluster.hanging());
    }

    /** Between the marks of a page. */
    private static void report(Path page, String result) throws IOException {
        String text = Files.readString(page);
        String begin = "<!-- " + PART + " -->";
        int from = text.indexOf(begin) + begin.length();
        int to = text.indexOf("<!-- /" + PART + " -->");
        Files.writeString(page, text.substring(0, from) + "\n" + result + "\n" + text.substring(to));
    }

    /** On what has just been seen. */
    private static void everyGuaranteeCanFail(Cluster cluster, List<Observation> seen) throws Exception {
        List<Inquiry> inquiries = cluster.inquirer.filed();
        PublicKey key = KeyFiles.readPublicKey(cluster.stack.sealingPublicKey());
        assertThat(Guarantees.broken(Sabotage.again(seen, inquiries, Cluster.RULES, key, cluster.rested())))
                .as("looked at again, unchanged")
                .isEmpty();
        for (Sabotage each : Sabotage.all(Cluster.RULES)) {
            List<String> noticed = each.noticed(seen, inquiries, Cluster.RULES, key, cluster.rested());
            cluster.say("sabotaged: %s: noticed by %s", each.name(), noticed);
            assertThat(noticed).as(each.name()).contains(each.red().getSimpleName());
        }
    }

    private static Map<String, Long> broken(Cluster cluster) {
        return cluster.observer.ask(evidence -> {
            Map<String, Long> all = new HashMap<>();
            cluster.guarantees.forEach(each -> all.put(each.name(), each.broken()));
            return all;
        });
    }

    private static List<Fault> possible() {
        return ONLY.isEmpty()
                ? List.of(Fault.values())
                : Arrays.stream(ONLY.split(",")).map(Fault::valueOf).toList();
    }

    /** All that are possible in a drawn order, and again in another one. */
    private static List<Fault> drawn(Cluster cluster, SplittableRandom random) {
        List<Fault> possible = new ArrayList<>(possible());
        if (possible.removeIf(each -> each.needsDisks() && !cluster.hasDisks())) {
            cluster.say("NOT TRIED: full disks, which need leave to mount one (root)");
        }
        List<Fault> order = new ArrayList<>();
        while (order.size() < TRIALS) {
            List<Fault> round = new ArrayList<>(possible);
            java.util.Collections.shuffle(round, new java.util.Random(random.nextLong()));
            order.addAll(round);
        }
        return order.subList(0, TRIALS);
    }
}
