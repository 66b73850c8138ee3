package dev.lookback.tool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.Outcome;
import dev.lookback.v1.Service;
import dev.lookback.v1.Trigger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PublishTest {
    private static final String GOOD = "{\"eventId\":\"0b4f7e44-5b0c-4a53-9d6a-7b1c66c7a9a1\","
            + "\"occurredAt\":\"2026-01-31T23:59:59.999Z\",\"requester\":\"+12015550100\","
            + "\"queried\":\"b@example.org\",\"sourceIp\":\"192.0.2.1\"}";

    @Test
    void readsALookupWithItsDefaults() throws LookupLines.LineException {
        LookupEvent event = LookupLines.parse(GOOD);

        assertThat(event.getOccurredAt()).isEqualTo(Instant.parse("2026-01-31T23:59:59.999Z"));
        assertThat(event.getRequester()).isEqualTo("+12015550100");
        assertThat(event.getQueried()).isEqualTo("b@example.org");
        assertThat(event.getSourcePort()).isNull();
        assertThat(event.getService()).isEqualTo(Service.OTHER);
        assertThat(event.getOutcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(event.getTrigger()).isEqualTo(Trigger.UNKNOWN);
        assertThat(event.getNode()).isEmpty();
    }

    @Test
    void readsEveryField() throws LookupLines.LineException {
        LookupEvent event = LookupLines.parse("{\"eventId\":\"0b4f7e44-5b0c-4a53-9d6a-7b1c66c7a9a1\","
                + "\"occurredAt\":1769903999999,\"utcOffsetMinutes\":-300,\"requester\":\"a@example.org\","
                + "\"queried\":\"front desk\",\"sourceIp\":\"2001:db8::1\",\"sourcePort\":65535,"
                + "\"service\":\"VIDEO_CALL\",\"outcome\":\"REGISTERED\",\"trigger\":\"USER_ENTRY\","
                + "\"deviceId\":\"d\",\"node\":\"n\"}");

        assertThat(event)
                .isEqualTo(new LookupEvent(
                        "0b4f7e44-5b0c-4a53-9d6a-7b1c66c7a9a1",
                        Instant.ofEpochMilli(1_769_903_999_999L),
                        -300,
                        "a@example.org",
                        "front desk",
                        "2001:db8::1",
                        65_535,
                        Service.VIDEO_CALL,
                        Outcome.REGISTERED,
                        Trigger.USER_ENTRY,
                        "d",
                        "n"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "0b4f7e44-5b0c-4a53-9d6a-7b1c66c7a9a1 | secret      | field \"eventId\": not a UUID",
                "2026-01-31T23:59:59.999Z             | 2026-13-31  | field \"occurredAt\": not an instant",
                "+12015550100                         | 12015550100 | field \"requester\": neither a phone number",
                "b@example.org                        | ``          | field \"queried\": not text, or empty",
                "192.0.2.1                            | 192.0.2.256 | field \"sourceIp\": neither an IPv4",
                "\"sourceIp\"                         | \"sourceIP\" | unknown field \"sourceIP\"",
                "\"192.0.2.1\"                        | null        | field \"sourceIp\": missing",
                "\"192.0.2.1\"                        | \"192.0.2.1\",\"sourcePort\":0 | field \"sourcePort\": not a whole",
                "\"192.0.2.1\"                        | \"192.0.2.1\",\"service\":\"FAX\" | field \"service\": not one of [MESS",
                "}                                    | ``          | not JSON",
            })
    void saysWhichLineAndFieldIsWrongAndNotWhatIsInIt(
            String part, String wrong, String message, @TempDir Path directory) throws IOException {
        Path file = directory.resolve("lookups.jsonl");
        Files.writeString(file, GOOD + "\n\n" + GOOD.replace(part, wrong) + "\n");

        Run run = Run.of("publish", "--check", file.toString());

        assertThat(run.exitCode()).isEqualTo(ExitCodes.FAILED);
        assertThat(run.err()).startsWith(file + ":3: " + message).contains("1 of 2 lines are wrong");
        assertThat(run.err()).doesNotContain("+12015550100", "192.0.2", "b@example.org", "secret");
    }

    @Test
    void checksWithoutSettings() {
        Run run = Run.with(Map.of(), GOOD + "\n" + GOOD + "\n", "publish", "--check", "-");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).isEqualToIgnoringNewLines("2 lookups, all in good form.");
    }

    @Test
    void checksAFileBeforeItAsksForSettings(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("lookups.jsonl");
        Files.writeString(file, "{}\n");

        Run run = Run.of("publish", file.toString());

        assertThat(run.exitCode()).isEqualTo(ExitCodes.FAILED);
        assertThat(run.err()).contains(file + ":1: field \"eventId\": missing", "nothing was published");
    }

    @Test
    void saysThatThereIsNoSuchFile() {
        Run run = Run.of("publish", "--check", "/no/such.jsonl");

        assertThat(run.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(run.err()).isEqualToIgnoringNewLines("lookback: /no/such.jsonl cannot be read: NoSuchFileException");
    }
}
