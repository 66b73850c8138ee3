package dev.lookback.faults;

import static dev.lookback.faults.Cluster.CLOCK;
import static dev.lookback.faults.Cluster.LIMIT;
import static dev.lookback.faults.Cluster.becomes;
import static dev.lookback.faults.Cluster.pass;

import dev.lookback.config.LookbackConfig;
import dev.lookback.config.Role;
import dev.lookback.e2e.FakeClock;
import dev.lookback.e2e.Instance;
import dev.lookback.faults.Evidence.Unfinished;
import dev.lookback.local.Signals;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** What can happen. Each strikes a cluster of two instances under traffic and leaves one behind that is whole again. */
enum Fault {
    APPLICATION_IDLE("both instances killed while idle") {
        @Override
        Blow strike(Cluster cluster, SplittableRandom random) throws Exception {
            cluster.pause();
            boolean idle = becomes(LIMIT, () -> uncommitted(cluster) == 0);
            long at = killBoth(cluster);
            boolean hit = idle && uncommitted(cluster) == 0;
            cluster.resume();
            return restart(cluster, Recovery.since(cluster, at), 2, hit, "nothing uncommitted");
        }
    },
    APPLICATION_BETWEEN_COMMITS("both instances killed between two commits") {
        @Override
        Blow strike(Cluster cluster, SplittableRandom random) throws Exception {
            pass(Duration.ofMillis(random.nextInt(3_000)));
            long at = killBoth(cluster);
            long uncommitted = uncommitted(cluster);
            return restart(
                    cluster, Recovery.since(cluster, at), 2, uncommitted > 0, uncommitted + " records uncommitted");
        }
    },
    APPLICATION_SWEEPING("both instances killed in a sweep: a receipt open") {
        @Override
        Blow strike(Cluster cluster, SplittableRandom random) throws Exception {
            return killWhen(cluster, unfinished -> unfinished.receipts() > 0);
        }
    },
    APPLICATION_ORDERED("both instances killed between order and tombstone") {
        @Override
        Blow strike(Cluster cluster, SplittableRandom random) throws Exception {
            return killWhen(cluster, unfinished -> unfinished.ordered() > 0);
        }
    },
    APPLICATION_SEARCHING("both instances killed in a search") {
        @Override
        Blow strike(Cluster cluster, SplittableRandom random) throws Exception {
            cluster.inquirer.file();
            return killWhen(cluster, unfinished -> unfinished.searching() > 0);
        }
    },
    APPLICATION_SEALING("both instances killed while sealing: approved, and no manifest") {
        @Override
        Blow strike(Cluster cluster, SplittableRandom random) throws Exception {
            cluster.inquirer.file();
            becomes(MOMENT_LIMIT, Cluster.SELDOM, () -> unfinished(cluster).approved() > 0);
            pass(Duration.ofMillis(random.nextInt(SEALING_MILLIS)));
            return killWhen(cluster, unfinished -> unfinished.approved() > 0);
        }
    },
    APPLICATION_RESTORING("both instances killed, state deleted, killed again while they restore") {
        @Override
        Blow strike(Cluster cluster, SplittableRandom random) throws Exception {
            long at = killBoth(cluster);
            for (int i = 0; i < 2; i++) {
                cluster.instance(i).wipeState();
                cluster.instance(i).start();
            }
            boolean began = becomes(LIMIT, () -> restoring(cluster.instance(0)) || restoring(cluster.instance(1)));
            pass(Duration.ofMillis(random.nextInt(300)));
            boolean ready = isReady(cluster.instance(0)) && isReady(cluster.instance(1));
            killBoth(cluster);
            return restart(cluster, Recovery.since(cluster, at), 4, began && !ready, "vault opened at 0, not ready");
        }
    },
    ONE_OF_TWO("one of two instances killed: its standby takes over") {
        @Override
        Blow strike(Cluster cluster, SplittableRandom random) throws Exception {
            // Who has just come back may be a standby of everything.
            int victim = holds(cluster.instance(0)) > holds(cluster.instance(1)) ? 0 : 1;
            Instance survivor = cluster.instance(1 - victim);
            int opened = openings(survivor).size();
            int inCharge = cluster.instance(victim).vault().size();
            cluster.instance(victim).kill();
            Recovery recovery = Recovery.since(cluster, CLOCK.millis());
            recovery.await();
            long fromScratch = openings(survivor).stream()
                    .skip(opened)
                    .filter(each -> each == 0)
                    .count();
            cluster.start(victim);
            return recovery.blow(
                    1,
                    inCharge > 0 && fromScratch == 0,
                    "%s partitions of the vault in its charge, %s rebuilt from nothing",
                    inCharge,
                    fromScratch);
        }
    },
    ROLLING_RESTART("both instances restarted in good order, one after the other") {
        @Override
        Blow strike(Cluster cluster, SplittableRandom random) throws Exception {
            Recovery last = null;
            for (int i = 0; i < 2; i++) {
                long at = CLOCK.millis();
                cluster.instance(i).stop();
                last = Recovery.since(cluster, at);
                last.await();
                cluster.start(i);
            }
            return last.blow(0, cluster.running().size() == 2, "both were stopped");
        }
    },
    FROZEN("one of two instances frozen for 60 s, then going on as if nothing had been") {
        @Override
        Blow strike(Cluster cluster, SplittableRandom random) throws Exception {
            int victim = random.nextInt(2);
            Signals.freeze(cluster.instance(victim).pid());
            Recovery recovery = Recovery.since(cluster, CLOCK.millis());
            try {
                pass(Duration.ofSeconds(60));
                recovery.await();
            } finally {
                Signals.thaw(cluster.instance(victim).pid());
            }
            boolean back = becomes(LIMIT, () -> isReady(cluster.instance(victim)));
            return recovery.blow(0, back, "the other took over; it came back");
        }
    },
    SCALED("from two instances to three, to one, and back to two") {
        @Override
        Blow strike(Cluster cluster, SplittableRandom random) throws Exception {
            cluster.start(2);
            boolean shares = becomes(LIMIT, () -> holds(cluster.instance(2)) > 0);
            cluster.instance(0).stop();
            long at = CLOCK.millis();
            cluster.instance(1).stop();
            Recovery recovery = Recovery.since(cluster, at);
            recovery.await();
            cluster.start(0, 1);
            cluster.instance(2).stop();
            return recovery.blow(0, shares, "the third had partitions of the vault");
        }
    },
    CLOCK_JUMPED("the clock of one of two instances 40 days ahead for 20 s, then right again") {
        @Override
        Blow strike(Cluster cluster, SplittableRandom random) throws Exception {
            FakeClock clock = new FakeClock(cluster.directory.resolve("faketime"));
            Instance victim = cluster.instance(random.nextInt(2));
            victim.stop();
            victim.start(clock.environment());
            victim.awaitReady();
            becomes(LIMIT, () -> holds(victim) > 0);
            clock.set("+40d");
            Recovery recovery = Recovery.since(cluster, CLOCK.millis());
            boolean noticed = becomes(LIMIT, () -> metric(victim, "lookback_clock_trusted", 1) == 0);
            pass(Duration.ofSeconds(20));
            clock.set("+0");
            boolean ended = becomes(LIMIT, () -> !victim.isAlive());
            cluster.restartTheDead();
            boolean confirmed = becomes(
                    LIMIT,
                    Duration.ofSeconds(5),
                    () -> cluster.confirmsClocks() && metric(victim, "lookback_clock_trusted", 0) == 1);
            recovery.await();
            return recovery.blow(
                    0,
                    noticed && ended && confirmed,
                    "in doubt: %s; ended when it went back: %s; confirmed by an officer: %s",
                    noticed,
                    ended,
                    confirmed);
        }
    },
    BROKER_LEADER("the leader of a ledger's partition killed") {
        @Override
        Blow strike(Cluster cluster, SplittableRandom random) throws Exception {
            int leader = leader(cluster, random.nextInt(Cluster.PARTITIONS));
            cluster.brokers.kill(leader);
            Recovery recovery = Recovery.since(cluster, CLOCK.millis());
            recovery.await();
            cluster.brokers.start(leader);
            return recovery.blow(1, true, "it led the partition");
        }
    },
    BROKER_COORDINATOR("the vault's group coordinator killed") {
        @Override
        Blow strike(Cluster cluster, SplittableRandom random) throws Exception {
            String group = cluster.stack.config().applicationId(Role.VAULT);
            int coordinator = cluster.admin
                            .describeConsumerGroups(List.of(group))
                            .describedGroups()
                            .get(group)
                            .get()
                            .coordinator()
                            .id()
                    - 1;
            cluster.brokers.kill(coordinator);
            Recovery recovery = Recovery.since(cluster, CLOCK.millis());
            recovery.await();
            cluster.brokers.start(coordinator);
            return recovery.blow(1, true, "it coordinated the group");
        }
    },
    BROKERS_ALL("all three brokers killed and started again") {
        @Override
        Blow strike(Cluster cluster, SplittableRandom random) throws Exception {
            for (int i = 0; i < Brokers.COUNT; i++) {
                cluster.brokers.kill(i);
            }
            long at = CLOCK.millis();
            cluster.brokers.startAll(); // before anything is filed: without brokers that would wait for them
            Recovery recovery = Recovery.since(cluster, at);
            cluster.restartTheDead();
            recovery.await();
            return recovery.blow(Brokers.COUNT, true, "none was left");
        }
    },
    EVERYTHING("all brokers and both instances killed at once, as when the power fails") {
        @Override
        Blow strike(Cluster cluster, SplittableRandom random) throws Exception {
            pass(Duration.ofMillis(random.nextInt(3_000)));
            for (int i = 0; i < Brokers.COUNT; i++) {
                cluster.brokers.kill(i);
            }
            long at = killBoth(cluster);
            cluster.brokers.startAll();
            long uncommitted = uncommitted(cluster);
            return restart(
                    cluster,
                    Recovery.since(cluster, at),
                    Brokers.COUNT + 2,
                    uncommitted > 0,
                    uncommitted + " records uncommitted");
        }
    },
    BROKER_FROZEN("a broker frozen for 20 s") {
        @Override
        Blow strike(Cluster cluster, SplittableRandom random) throws Exception {
            int partition = random.nextInt(Cluster.PARTITIONS);
            int leader = leader(cluster, partition);
            Signals.freeze(cluster.brokers.pid(leader));
            Recovery recovery = Recovery.since(cluster, CLOCK.millis());
            boolean moved;
            try {
                moved = becomes(LIMIT, () -> leader(cluster, partition) != leader);
                pass(Duration.ofSeconds(20));
            } finally {
                Signals.thaw(cluster.brokers.pid(leader));
            }
            recovery.await();
            return recovery.blow(0, moved, "another became leader");
        }
    },
    CUT_FROM_ONE_BROKER("the application cut off from one broker for 20 s") {
        @Override
        Blow strike(Cluster cluster, SplittableRandom random) throws Exception {
            int broker = random.nextInt(Brokers.COUNT);
            return cut(cluster, List.of(broker), Duration.ofSeconds(20));
        }
    },
    CUT_FROM_ALL_BROKERS("the application cut off from all brokers for 20 s") {
        @Override
        Blow strike(Cluster cluster, SplittableRandom random) throws Exception {
            return cut(cluster, List.of(0, 1, 2), Duration.ofSeconds(20));
        }
    },
    SLOW_NETWORK("100 ms more on every packet between application and brokers for 20 s") {
        @Override
        Blow strike(Cluster cluster, SplittableRandom random) throws Exception {
            for (int i = 0; i < Brokers.COUNT; i++) {
                cluster.brokers.proxy(i).delay(100);
            }
            Recovery recovery = Recovery.since(cluster, CLOCK.millis());
            try {
                pass(Duration.ofSeconds(20));
            } finally {
                for (int i = 0; i < Brokers.COUNT; i++) {
                    cluster.brokers.proxy(i).heal();
                }
            }
            recovery.await();
            return recovery.blow(0, true, "all connections were slow");
        }
    },
    APPLICATION_DISK_FULL("an instance's disk full for 20 s") {
        @Override
        Blow strike(Cluster cluster, SplittableRandom random) throws Exception {
            Path state = cluster.instance(1).stateDir();
            Path filler = fill(state);
            Recovery recovery = Recovery.since(cluster, CLOCK.millis());
            long left = Files.getFileStore(state).getUsableSpace();
            pass(Duration.ofSeconds(20));
            Files.delete(filler);
            boolean died = !cluster.instance(1).isAlive();
            cluster.restartTheDead();
            recovery.await();
            return recovery.blow(0, left == 0, died ? "0 bytes left; it ended" : "0 bytes left; it lived");
        }

        @Override
        boolean needsDisks() {
            return true;
        }
    },
    BROKER_DISK_FULL("a broker's disk full until it gives up") {
        @Override
        Blow strike(Cluster cluster, SplittableRandom random) throws Exception {
            Path data = cluster.brokers.directory(2);
            Path filler = fill(data);
            Recovery recovery = Recovery.since(cluster, CLOCK.millis());
            long left = Files.getFileStore(data).getUsableSpace();
            boolean gaveUp = becomes(Duration.ofSeconds(60), () -> !cluster.brokers.isAlive(2));
            Files.delete(filler);
            if (gaveUp) {
                cluster.brokers.kill(2);
                recovery.await();
                cluster.brokers.start(2);
            } else {
                recovery.await();
            }
            return recovery.blow(0, left == 0, gaveUp ? "0 bytes left; it gave up" : "0 bytes left; it lived");
        }

        @Override
        boolean needsDisks() {
            return true;
        }
    },
    STATE_DELETED("an instance killed and its state deleted") {
        @Override
        Blow strike(Cluster cluster, SplittableRandom random) throws Exception {
            int victim = random.nextInt(2);
            cluster.instance(victim).kill();
            Recovery recovery = Recovery.since(cluster, CLOCK.millis());
            cluster.instance(victim).wipeState();
            cluster.start(victim);
            recovery.await();
            boolean scratch =
                    becomes(LIMIT, () -> openings(cluster.instance(victim)).contains(0L));
            return recovery.blow(1, scratch, "its vault began at 0");
        }
    },
    STATE_CORRUPTED("an instance killed and bytes of its state flipped") {
        @Override
        Blow strike(Cluster cluster, SplittableRandom random) throws Exception {
            int victim = random.nextInt(2);
            cluster.instance(victim).kill();
            Recovery recovery = Recovery.since(cluster, CLOCK.millis());
            int files = corrupt(cluster.instance(victim).stateDir(), random);
            int ended = startUntilReady(cluster.instance(victim));
            recovery.await();
            return recovery.blow(
                    1, files > 0, "%s files; it ended %s times, and restored what was damaged", files, ended);
        }
    },
    STATE_TOO_OLD("an instance down until its ledger begins after its state") {
        @Override
        Blow strike(Cluster cluster, SplittableRandom random) throws Exception {
            int victim = random.nextInt(2);
            String ledger = cluster.topics.ledger(Rules.SHORT).name();
            cluster.instance(victim).kill();
            Recovery recovery = Recovery.since(cluster, CLOCK.millis());
            Map<TopicPartition, Long> ends = ends(cluster, ledger);
            // Until all that it held is forgotten: then the ledger's beginning can go, as retention would have it.
            pass(Cluster.RULES.kept().plus(Cluster.RULES.width()).plusSeconds(15));
            Map<TopicPartition, RecordsToDelete> old = new HashMap<>();
            ends.forEach((partition, end) -> old.put(partition, RecordsToDelete.beforeOffset(end + 1)));
            cluster.admin.deleteRecords(old).all().get();
            cluster.start(victim);
            recovery.await();
            boolean dropped =
                    becomes(LIMIT, () -> says(cluster.instance(victim), "is older than its ledger's start: dropped"));
            return recovery.blow(1, dropped, "its state was older than the ledger: dropped");
        }
    },
    REGISTRY_DOWN_AT_START("an instance started while the registry does not answer") {
        @Override
        Blow strike(Cluster cluster, SplittableRandom random) throws Exception {
            int victim = random.nextInt(2);
            cluster.instance(victim).kill();
            Recovery recovery = Recovery.since(cluster, CLOCK.millis());
            Signals.freeze(cluster.stack.registry().pid());
            boolean ready;
            try {
                cluster.instance(victim).start();
                pass(Duration.ofSeconds(15));
                ready = isReady(cluster.instance(victim));
            } finally {
                Signals.thaw(cluster.stack.registry().pid());
            }
            cluster.restartTheDead();
            cluster.instance(victim).awaitReady();
            recovery.await();
            return recovery.blow(1, true, ready ? "it became ready without" : "it was not ready before");
        }
    },
    REGISTRY_DOWN("the registry without an answer for 20 s at run time") {
        @Override
        Blow strike(Cluster cluster, SplittableRandom random) throws Exception {
            Signals.freeze(cluster.stack.registry().pid());
            Recovery recovery = Recovery.since(cluster, CLOCK.millis());
            try {
                pass(Duration.ofSeconds(20));
            } finally {
                Signals.thaw(cluster.stack.registry().pid());
            }
            recovery.await();
            return recovery.blow(0, true, "it was frozen");
        }
    },
    GEOIP_CORRUPT("a GeoIP database replaced by rubbish, removed, and put back") {
        @Override
        Blow strike(Cluster cluster, SplittableRandom random) throws Exception {
            Path city = Path.of(cluster.stack.config().text(LookbackConfig.GEOIP_CITY_DATABASE));
            Path saved = Files.copy(city, city.resolveSibling("saved.mmdb"), StandardCopyOption.REPLACE_EXISTING);
            Recovery recovery = Recovery.since(cluster, CLOCK.millis());
            byte[] rubbish = new byte[100_000];
            new java.util.Random(random.nextLong()).nextBytes(rubbish);
            Files.write(city, rubbish);
            boolean refused = becomes(
                    Duration.ofSeconds(20),
                    () -> cluster.running().stream().allMatch(each -> metric(each, "lookback_geoip_good", 1) == 0));
            Files.delete(city);
            pass(Duration.ofSeconds(3));
            Files.move(saved, city);
            pass(Duration.ofSeconds(3));
            recovery.await();
            return recovery.blow(0, refused, "the rubbish was read and refused");
        }
    };

