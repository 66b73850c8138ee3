package dev.lookback.casework;

import dev.lookback.seal.Manifest;
import dev.lookback.v1.AuditEntry;
import dev.lookback.v1.CaseState;
import dev.lookback.v1.LegalRequestStatus;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/** What a partition of casework puts on record: where its cases stand, and the audit chain. */
final class CaseRecords {
    private final ProcessorContext<String, Object> context;
    private final AuditLog log;
    private final Deadlines deadlines;

    /** When a case ends by itself (milliseconds); null: not by itself. */
    interface Deadlines {
        @Nullable
        Long of(CaseFile file);
    }

    CaseRecords(ProcessorContext<String, Object> context, AuditLog log, Deadlines deadlines) {
        this.context = context;
        this.log = log;
        this.deadlines = deadlines;
    }

    void send(String sink, String key, @Nullable Object value, long at) {
        context.forward(new Record<>(key, value, at), sink);
    }

    /**
     * Puts an entry into the audit chain.
     *
     * @param requestId empty: about none
     * @param officer who acted
     * @param detail {@link AuditDetail}
     */
    void audit(String requestId, String officer, String action, String detail, long at) {
        write(log.append(requestId, officer, action, detail, at), at);
    }

    /** Signs where the chain stands, if that is due. */
    void checkpoint(long at) {
        AuditEntry entry = log.checkpoint(at);
        if (entry != null) {
            write(entry, at);
        }
    }

    private void write(AuditEntry entry, long at) {
        send(CaseworkTopology.AUDIT_SINK, "chain/" + entry.getPartition(), entry, at);
    }

    /** Says that a request of this id is not there, to an officer who asked something of it. */
    void noRequest(UUID requestId, Reason reason, long at) {
        LegalRequestStatus status = LegalRequestStatus.newBuilder()
                .setRequestId(requestId.toString())
                .setVersion(0)
                .setState(CaseState.UNKNOWN)
                .setReason(reason.name())
                .setAt(Instant.ofEpochMilli(at))
                .build();
        send(CaseworkTopology.STATUS_SINK, requestId.toString(), status, at);
    }

    /** Says where a case stands now. */
    void status(CaseFile file, String reason, List<Problem> problems, long at) {
        file.version++;
        LegalRequestStatus.Builder status = LegalRequestStatus.newBuilder()
                .setRequestId(file.requestId.toString())
                .setVersion(file.version)
                .setState(file.state)
                .setReason(reason)
                .setAt(Instant.ofEpochMilli(at))
                .setReceivedAt(Instant.ofEpochMilli(file.receivedAt))
                .setEstimate(file.estimate)
                .setInstrument(file.instrument == null ? null : file.instrument.name())
                .setSubmittedBy(file.submittedBy)
                .setRequestSha256(file.requestSha256)
                .setApprovals(
                        file.approvals.stream().map(Manifest.Approval::officer).toList())
                .setApprovalsNeeded(file.approvalsNeeded)
                .setOverQuota(file.overQuota)
                .setSelectorsDigest(file.selectorsDigest)
                .setNonDisclosureUntil(instant(file.nonDisclosureUntil))
                .setPaperDueAt(instant(file.paperDueAt))
                .setLapsesAt(instant(deadlines.of(file)))
                .setProblems(problems.stream().map(Problem::toString).toList());
        if (!file.approvals.isEmpty()) {
            status.setApprovedBy(file.approvals.get(file.approvals.size() - 1).officer());
        }
        describe(file, status);
        send(CaseworkTopology.STATUS_SINK, file.requestId.toString(), status.build(), at);
    }

    /** What a case that has been minimised does not know any more is left out. */
    private static void describe(CaseFile file, LegalRequestStatus.Builder status) {
        CaseFile.Request request = file.request;
        if (request != null) {
            status.setReference(request.instrument().reference())
                    .setPriority(request.priority().name())
                    .setDueBy(instant(request.dueBy()))
                    .setContinues(
                            request.continues() == null
                                    ? null
                                    : request.continues().toString());
        }
        CaseFile.Outline outline = file.outline;
        if (outline != null) {
            status.setAuthority(outline.authority())
                    .setJurisdiction(outline.jurisdiction())
                    .setSelectors(outline.selectors())
                    .setWindowFrom(Instant.ofEpochMilli(outline.from()))
                    .setWindowTo(Instant.ofEpochMilli(outline.to()));
        }
        CaseFile.Extracted extracted = file.extracted;
        if (extracted != null) {
            status.setLookups(extracted.lookups())
                    .setParts(extracted.parts())
                    .setManifestSha256(extracted.manifestSha256());
        }
        if (file.estimate && file.state == CaseState.CLOSED) {
            status.setEstimates(List.copyOf(file.search.matched.values()));
        }
    }

    private static @Nullable Instant instant(@Nullable Long millis) {
        return millis == null ? null : Instant.ofEpochMilli(millis);
    }
}
