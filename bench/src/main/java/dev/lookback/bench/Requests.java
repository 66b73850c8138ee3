package dev.lookback.bench;

import dev.lookback.casework.Command.Approve;
import dev.lookback.casework.Command.Ask;
import dev.lookback.casework.Command.Instrument;
import dev.lookback.casework.Command.Particulars;
import dev.lookback.casework.Command.Submit;
import dev.lookback.casework.CommandCodec;
import dev.lookback.disclosure.InstrumentType;
import dev.lookback.local.LocalStack;
import dev.lookback.seal.KeyFiles;
import dev.lookback.seal.Manifest;
import dev.lookback.v1.CaseState;
import dev.lookback.v1.LegalRequestStatus;
import dev.lookback.v1.SelectorRole;
import java.io.IOException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** Files requests as the stack's two officers do, and verifies what comes of them. */
final class Requests {
    private static final Duration CASE_LIMIT = Duration.ofMinutes(5);

    private static final Instrument PAPER = new Instrument(
            InstrumentType.COURT_ORDER,
            "Bench 1/26",
            "Example District Court",
            "Nowhere",
            null,
            null,
            "0".repeat(64)); // of no document

    /**
     * A request that has been sealed, its extract verified.
     *
     * @param searchedMillis from submitting until it awaited approval; 0 if it was approved at once
     * @param sealedMillis from approving until it was sealed
     */
    record Answered(Manifest manifest, LegalRequestStatus sealed, long searchedMillis, long sealedMillis) {}

    /**
     * A request whose search is over and that awaits approval. Times are milliseconds since the epoch.
     *
     * @param submitted the signed command
     */
    record Searched(UUID id, String submitted, long submittedAt, long searchedAt) {
        long millis() {
            return searchedAt - submittedAt;
        }
    }

    /** A request on its way. */
    record Filed(UUID id, long approvedAt) {}

    private final Tool tool;
    private final Clock clock;
    private final PrivateKey intake;
    private final PrivateKey approver;
    private final PublicKey seal;

    Requests(LocalStack stack, Tool tool, Clock clock) throws IOException {
        this.tool = tool;
        this.clock = clock;
        this.intake = stack.officerKeys(LocalStack.INTAKE_OFFICER).getPrivate();
        this.approver = stack.officerKeys(LocalStack.APPROVING_OFFICER).getPrivate();
        this.seal = KeyFiles.readPublicKey(stack.sealingPublicKey());
    }

    /**
     * Files a request for one handle, approves it, and waits until it is sealed.
     *
     * @param atOnce whether it is approved without waiting for its search
     */
    Answered ask(SelectorRole role, String handle, Instant from, Instant to, boolean atOnce) {
        if (atOnce) {
            return answer(file(role, handle, from, to));
        }
        return seal(search(role, handle, from, to));
    }

    /** Files a request and waits until its search is over. Nobody approves it. */
    Searched search(SelectorRole role, String handle, Instant from, Instant to) {
        UUID id = UUID.randomUUID();
        String submitted = submission(id, role, handle, from, to);
        tool.follow(id);
        long submittedAt = clock.millis();
        tool.post(id, submitted);
        await(id, CaseState.AWAITING_APPROVAL);
        return new Searched(id, submitted, submittedAt, clock.millis());
    }

    /** Approves a request that awaits it, and waits until it is sealed. */
    Answered seal(Searched searched) {
        String approved = approval(searched.id, searched.submitted);
        long approvedAt = clock.millis();
        tool.post(searched.id, approved);
        return answer(new Filed(searched.id, approvedAt), searched.millis());
    }

    /** Files and approves a request, and waits for nothing. */
    Filed file(SelectorRole role, String handle, Instant from, Instant to) {
        UUID id = UUID.randomUUID();
        String submitted = submission(id, role, handle, from, to);
        String approved = approval(id, submitted);
        tool.follow(id);
        tool.post(id, submitted);
        long approvedAt = clock.millis();
        tool.post(id, approved);
        return new Filed(id, approvedAt);
    }

    /** Waits until a request that was filed is sealed. */
    Answered answer(Filed filed) {
        return answer(filed, 0);
    }

    private Answered answer(Filed filed, long searchedMillis) {
        LegalRequestStatus sealed = await(filed.id, CaseState.SEALED);
        long sealedMillis = clock.millis() - filed.approvedAt;
        return new Answered(tool.verified(filed.id, seal), sealed, searchedMillis, sealedMillis);
    }

    private String submission(UUID id, SelectorRole role, String handle, Instant from, Instant to) {
        Submit submit = new Submit(
                id,
                UUID.randomUUID(),
                clock.instant(),
                false,
                PAPER,
                List.of(new Ask(role, handle, null)),
                from,
                to,
                Particulars.NONE);
        return CommandCodec.sign(submit, LocalStack.INTAKE_OFFICER, intake);
    }

    private String approval(UUID id, String submitted) {
        Approve approve = new Approve(id, UUID.randomUUID(), clock.instant(), CommandCodec.digest(submitted));
        return CommandCodec.sign(approve, LocalStack.APPROVING_OFFICER, approver);
    }

    private LegalRequestStatus await(UUID id, CaseState state) {
        LegalRequestStatus status = tool.await(id, state, CASE_LIMIT);
        if (status == null) {
            throw new IllegalStateException("A request is not " + state + " after " + CASE_LIMIT);
        }
        return status;
    }
}
