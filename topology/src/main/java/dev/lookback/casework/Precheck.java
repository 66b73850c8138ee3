package dev.lookback.casework;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lookback.disclosure.DisclosurePolicy;
import dev.lookback.disclosure.InstrumentType;
import dev.lookback.seal.Selector;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What casework will say to a submit command, as far as that can be known before it is sent. What only casework knows is
 * left out: what a request continues, or is served on, and whether an authority is over its quota.
 */
public final class Precheck {
    private Precheck() {}

    /**
     * What a request comes to.
     *
     * @param selectors as they are searched for
     * @param from first instant of the window
     * @param to first instant after the part of it that is searched
     * @param endsAtReceipt whether that is less than what is asked for
     */
    public record Scope(List<Selector> selectors, Instant from, Instant to, boolean endsAtReceipt) {
        /** Copies the list. */
        public Scope {
            selectors = List.copyOf(selectors);
        }
    }

    /** What is wrong with the form of a submit command in JSON, and with its window at an instant. */
    public static List<Problem> problems(ObjectNode command, Instant now) {
        List<Problem> problems = new ArrayList<>(CommandCodec.problems(command));
        Draft draft = Draft.of(command);
        if (draft.from != null && draft.to != null && draft.type != null && draft.from.isBefore(draft.to)) {
            boolean prospective = Intake.isProspective(draft.type, draft.isEstimate);
            problems.addAll(Intake.untimely(
                    prospective, draft.from.toEpochMilli(), draft.to.toEpochMilli(), now.toEpochMilli()));
        }
        return problems;
    }

    /** What a policy objects to, in those parts of a submit command in JSON that can be read. */
    public static List<Problem> objections(ObjectNode command, DisclosurePolicy policy, Instant now) {
        Draft draft = Draft.of(command);
        if (draft.type == null) {
            return List.of();
        }
        boolean hasWindow = draft.from != null && draft.to != null;
        long from = hasWindow ? Objects.requireNonNull(draft.from).toEpochMilli() : 0;
        long to = hasWindow
                ? Intake.end(
                        Intake.isProspective(draft.type, draft.isEstimate),
                        Objects.requireNonNull(draft.to).toEpochMilli(),
                        now.toEpochMilli())
                : 0;
        return Intake.objections(policy, draft.type, draft.selectors, from, to);
    }

    /** What would be searched if a command were received at an instant. */
    public static Scope scope(Command.Submit submit, Instant receivedAt) {
        boolean prospective = Intake.isProspective(submit.instrument().type(), submit.estimate());
        long servedTo = submit.to().toEpochMilli();
        long to = Intake.end(prospective, servedTo, receivedAt.toEpochMilli());
        List<Selector> selectors = submit.selectors().stream()
                .map(SubmitForm::selector)
                .map(Objects::requireNonNull)
                .toList();
        return new Scope(selectors, submit.from(), Instant.ofEpochMilli(to), to < servedTo);
    }

    /**
     * What can be read of a command that may be flawed.
     *
     * @param selectors none unless all can be read, so that their numbers are right
     */
    private record Draft(
            @Nullable InstrumentType type,
            boolean isEstimate,
            List<Selector> selectors,
            @Nullable Instant from,
            @Nullable Instant to) {
        static Draft of(ObjectNode command) {
            Fields fields = new Fields(command, "", new ArrayList<>());
            List<Problem> ofSelectors = new ArrayList<>();
            List<Command.Ask> asks = SubmitForm.selectors(new Fields(command, "", ofSelectors), ofSelectors);
            return new Draft(
                    fields.object("instrument").optionalSymbol("type", InstrumentType.class),
                    "estimate".equals(command.path("type").textValue()),
                    ofSelectors.isEmpty()
                            ? asks.stream()
                                    .map(SubmitForm::selector)
                                    .map(Objects::requireNonNull)
                                    .toList()
                            : List.of(),
                    fields.optionalInstant("from"),
                    fields.optionalInstant("to"));
        }
    }
}
