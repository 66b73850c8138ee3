package dev.lookback.casework;

import dev.lookback.address.Network;
import dev.lookback.disclosure.DisclosurePolicy;
import dev.lookback.disclosure.InstrumentType;
import dev.lookback.handle.Tokens;
import dev.lookback.seal.Instants;
import dev.lookback.seal.Manifest;
import dev.lookback.seal.Selector;
import dev.lookback.seal.Sha256;
import dev.lookback.v1.LegalRequestStatus;
import dev.lookback.v1.SelectorRole;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a submit command in good form comes to: a request on the policy's terms, or what speaks against it. */
final class Intake {
    /** Why the window is searched in part: the instrument reaches no lookup that is made after it came. */
    static final String ENDS_AT_RECEIPT = "ENDS_AT_RECEIPT";

    private final DisclosurePolicy policy;
    private final Tokens tokens;

    Intake(DisclosurePolicy policy, Tokens tokens) {
        this.policy = policy;
        this.tokens = tokens;
    }

    /** What was found out about a submit command. */
    sealed interface Outcome {}

    /**
     * It can be served.
     *
     * @param selectorsDigest equal for requests that ask about the same
     */
    record Accepted(CaseFile.Request request, String selectorsDigest) implements Outcome {}

    /** It cannot. */
    record Refused(List<Problem> problems) implements Outcome {}

    /**
     * Looks at a request.
     *
     * @param receivedAt r: a request about the past reaches no further
     * @param before of a standing order that continues another: where that stands, as far as it is known here
     */
    Outcome take(Command.Submit submit, long receivedAt, @Nullable LegalRequestStatus before) {
        List<Selector> selectors = submit.selectors().stream()
                .map(SubmitForm::selector)
                .map(Objects::requireNonNull)
                .toList();
        InstrumentType type = submit.instrument().type();
        boolean prospective = isProspective(type, submit.estimate());
        long from = submit.from().toEpochMilli();
        long servedTo = submit.to().toEpochMilli();
        long to = end(prospective, servedTo, receivedAt);
        List<Problem> problems = untimely(prospective, from, to, receivedAt);
        problems.addAll(objections(policy, type, selectors, from, to));
        String digest = digest(selectors);
        if (submit.particulars().continues() != null && !isContinuable(before, digest)) {
            problems.add(new Problem("continues", Problem.Code.NOT_CONTINUED));
        }
        return problems.isEmpty()
                ? new Accepted(request(submit, selectors, from, servedTo, to), digest)
                : new Refused(problems);
    }

    /** Whether a request is about what has not happened yet. */
    static boolean isProspective(InstrumentType type, boolean estimate) {
        return type == InstrumentType.STANDING_ORDER && !estimate;
    }

    /** Where the window ends that is searched. */
    static long end(boolean prospective, long servedTo, long receivedAt) {
        return prospective ? servedTo : Math.min(servedTo, receivedAt);
    }

    /** What is wrong with a window at the time at which it is asked for. */
    static List<Problem> untimely(boolean prospective, long from, long to, long receivedAt) {
        List<Problem> problems = new ArrayList<>();
        if (prospective && to <= receivedAt) {
            problems.add(new Problem("window", Problem.Code.IN_THE_PAST));
        } else if (!prospective && from >= receivedAt) {
            problems.add(new Problem("window", Problem.Code.IN_THE_FUTURE));
        }
        return problems;
    }

    /** What a policy objects to. */
    static List<Problem> objections(
            DisclosurePolicy policy, InstrumentType type, List<Selector> selectors, long from, long to) {
        return policy.problems(type, selectors, from, to).stream()
                .map(problem -> new Problem(problem.field(), code(problem.objection())))
                .toList();
    }

    private static Problem.Code code(DisclosurePolicy.Objection objection) {
        return switch (objection) {
            case INSTRUMENT_NOT_ALLOWED -> Problem.Code.INSTRUMENT_NOT_ALLOWED;
            case TOO_MANY_SELECTORS -> Problem.Code.TOO_MANY_SELECTORS;
            case ROLE_NOT_ALLOWED -> Problem.Code.ROLE_NOT_ALLOWED;
            case RANGE_TOO_WIDE -> Problem.Code.RANGE_TOO_WIDE;
            case WINDOW_TOO_LONG -> Problem.Code.WINDOW_TOO_LONG;
        };
    }