    /**
     * What came of it.
     *
     * @param kills processes ended by {@code kill -9}
     * @param hit whether it hit what it was meant to
     * @param evidence that it did
     * @param lookupsMillis until a lookup published after the blow had been stored from every partition
     * @param requestsMillis until a request filed after the blow had been searched for in every partition
     */
    record Blow(int kills, boolean hit, String evidence, long lookupsMillis, long requestsMillis) {}

    /** When everything is served again, seen from outside: lookups reach the ledgers, requests are answered. */
    static final class Recovery {
        /** Longer than it takes by itself, but for a restore after a long surge. */
        private static final Duration OPERATOR_AFTER = Duration.ofMinutes(3);

        private final Cluster cluster;
        private final Evidence.Service service;
        private final Inquiry probe;
        private final long since;
        private @Nullable Long lookupsAt;

        private Recovery(Cluster cluster, long since) {
            this.cluster = cluster;
            this.since = since;
            this.service = cluster.observer.ask(evidence -> evidence.awaitService(since, Cluster.PARTITIONS));
            this.probe = cluster.inquirer.file();
        }

        static Recovery since(Cluster cluster, long instant) {
            return new Recovery(cluster, instant);
        }

        void await() {
            if (!becomes(OPERATOR_AFTER, this::isServed)) {
                cluster.endHangingTransactions();
            }
            if (!becomes(LIMIT, this::isServed)) {
                throw new AssertionError(String.format(
                        "not served again after %s: partitions that are %s, the request %s, seen up to %s ms before now",
                        LIMIT, service.served(), probe.state(), CLOCK.millis() - cluster.observer.watermark()));
            }
            lookupsAt = cluster.observer.ask(evidence -> {
                evidence.forget(service);
                return service.at();
            });
        }

