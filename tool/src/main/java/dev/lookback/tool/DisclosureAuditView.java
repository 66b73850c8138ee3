package dev.lookback.tool;

import dev.lookback.casework.AuditDetail;
import dev.lookback.casework.AuditVerifier.Flaw;
import dev.lookback.casework.AuditVerifier.Kept;
import dev.lookback.casework.AuditVerifier.Verdict;
import dev.lookback.casework.SignedHead;
import dev.lookback.seal.Instants;
import dev.lookback.v1.AuditEntry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How people and machines see the audit of disclosures. */
final class DisclosureAuditView {
    private static final String ROW = "%-24s  %-10s  %-18s  %-16s  %-36s  %s";

    private DisclosureAuditView() {}

    /** Whether nothing is wrong with any chain. */
    static boolean isSound(Collection<Verdict> verdicts) {
        return verdicts.stream().allMatch(each -> each.flaw() == null);
    }

    /** What verifying found, a line or more for each chain, then all in one. */
    static List<String> lines(Collection<Verdict> verdicts, boolean keysGiven) {
        List<String> lines = new ArrayList<>();
        for (Verdict each : verdicts) {
            String name = "Chain " + each.partition();
            Flaw flaw = each.flaw();
            lines.add(flaw == null ? name + ": " + extent(each, keysGiven) : "NOT SOUND: " + flaw);
            each.heads()
                    .forEach(head -> lines.add(
                            "  " + name + " " + (head.kept() == Kept.HELD ? "holds" : "no longer reaches back to")
                                    + " entry " + head.sequence() + ", its head of " + head.at()));
            if (each.doubt() != null) {
                lines.add("? " + name + " " + each.doubt());
            }
        }
        long entries = verdicts.stream().mapToLong(Verdict::entries).sum();
        if (!isSound(verdicts)) {
            lines.add("NOT SOUND: of each chain, the first thing that is wrong is named above.");
        } else if (keysGiven) {
            lines.add("Sound: " + Console.count(entries) + " entries in " + verdicts.size() + " chains.");
        } else {
            lines.add("Linked: " + Console.count(entries) + " entries in " + verdicts.size()
                    + " chains follow from one another. Who wrote them was not checked (no --key).");
        }
        return lines;
    }

    private static String extent(Verdict verdict, boolean keysGiven) {
        if (verdict.entries() == 0) {
            return "no entries";
        }
        String extent = "entries " + verdict.first() + " to " + verdict.last();
        SignedHead signed = verdict.signed();
        if (signed != null) {
            extent += ", proven up to " + (signed.sequence() + 1) + " by the checkpoint of " + signed.at();
        }
        if (keysGiven && verdict.unsigned() > 0) {
            extent += "; the last " + Console.count(verdict.unsigned()) + " not signed yet";
        }
        return extent;
    }

    /** The same for machines. */
    static Map<String, Object> json(Collection<Verdict> verdicts, boolean keysGiven) {
        List<Map<String, Object>> chains = new ArrayList<>();
        for (Verdict each : verdicts) {
            Map<String, Object> chain = new LinkedHashMap<>();
            chain.put("partition", each.partition());
            chain.put("entries", each.entries());
            chain.put("first", each.first());
            chain.put("firstAt", text(each.firstAt()));
            chain.put("last", each.last());
            chain.put("checkpoints", each.checkpoints());
            chain.put("signedHead", each.signed());
            chain.put("unsigned", keysGiven ? Long.valueOf(each.unsigned()) : null);
            chain.put("heads", each.heads());
            chain.put("doubt", each.doubt());
            chain.put("flaw", each.flaw());
            chains.add(chain);
        }
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("sound", isSound(verdicts));
        json.put("signaturesVerified", keysGiven);
        json.put("chains", chains);
        return json;
    }

    /** A head line for {@link #line}. */
    static String header() {
        return String.format(Locale.ROOT, ROW, "WHEN (UTC)", "ENTRY", "WHAT", "WHO", "REQUEST", "DETAIL")
                .strip();
    }

    /** An entry as people read it. */
    static String line(AuditEntry entry) {
        return String.format(
                        Locale.ROOT,
                        ROW,
                        Instants.format(entry.getAt()),
                        entry.getPartition() + "/" + entry.getSequence(),
                        entry.getAction(),
                        entry.getOfficer(),
                        entry.getRequestId(),
                        entry.getDetail())
                .stripTrailing();
    }

    /** An entry for machines; its detail as text, and its pairs as far as it has that form. */
    static Map<String, Object> json(AuditEntry entry) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("partition", entry.getPartition());
        json.put("sequence", entry.getSequence());
        json.put("at", Instants.format(entry.getAt()));
        json.put("requestId", entry.getRequestId());
        json.put("officer", entry.getOfficer());
        json.put("action", entry.getAction());
        json.put("detail", entry.getDetail());
        json.put("pairs", pairs(entry));
        return json;
    }

    /** The pairs of an entry's detail; none if it has no such form. */
    static Map<String, String> pairs(AuditEntry entry) {
        try {
            return AuditDetail.parse(entry.getDetail());
        } catch (IllegalArgumentException e) {
            return Map.of();
        }
    }

    private static @Nullable String text(@Nullable Instant instant) {
        return instant == null ? null : Instants.format(instant);
    }
}
