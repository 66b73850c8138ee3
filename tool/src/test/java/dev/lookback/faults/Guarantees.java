package dev.lookback.faults;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lookback.casework.AuditVerifier;
import dev.lookback.e2e.Instance.Holding;
import dev.lookback.e2e.Instance.Slice;
import dev.lookback.seal.Extract;
import dev.lookback.seal.ExtractVerifier;
import dev.lookback.seal.Manifest;
import dev.lookback.v1.CaseState;
import dev.lookback.v1.ExpiryReceipt;
import dev.lookback.v1.ExtractManifest;
import dev.lookback.v1.LegalRequestStatus;
import dev.lookback.v1.RejectedLookup;
import dev.lookback.v1.SelectorRole;
import java.io.IOException;
import java.security.PublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;

/** What holds whatever happens. */
final class Guarantees {
    private Guarantees() {}

    /** All of them. */
    static List<Guarantee> all(Rules rules, PublicKey sealingKey) {
        return List.of(
                new NothingLost(),
                new NothingTwice(rules),
                new NothingOverdueReadable(),
                new NothingForgottenEarly(),
                new ExtractsExact(sealingKey),
                new ReceiptsAddUp(),
                new AuditChainUnbroken(sealingKey),
                new NothingInTheLogs());
    }

    /** What upstream was told is taken is stored, or refused for a reason that the rules know. */
    static final class NothingLost extends Guarantee {
        @Override
        void bucket(Bucket bucket) {
            count(
                    bucket.lookups.values().stream()
                            .filter(each -> each.isPublished() && !each.isStored() && each.refusedAt == 0)
                            .count(),
                    "%s: lookups that were neither stored nor rightly refused",
                    bucket);
            bucket.lookups.values().forEach(each -> {
                if (each.wronglyRefused != null) {
                    demand(false, "%s: refused: %s", bucket, each.wronglyRefused);
                }
            });
        }

        @Override
        void stray(RejectedLookup reject) {
            demand(false, "a lookup was refused for no reason: %s", reject.getReason());
        }

        @Override
        void vault(Map<Slice, Holding> expected, Map<Slice, Holding> found) {
            expected.forEach((slice, rows) -> {
                long held = found.getOrDefault(slice, new Holding(0, "")).rows();
                count(Math.max(0, rows.rows() - held), "rows that the vault lacks, %s", slice);
            });
        }

        @Override
        void upstream(long acknowledged, long published) {
            count(Math.max(0, acknowledged - published), "lookups were acknowledged and are not there");
        }

        @Override
        void end(int unrejected, int invented) {
            count(unrejected, "lookups that the rules refuse were not rejected");
        }
    }

    /** A lookup has one key and a key one lookup, and there is none that nobody published. */
    static final class NothingTwice extends Guarantee {
        private final Rules rules;

        NothingTwice(Rules rules) {
            this.rules = rules;
        }

        @Override
        void bucket(Bucket bucket) {
            bucket.lookups.values().forEach(each -> {
                demand(each.anotherKey == null, "%s: one lookup under two keys", bucket);
                demand(each.isPublished() || bucket.reopened, "%s: a lookup that nobody published", bucket);
                demand(
                        rules.bucket(each.retentionClass, each.occurredAt) == bucket.index,
                        "%s: a lookup of another time",
                        bucket);
            });
            bucket.rows
                    .values()
                    .forEach(each -> demand(each.anotherLookup == null, "%s: two lookups under one key", bucket));
        }

        @Override
        void upstream(long acknowledged, long published) {
            count(Math.max(0, published - acknowledged), "more lookups are there than were acknowledged");
        }

        @Override
        void end(int unrejected, int invented) {
            count(invented, "refusals of what nobody published");
        }
    }

    /** What is due is gone from the ledger once everything is at rest, and from every vault. */
    static final class NothingOverdueReadable extends Guarantee {
        @Override
        void bucket(Bucket bucket) {
            if (bucket.due) {
                count(
                        bucket.rows.values().stream().filter(Bucket.Row::isLive).count(),
                        "%s: rows without a tombstone",
                        bucket);
            }
        }