        private boolean isServed() {
            return cluster.observer.ask(evidence -> service.at() != null && probe.answeredAt > 0);
        }

        Blow blow(int kills, boolean hit, String evidence, Object... values) {
            return new Blow(
                    kills,
                    hit,
                    String.format(evidence, values),
                    java.util.Objects.requireNonNull(lookupsAt) - since,
                    probe.answeredAt - since);
        }
    }

    /** How long a blow waits for its moment: long enough for something to become due in a run that has just begun. */
    private static final Duration MOMENT_LIMIT = Cluster.RULES.kept().plusSeconds(30);

    /** From an approval to the seal it takes about two of casework's commits. */
    private static final int SEALING_MILLIS = 600;

    /** A damaged file may be found in each role, one after the other. */
    private static final int MAX_ENDS = 6;

    private final String what;

    Fault(String what) {
        this.what = what;
    }

    /** For people. */
    String what() {
        return what;
    }

    /** Strikes, heals, and returns once everything is served again. */
    abstract Blow strike(Cluster cluster, SplittableRandom random) throws Exception;

    /** Whether it needs leave to mount disks. */
    boolean needsDisks() {
        return false;
    }

    // ---- what they share

    private static long killBoth(Cluster cluster) throws InterruptedException {
        for (Instance each : cluster.running()) {
            each.kill();
        }
        return CLOCK.millis();
    }

