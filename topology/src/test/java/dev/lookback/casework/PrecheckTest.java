package dev.lookback.casework;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lookback.disclosure.DisclosurePolicies;
import dev.lookback.disclosure.InstrumentType;
import dev.lookback.seal.Selector;
import dev.lookback.v1.SelectorRole;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What can be said of a request before it is sent is what casework will say. */
class PrecheckTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

    private static Command.Submit submit(InstrumentType type, boolean estimate, Instant from, Instant to) {
        return new Command.Submit(
                UUID.randomUUID(),
                UUID.randomUUID(),
                NOW,
                estimate,
                new Command.Instrument(type, "r", "a", "j", null, null, "0".repeat(64)),
                List.of(new Command.Ask(SelectorRole.REQUESTER, "0170 1234567", "DE")),
                from,
                to,
                Command.Particulars.NONE);
    }

    private static List<String> problems(ObjectNode command) {
        return Precheck.problems(command, NOW).stream().map(Problem::toString).toList();
    }

    private static List<String> objections(ObjectNode command) {
        return Precheck.objections(command, DisclosurePolicies.builtIn(), NOW).stream()
                .map(Problem::toString)
                .toList();
    }

    @Test
    void aWindowEndsAtTheReceiptUnlessTheOrderStands() {
        Instant to = NOW.plusSeconds(60);
        Instant from = NOW.minusSeconds(60);

        assertThat(Precheck.scope(submit(InstrumentType.COURT_ORDER, false, from, to), NOW))
                .isEqualTo(new Precheck.Scope(
                        List.of(new Selector(SelectorRole.REQUESTER, "+491701234567")), from, NOW, true));
        assertThat(Precheck.scope(submit(InstrumentType.STANDING_ORDER, false, from, to), NOW))
                .extracting(Precheck.Scope::to, Precheck.Scope::endsAtReceipt)
                .containsExactly(to, false);
        assertThat(Precheck.scope(submit(InstrumentType.COURT_ORDER, false, from, NOW), NOW)
                        .endsAtReceipt())
                .isFalse();
    }

    @Test
    void aWindowMustBeInReachOfTheInstrument() {
        Instant later = NOW.plusSeconds(60);
        Instant earlier = NOW.minusSeconds(60);

        assertThat(problems(CommandCodec.write(submit(InstrumentType.COURT_ORDER, false, earlier, later))))
                .isEmpty();
        assertThat(problems(CommandCodec.write(submit(InstrumentType.COURT_ORDER, false, NOW, later))))
                .containsExactly("window IN_THE_FUTURE");
        assertThat(problems(CommandCodec.write(submit(InstrumentType.STANDING_ORDER, false, earlier, NOW))))
                .containsExactly("window IN_THE_PAST");
        assertThat(problems(CommandCodec.write(submit(InstrumentType.STANDING_ORDER, true, NOW, later))))
                .as("an estimate counts what is there")
                .containsExactly("window IN_THE_FUTURE");
    }

    @Test
    void aPolicyObjectsToWhatCanBeRead() {
        ObjectNode command = CommandCodec.write(
                submit(InstrumentType.EMERGENCY_REQUEST, false, NOW.minusSeconds(30 * 86_400), NOW.plusSeconds(1)));
        command.withArray("selectors").addObject().put("role", "EITHER").put("handle", "b@example.org");
        assertThat(objections(command)).containsExactly("selectors[1] ROLE_NOT_ALLOWED", "window WINDOW_TOO_LONG");

        command.withArray("selectors").addObject().put("role", "REQUESTER").put("handle", "nobody");
        assertThat(objections(command))
                .as("numbers of selectors would not be right")
                .containsExactly("window WINDOW_TOO_LONG");
        command.put("from", "then");
        assertThat(objections(command)).isEmpty();
        command.withObject("/instrument").put("type", "SUBPOENA");
        assertThat(objections(command)).containsExactly("instrument.type INSTRUMENT_NOT_ALLOWED");
        command.remove("instrument");
        assertThat(objections(command)).isEmpty();
    }
}