        @Override
        void vault(Map<Slice, Holding> expected, Map<Slice, Holding> found) {
            Set<Slice> slices = new HashSet<>(found.keySet());
            slices.addAll(expected.keySet());
            slices.forEach(slice -> {
                Holding due = expected.getOrDefault(slice, new Holding(0, Evidence.digest(List.of())));
                Holding held = found.getOrDefault(slice, new Holding(0, Evidence.digest(List.of())));
                count(Math.max(0, held.rows() - due.rows()), "rows too many in the vault, %s", slice);
                demand(
                        held.rows() != due.rows() || held.keysSha256().equals(due.keysSha256()),
                        "other rows in the vault than in the ledger, %s",
                        slice);
            });
        }
    }

    /** No tombstone, order or receipt before the last lookup of a bucket has passed its deadline. */
    static final class NothingForgottenEarly extends Guarantee {
        @Override
        void bucket(Bucket bucket) {
            count(
                    bucket.rows.values().stream()
                            .filter(each -> each.forgottenAt > 0 && each.forgottenAt < bucket.dueAt)
                            .count(),
                    "%s: rows with a tombstone before it was due",
                    bucket);
            count(
                    bucket.rows.values().stream()
                            .filter(each -> each.ordered && each.orderedAt < bucket.dueAt)
                            .count(),
                    "%s: rows ordered away before it was due",
                    bucket);
            bucket.opened()
                    .forEach(each -> demand(
                            each.getOpenedAt().toEpochMilli() >= bucket.dueAt
                                    && each.getDueAt().toEpochMilli() == bucket.dueAt,
                            "%s: a receipt opened before it was due, or for another time",
                            bucket));
        }
    }

    /** Each receipt states the rows that were live at its position in the ledger, and is closed. */
    static final class ReceiptsAddUp extends Guarantee {
        @Override
        void bucket(Bucket bucket) {
            Map<Integer, TreeSet<LedgerKey>> stored = new HashMap<>();
            bucket.rows.forEach((key, row) -> {
                if (row.lookup != null) {
                    stored.computeIfAbsent(row.partition, none -> new TreeSet<>())
                            .add(key);
                }
            });
            Map<Integer, TreeSet<LedgerKey>> receipted = new HashMap<>();
            for (ExpiryReceipt each : bucket.opened()) {
                TreeSet<LedgerKey> live = new TreeSet<>();
                bucket.rows.forEach((key, row) -> {
                    if (row.partition == each.getPartition() && row.isLiveAt(each.getLedgerPosition())) {
                        live.add(key);
                    }
                });
                demand(
                        each.getRows() == live.size()
                                && HexFormat.of()
                                        .formatHex(each.getKeysSha256().bytes())
                                        .equals(Evidence.digest(live)),
                        "%s, partition %s: receipt %s states %s rows, the ledger had %s",
                        bucket,
                        each.getPartition(),
                        each.getSequence(),
                        each.getRows(),
                        live.size());
                receipted
                        .computeIfAbsent(each.getPartition(), none -> new TreeSet<>())
                        .addAll(live);
            }
            if (bucket.due) {
                stored.forEach((partition, keys) -> {
                    keys.removeAll(receipted.getOrDefault(partition, new TreeSet<>()));
                    count(keys.size(), "%s, partition %s: rows that no receipt counts", bucket, partition);
                });
                demand(bucket.receiptsOpen() == 0, "%s: a receipt was not closed", bucket);
            }
        }
    }

    /**
     * An extract holds what the rules say and nothing else, once: every lookup that was in scope at the instant of receipt
     * and published before the cut that its manifest states. What was published after the cut may be there.
     */
    static final class ExtractsExact extends Guarantee {
        private static final ObjectMapper JSON = new ObjectMapper();
        private static final List<CaseState> STATES = List.of(
                CaseState.RECEIVED,
                CaseState.PRESERVING,
                CaseState.AWAITING_APPROVAL,
                CaseState.APPROVED,
                CaseState.SEALED);

        private final PublicKey sealingKey;

        ExtractsExact(PublicKey sealingKey) {
            this.sealingKey = sealingKey;
        }

        @Override
        void inquiry(Inquiry inquiry, Evidence evidence) {
            List<CaseState> states =
                    inquiry.history.stream().map(LegalRequestStatus::getState).toList();
            demand(states.equals(STATES), "%s went through %s", inquiry, states);
            for (int i = 0; i < inquiry.history.size(); i++) {
                demand(inquiry.history.get(i).getVersion() == i + 1, "%s: versions do not follow", inquiry);
            }
            long manifests = inquiry.pieces.stream()
                    .filter(each -> each.getPiece() instanceof ExtractManifest)
                    .count();
            demand(manifests == 1, "%s has %s manifests", inquiry, manifests);
            if (manifests == 1 && inquiry.receivedAt() != null) {
                try {
                    extract(inquiry, evidence);
                } catch (IOException e) {
                    demand(false, "%s: its extract cannot be read: %s", inquiry, e.getMessage());
                }
            }
        }