    private static Blow restart(Cluster cluster, Recovery recovery, int kills, boolean hit, String evidence)
            throws IOException {
        cluster.start(0, 1);
        recovery.await();
        return recovery.blow(kills, hit, evidence);
    }

    private static Blow killWhen(Cluster cluster, Predicate<Unfinished> wanted) throws Exception {
        becomes(MOMENT_LIMIT, Cluster.SELDOM, () -> wanted.test(unfinished(cluster)));
        long at = killBoth(cluster);
        cluster.awaitSeen(at);
        Unfinished left = unfinished(cluster);
        return restart(cluster, Recovery.since(cluster, at), 2, wanted.test(left), left.toString());
    }

    private static Unfinished unfinished(Cluster cluster) {
        return cluster.observer.ask(evidence -> evidence.unfinished(CLOCK.millis()));
    }

    private static long uncommitted(Cluster cluster) {
        try {
            return cluster.uncommitted();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** What a supervisor does; returns how often it had ended by itself. */
    private static int startUntilReady(Instance instance) throws IOException {
        for (int ended = 0; ended < MAX_ENDS; ended++) {
            instance.start();
            becomes(LIMIT, () -> !instance.isAlive() || isReady(instance));
            if (instance.isAlive()) {
                return ended;
            }
        }
        throw new AssertionError("it ended " + MAX_ENDS + " times");
    }

    private static boolean isReady(Instance instance) {
        try {
            return instance.isAlive() && instance.isReady();
        } catch (IOException | InterruptedException e) {
            return false;
        }
    }

    private static int holds(Instance instance) {
        try {
            return instance.vault().size();
        } catch (IOException | InterruptedException e) {
            return 0;
        }
    }

    private static double metric(Instance instance, String name, double ifUnknown) {
        try {
            Double value = instance.metric(name);
            return value == null ? ifUnknown : value;
        } catch (IOException | InterruptedException e) {
            return ifUnknown;
        }
    }

    private static boolean says(Instance instance, String text) {
        try (Stream<String> lines = Files.lines(instance.log(), java.nio.charset.StandardCharsets.ISO_8859_1)) {
            return lines.anyMatch(each -> each.contains(text));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean restoring(Instance instance) {
        return !openings(instance).isEmpty();
    }

    /** The positions at which an instance has opened the stores of its vault since its start. */
    private static List<Long> openings(Instance instance) {
        try (Stream<String> lines = Files.lines(instance.log(), java.nio.charset.StandardCharsets.ISO_8859_1)) {
            return lines.filter(each -> each.contains(": opened at position "))
                    .map(each -> each.replaceAll(".*: opened at position (\\d+) of.*", "$1"))
                    .map(Long::valueOf)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int leader(Cluster cluster, int partition) {
        String ledger = cluster.topics.ledger(Rules.SHORT).name();
        try {
            return cluster.admin
                            .describeTopics(List.of(ledger))
                            .allTopicNames()
                            .get()
                            .get(ledger)
                            .partitions()
                            .get(partition)
                            .leader()
                            .id()
                    - 1;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static Map<TopicPartition, Long> ends(Cluster cluster, String topic) throws Exception {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        for (int partition = 0; partition < Cluster.PARTITIONS; partition++) {
            asked.put(new TopicPartition(topic, partition), OffsetSpec.latest());
        }
        Map<TopicPartition, Long> ends = new HashMap<>();
        cluster.admin.listOffsets(asked).all().get().forEach((partition, end) -> ends.put(partition, end.offset()));
        return ends;
    }

    private static Blow cut(Cluster cluster, List<Integer> brokers, Duration time) throws Exception {
        brokers.forEach(each -> cluster.brokers.proxy(each).cut());
        Recovery recovery = Recovery.since(cluster, CLOCK.millis());
        try {
            pass(time);
        } finally {
            brokers.forEach(each -> cluster.brokers.proxy(each).heal());
        }
        cluster.restartTheDead();
        recovery.await();
        return recovery.blow(0, true, "no byte went through");
    }

    /** A file that leaves no room beside it. */
    private static Path fill(Path directory) throws IOException {
        Path filler = directory.resolve("filler");
        FileStore store = Files.getFileStore(directory);
        byte[] chunk = new byte[1 << 16];
        try (OutputStream out = Files.newOutputStream(filler)) {
            while (store.getUsableSpace() > 0) {
                out.write(chunk);
            }
        } catch (IOException e) {
            if (store.getUsableSpace() > 0) {
                throw e;
            }
        }
        return filler;
    }

    /** Flips bytes in the middle of every table and of some other files; returns how many. */
    private static int corrupt(Path state, SplittableRandom random) throws IOException {
        int files = 0;
        List<Path> all;
        try (Stream<Path> found = Files.walk(state)) {
            all = found.filter(Files::isRegularFile)
                    .filter(each -> each.toString().contains("/vault/"))
                    .filter(each -> each.getFileName().toString().matches("\\d+\\.sst"))
                    .toList();
        }
        for (Path each : all) {
            byte[] bytes = Files.readAllBytes(each);
            for (int i = 0; i < 16 && bytes.length > 0; i++) {
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 + random.nextInt(255));
            }
            Files.write(each, bytes);
            files++;
        }
        return files;
    }
}