    private static boolean isContinuable(@Nullable LegalRequestStatus before, String digest) {
        return before != null
                && InstrumentType.STANDING_ORDER.name().equals(before.getInstrument())
                && digest.equals(before.getSelectorsDigest())
                && before.getWindowTo() != null;
    }

    private CaseFile.Request request(
            Command.Submit submit, List<Selector> selectors, long from, long servedTo, long to) {
        Command.Instrument paper = submit.instrument();
        Command.Particulars particulars = submit.particulars();
        DisclosurePolicy.Terms terms = policy.terms(paper.type());
        List<DisclosurePolicy.@Nullable Others> others = new ArrayList<>();
        selectors.forEach(selector -> others.add(DisclosurePolicy.others(terms, selector.role())));
        List<Manifest.Narrowing> narrowings = new ArrayList<>();
        particulars
                .narrowings()
                .forEach(each -> narrowings.add(
                        new Manifest.Narrowing(each.what(), each.reason().name())));
        if (to < servedTo) {
            narrowings.add(new Manifest.Narrowing(
                    "window from " + Instants.format(to) + " to " + Instants.format(servedTo), ENDS_AT_RECEIPT));
        }
        return new CaseFile.Request(
                new Manifest.Instrument(
                        paper.type().name(),
                        paper.reference(),
                        paper.authority(),
                        paper.jurisdiction(),
                        Objects.toString(paper.issuedOn(), null),
                        Objects.toString(paper.servedOn(), null),
                        paper.documentSha256()),
                submit.selectors().stream()
                        .map(ask -> new Manifest.Served(ask.role(), ask.handle(), ask.region()))
                        .toList(),
                selectors,
                from,
                servedTo,
                from,
                to,
                narrowings,
                particulars.priority(),
                millis(particulars.dueBy()),
                particulars.continues(),
                new Manifest.Disclosed(
                        terms.location(),
                        terms.device(),
                        terms.sourceAddress(),
                        others.stream().anyMatch(each -> each != null && each.pseudonymised())),
                new ArrayList<>(others.stream()
                        .map(each -> each == null ? null : each.mostLookups())
                        .collect(Collectors.toList())), // may hold null
                new Manifest.PolicyInForce(policy.name(), policy.sha256()));
    }

    static @Nullable Long millis(@Nullable Instant instant) {
        return instant == null ? null : Long.valueOf(instant.toEpochMilli());
    }

    /** A keyed digest of what is asked, which names nobody. */
    String digest(List<Selector> selectors) {
        String text = selectors.stream()
                .map(selector -> selector.role() + " " + Tokens.format(tokens.token(selector.handle())))
                .sorted()
                .collect(Collectors.joining("\n"));
        return Sha256.hex(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Which selector of a preservation request covers each selector of a request that is served on it.
     *
     * @return null if one is not covered, or the window begins before what is preserved
     */
    static @Nullable List<Integer> covering(CaseFile.Request preserved, CaseFile.Request served) {
        List<Integer> covering = new ArrayList<>();
        for (Selector selector : served.selectors()) {
            int found = -1;
            for (int i = 0; i < preserved.selectors().size() && found < 0; i++) {
                found = covers(preserved.selectors().get(i), selector) ? i : -1;
            }
            if (found < 0) {
                return null;
            }
            covering.add(found);
        }
        return served.from() >= preserved.from() && served.to() <= preserved.to() ? covering : null;
    }

    private static boolean covers(Selector preserved, Selector asked) {
        if (asked.role() == SelectorRole.SOURCE) {
            Network outer = preserved.role() == SelectorRole.SOURCE ? Network.parse(preserved.handle()) : null;
            Network inner = Network.parse(asked.handle());
            return outer != null
                    && inner != null
                    && outer.length() <= inner.length()
                    && outer.contains(asked.handle().substring(0, asked.handle().indexOf('/')));
        }
        return preserved.handle().equals(asked.handle())
                && (preserved.role() == asked.role() || preserved.role() == SelectorRole.EITHER);
    }
}