        private void extract(Inquiry inquiry, Evidence evidence) throws IOException {
            Extract extract = Extract.of(inquiry.pieces);
            Manifest manifest = Manifest.fromBytes(extract.manifest());
            demand(inquiry.pieces.size() == manifest.parts().size() + 1, "%s: parts are there twice", inquiry);
            demand(
                    ExtractVerifier.verify(extract, sealingKey) instanceof ExtractVerifier.Sound,
                    "%s: the seal does not hold",
                    inquiry);
            Set<Lookup.Id> found = new HashSet<>();
            for (String line : extract.lines()) {
                demand(found.add(id(line)), "%s: a lookup twice", inquiry);
            }
            long receivedAt = Objects.requireNonNull(inquiry.receivedAt());
            Set<Lookup.Id> must = new HashSet<>();
            Set<Lookup.Id> may = new HashSet<>();
            Set<Lookup> candidates = new HashSet<>(evidence.madeBy(inquiry.longKept));
            candidates.addAll(evidence.madeBy(inquiry.shortKept));
            if (inquiry.role == SelectorRole.EITHER) {
                candidates.addAll(evidence.madeAbout(inquiry.longKept));
            }
            for (Lookup each : candidates) {
                boolean inScope = each.isStored()
                        && each.deadline > receivedAt
                        && each.occurredAt >= inquiry.from
                        && each.occurredAt < receivedAt;
                if (inScope) {
                    boolean beforeCut = each.offset < manifest.positions().cut().get(each.partition);
                    (beforeCut ? must : may).add(each.id);
                    demand(
                            beforeCut || each.appendedAt >= receivedAt,
                            "%s: the cut lies before a lookup that was there",
                            inquiry);
                }
            }
            Set<Lookup.Id> missing = new HashSet<>(must);
            missing.removeAll(found);
            count(missing.size(), "%s: lookups missing of %s", inquiry, must.size());
            found.removeAll(must);
            found.removeAll(may);
            count(found.size(), "%s: lookups too many, besides %s", inquiry, must.size());
        }

        private static Lookup.Id id(String line) throws IOException {
            JsonNode json = JSON.readTree(line);
            return Lookup.Id.of(
                    json.get("eventId").asText(),
                    Instant.parse(json.get("occurredAt").asText()),
                    json.get("requester").asText(),
                    json.get("queried").asText());
        }

        @Override
        void answeredAgain(UUID request) {
            demand(false, "request %s was answered again", request);
        }
    }

    /** Every chain follows from its beginning, and its checkpoints are signed. */
    static final class AuditChainUnbroken extends Guarantee {
        private final PublicKey sealingKey;
        private final Map<Integer, AuditVerifier> chains = new TreeMap<>();

        AuditChainUnbroken(PublicKey sealingKey) {
            this.sealingKey = sealingKey;
        }

        @Override
        void audited(Observation.Audited it) {
            AuditVerifier chain = chains.computeIfAbsent(
                    it.partition(),
                    partition -> new AuditVerifier(
                            partition, new AuditVerifier.Terms(List.of(sealingKey), null, null), List.of()));
            if (it.entry() == null) {
                chain.addUnreadable();
            } else {
                chain.add(it.entry());
            }
        }

        @Override
        void end(int unrejected, int invented) {
            chains.forEach((partition, chain) -> {
                AuditVerifier.Verdict verdict = chain.verdict();
                demand(verdict.flaw() == null, "%s", verdict.flaw());
                demand(verdict.first() == 1, "chain %s does not begin at its beginning", partition);
            });
        }
    }

    /** No output of any process names a handle or an address that occurs in the traffic. */
    static final class NothingInTheLogs extends Guarantee {
        @Override
        void logs(String process, long lines, List<String> naming) {
            count(naming.size(), "%s: of %s lines, some name somebody: %s", process, lines, naming);
        }
    }

    static List<String> broken(List<Guarantee> guarantees) {
        List<String> all = new ArrayList<>();
        guarantees.forEach(each -> each.examples().forEach(example -> all.add(each.name() + ": " + example)));
        return all;
    }
}
