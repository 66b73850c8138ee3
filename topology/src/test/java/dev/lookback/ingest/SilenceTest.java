package dev.lookback.ingest;

import static dev.lookback.ingest.Ingest.lookup;
import static dev.lookback.ingest.Ingest.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.lookback.clock.Timekeeper.Present;
import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClasses;
import dev.lookback.serde.ValueSerdes;
import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.RejectedLookup;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** No handle and no address leaves ingest but in a record: not in a log line, a meter, an exception, a string. */
@ParameterizedClass
@EnumSource(Publisher.class)
class SilenceTest {
    private static final String REQUESTER = "+491709998887";
    private static final String QUERIED = "planted.person@example.org";
    private static final String ADDRESS = "89.160.77.66";
    private static final String KEY = "planted-key";
    private static final List<String> PLANTED = List.of(REQUESTER, "491709998887", "planted", ADDRESS);

    private final Publisher publisher;

    SilenceTest(Publisher publisher) {
        this.publisher = publisher;
    }

    private static LookupEvent.Builder planted() {
        return lookup().setRequester(REQUESTER).setQueried(QUERIED).setSourceIp(ADDRESS);
    }

    @Test
    void nothingIsSaidOfWhatIsAdmittedOrRejected() {
        PrintStream before = System.err;
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
        try (Ingest ingest = new Ingest(publisher)) {
            ingest.publish(utf8(KEY), ingest.encode(planted().build()));
            ingest.publish(
                    utf8(KEY), ingest.encode(planted().setEventId(REQUESTER).build()));
            ingest.publish(
                    utf8(KEY), ingest.encode(planted().setRequester(ADDRESS).build()));
            ingest.publish(
                    utf8(KEY), ingest.encode(planted().setSourceIp(REQUESTER).build()));
            ingest.publish(utf8(KEY), ingest.encode(planted().setSourcePort(-1).build()));
            byte[] good = ingest.encode(planted().build());
            ingest.publish(utf8(KEY), Arrays.copyOf(good, good.length - 1));
            ingest.publish(utf8(KEY), utf8("{" + REQUESTER + ADDRESS));
            ingest.orders.pipeInput(utf8(KEY), good);
            ingest.policies.pipeInput(utf8(KEY), good);
            ingest.driver.advanceWallClockTime(Duration.ofSeconds(1));
            for (RejectedLookup rejected : ingest.rejected()) {
                assertSilent(rejected.getDetail());
            }
            assertSilent(ingest.meters.getMetersAsString());
        } finally {
            System.setErr(before);
        }
        assertThat(log.toString(StandardCharsets.UTF_8))
                .as("the log is seen at all")
                .contains("Expiry order at partition 0 offset 0 cannot be followed")
                .contains("retention-policies, offset 0: refused, MALFORMED");
        assertSilent(log.toString(StandardCharsets.UTF_8));
    }

    @Test
    void nothingIsSaidWhenTheStreamEnds() {
        AdmissionTest.Flaky.failures = Integer.MAX_VALUE;
        try (Ingest ingest = new Ingest(
                publisher,
                Map.of(ValueSerdes.DESERIALIZER_CLASS, AdmissionTest.Flaky.class.getName()),
                address -> Ingest.PLACE,
                IngestSettings.DEFAULTS,
                pause -> {})) {
            Throwable failure = catchThrowable(
                    () -> ingest.publish(utf8(KEY), ingest.encode(planted().build())));
            StringWriter trace = new StringWriter();
            failure.printStackTrace(new PrintWriter(trace));
            assertThat(trace.toString()).contains("No schema registry");
            assertSilent(trace.toString());
        }
    }

    @Test
    void verdictsPrintNothing() {
        AdmissionRules rules = new AdmissionRules(
                new RetentionClasses(List.of(Ingest.DEFAULT)),
                new dev.lookback.handle.Tokens(new byte[16]),
                IngestSettings.DEFAULTS);
        Verdict verdict = rules.judge(
                planted().build(),
                Ingest.NOW.toEpochMilli(),
                new Present(Ingest.NOW.toEpochMilli(), Ingest.NOW.toEpochMilli()),
                each -> new Cutoff(each, List.of()),
                dev.lookback.erasure.Barriers.NONE);
        assertThat(verdict).isInstanceOf(Verdict.Admitted.class);
        assertSilent(verdict.toString());
    }

    private static void assertSilent(String text) {
        assertThat(text).doesNotContain(PLANTED);
    }
}
