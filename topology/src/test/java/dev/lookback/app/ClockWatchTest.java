package dev.lookback.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.clock.Doubt;
import dev.lookback.clock.SteadyClock;
import dev.lookback.officers.Officer;
import dev.lookback.officers.Officers;
import dev.lookback.v1.ClockCheck;
import dev.lookback.v1.ClockConfirmation;
import dev.lookback.v1.ClockDoubt;
import dev.lookback.v1.ClockRecord;
import dev.lookback.v1.DoubtCause;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ClockWatchTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final long DAY = Duration.ofDays(1).toMillis();
    private static final KeyPair RETENTION = newKey();
    private static final KeyPair INTAKE = newKey();
    private static final Officers OFFICERS = new Officers(List.of(
            new Officer("retention", Set.of(Officer.Role.RETENTION), RETENTION.getPublic(), null, null),
            new Officer("intake", Set.of(Officer.Role.INTAKE), INTAKE.getPublic(), null, null)));

    private final Brokers brokers = new Brokers();
    private final List<String> ends = new ArrayList<>();
    private long elapsed;
    private long off;
    private SteadyClock clock;
    private ClockWatch watch;

    /** The topic, and brokers whose clock is right. */
    private final class Brokers implements ClockWatch.Log {
        private final List<ClockLog.Entry> entries = new ArrayList<>();
        private int read;
        private boolean silent;

        @Override
        public long write(String key, ClockRecord value) {
            if (silent) {
                throw new TimeoutException("no answer");
            }
            entries.add(new ClockLog.Entry(truth(), value));
            return truth().toEpochMilli();
        }

        @Override
        public List<ClockLog.Entry> read() {
            List<ClockLog.Entry> fresh = List.copyOf(entries.subList(read, entries.size()));
            read = entries.size();
            return fresh;
        }

        private ClockCheck last() {
            return (ClockCheck) entries.get(entries.size() - 1).value().getContent();
        }
    }

    private Instant truth() {
        return START.plusMillis(elapsed);
    }

    @BeforeEach
    void start() {
        start("this", OFFICERS);
    }

    private void start(String instance, @Nullable Officers officers) {
        brokers.read = 0;
        clock = new SteadyClock(
                () -> truth().toEpochMilli() + off, () -> elapsed * 1_000_000, Duration.ofMinutes(1), UUID::randomUUID);
        watch = new ClockWatch(
                clock,
                brokers,
                () -> elapsed * 1_000_000,
                Duration.ofMinutes(1),
                instance,
                "host",
                officers,
                ends::add);
        watch.start();
    }

    private void turns(int seconds) {
        for (int i = 0; i < seconds; i++) {
            elapsed += 1000;
            watch.turn();
        }
    }

    private void confirm(String officer, KeyPair key, UUID... doubts) {
        String jws = Confirmation.sign(List.of(doubts), "seen to", truth(), officer, key.getPrivate());
        brokers.write("doubt", new ClockRecord(new ClockConfirmation(jws)));
    }

    private UUID doubt() {
        return Objects.requireNonNull(clock.doubt()).id();
    }

    @Test
    void comparesOnceAMinuteAndInDoubtEveryFiveSeconds() {
        int before = brokers.entries.size();
        turns(120);
        assertThat(brokers.entries).hasSize(before + 2);
        assertThat(brokers.last().getDoubt()).isNull();
        assertThat(brokers.last().getWall()).isEqualTo(truth());
        off = DAY;
        turns(1);
        ClockDoubt said = brokers.last().getDoubt();
        assertThat(said.getCause()).isEqualTo(DoubtCause.JUMPED);
        assertThat(said.getOffMillis()).isEqualTo(DAY);
        assertThat(brokers.last().getWall()).isEqualTo(truth().plusMillis(DAY));
        assertThat(brokers.last().getTime()).isEqualTo(truth());
        int inDoubt = brokers.entries.size();
        turns(60);
        assertThat(brokers.entries).hasSizeBetween(inDoubt + 11, inDoubt + 13);
        assertThat(ends).isEmpty();
    }

    @Test
    void trustsTheClockOnceAnOfficerInChargeOfRetentionHasConfirmedThisDoubt() {
        off = DAY;
        turns(1);
        UUID doubt = doubt();
        confirm("retention", RETENTION, UUID.randomUUID());
        confirm("intake", INTAKE, doubt);
        confirm("retention", INTAKE, doubt);
        brokers.write("doubt", new ClockRecord(new ClockConfirmation("no signature")));
        turns(10);
        assertThat(clock.maySweep()).isFalse();
        confirm("retention", RETENTION, UUID.randomUUID(), doubt);
        turns(1);
        assertThat(clock.maySweep()).isTrue();
        assertThat(brokers.last().getDoubt()).isNull();
        turns(120);
        assertThat(clock.maySweep())
                .as("how far it is from the brokers' was confirmed, too")
                .isTrue();

        off = 0;
        turns(5);
        assertThat(clock.maySweep())
                .as("an old confirmation is none for a new doubt")
                .isFalse();
    }

    @Test
    void aDoubtOutlivesARestartUntilItIsConfirmed() {
        off = DAY;
        turns(1);
        Doubt doubt = Objects.requireNonNull(clock.doubt());
        off = 0;
        start("another", OFFICERS);
        assertThat(clock.maySweep()).as("another instance").isTrue();
        start("this", OFFICERS);
        assertThat(clock.doubt()).isEqualTo(doubt);
        confirm("retention", RETENTION, doubt.id());
        start("this", OFFICERS);
        assertThat(clock.maySweep()).as("confirmed while it was down").isTrue();
    }

    @Test
    void withoutOfficersARestartWithARightClockSettlesIt() {
        start("this", null);
        off = DAY;
        turns(1);
        assertThat(clock.maySweep()).isFalse();
        confirm("retention", RETENTION, doubt());
        turns(5);
        assertThat(clock.maySweep()).as("there is nobody to confirm").isFalse();
        start("this", null);
        assertThat(clock.maySweep()).as("still a day ahead").isFalse();
        off = 0;
        start("this", null);
        assertThat(clock.maySweep()).isTrue();
    }

    @Test
    void aClockThatGoesBackEndsTheProcess() {
        off = DAY;
        turns(5);
        assertThat(ends).isEmpty();
        off = 0;
        turns(1);
        assertThat(ends).singleElement().asString().contains("went back by 24h", "started again");
    }

    @Test
    void saysItLaterIfTheBrokersAreSilent() {
        brokers.silent = true;
        off = DAY;
        turns(1);
        assertThat(clock.maySweep()).isFalse();
        brokers.silent = false;
        int before = brokers.entries.size();
        turns(1);
        assertThat(brokers.entries.size()).isGreaterThan(before);
        assertThat(brokers.last().getDoubt()).isNotNull();
    }

    @Test
    void metricsShowIt() {
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        watch.bindTo(meters);
        assertThat(meters.get("lookback.clock.trusted").gauge().value()).isEqualTo(1);
        assertThat(meters.get("lookback.clock.doubts").functionCounter().count())
                .isZero();
        off = DAY;
        turns(10);
        assertThat(meters.get("lookback.clock.trusted").gauge().value()).isZero();
        assertThat(meters.get("lookback.clock.off").gauge().value()).isEqualTo(86_400);
        assertThat(meters.get("lookback.clock.skew").gauge().value()).isEqualTo(86_400);
        assertThat(meters.get("lookback.clock.doubts").functionCounter().count())
                .isEqualTo(1);
    }

    private static KeyPair newKey() {
        try {
            return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (java.security.GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
