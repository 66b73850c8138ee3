package dev.lookback.casework;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.disclosure.InstrumentType;
import dev.lookback.seal.Manifest;
import dev.lookback.v1.CaseState;
import dev.lookback.v1.SelectorRole;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What docs/COMPLIANCE.md says of states, reasons, commands and outcomes is so. */
class CompliancePageTest {
    private static final Pattern CODE = Pattern.compile("`([A-Z][A-Z_]+)`");
    private static final Pattern JSON = Pattern.compile("(?s)```json\\n(.*?)```");

    private final String page = read();

    @Test
    void explainsEveryCodeAndNoOther() {
        Set<String> known = new TreeSet<>();
        Stream.of(
                        List.of(CaseState.values()),
                        List.of(Reason.values()),
                        List.of(Manifest.Outcome.values()),
                        List.of(SelectorRole.values()),
                        List.of(Problem.Code.values()),
                        List.of(Command.NarrowedBecause.values()),
                        List.of(InstrumentType.values()))
                .forEach(codes -> codes.forEach(code -> known.add(((Enum<?>) code).name())));
        known.remove(CaseState.UNKNOWN.name());
        Set<String> named = new TreeSet<>();
        Matcher codes = CODE.matcher(page);
        while (codes.find()) {
            named.add(codes.group(1));
        }
        assertThat(named).isEqualTo(known);
    }

    @Test
    void theCommandIsOne() {
        Matcher json = JSON.matcher(page);
        assertThat(json.find()).isTrue();
        CommandCodec.Reading reading = CommandCodec.read(
                SignedByHand.payload(json.group(1)), CaseworkFixture.OFFICERS, Instant.parse("2026-03-02T09:30:01Z"));
        assertThat(reading)
                .isInstanceOfSatisfying(
                        CommandCodec.Good.class,
                        good -> assertThat(good.command()).isInstanceOf(Command.Submit.class));
    }

    @Test
    void statesTheLimits() {
        assertThat(page)
                .contains("more than " + CommandCodec.MAX_SELECTORS)
                .contains("1 to " + CommandCodec.MAX_TEXT + " characters")
                .contains("over " + CommandCodec.MAX_JWS / 1024 + " KiB")
                .contains(CaseworkSettings.MAX_AHEAD.toMinutes() + " minutes ahead");
    }

    private static String read() {
        try {
            return Files.readString(Path.of("../docs/COMPLIANCE.md"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
