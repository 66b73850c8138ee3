package dev.lookback.faults;

import dev.lookback.v1.ExpiryReceipt;
import dev.lookback.v1.ExtractManifest;
import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.ReceiptPhase;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * Shows that each guarantee can fail: what a real run has shown is looked at again with one thing changed in it.
 *
 * @param name what is changed
 * @param red the guarantee that must notice
 * @param change changes a copy of what was seen
 */
record Sabotage(String name, Class<? extends Guarantee> red, Change change) {
    private static final long SURELY_BEFORE_MILLIS = 3_000;

    /** Changes observations in place. */
    interface Change {
        void apply(List<Observation> seen, List<Inquiry> inquiries);
    }

    static List<Sabotage> all(Rules rules) {
        return List.of(
                new Sabotage("a lookup was never stored", Guarantees.NothingLost.class, (seen, inquiries) -> {
                    LedgerKey key = aStoredOne(seen, Rules.SHORT).key();
                    seen.removeIf(each ->
                            each instanceof Observation.Ledger it && it.key().equals(key));
                }),
                new Sabotage(
                        "an invalid lookup was not rejected",
                        Guarantees.NothingLost.class,
                        (seen, inquiries) -> seen.remove(first(seen, Observation.Rejected.class, each -> true))),
                new Sabotage(
                        "a lookup was stored under a second key", Guarantees.NothingTwice.class, (seen, inquiries) -> {
                            Observation.Ledger put = aStoredOne(seen, Rules.DEFAULT);
                            LedgerKey key = put.key();
                            seen.add(with(
                                    put,
                                    new LedgerKey(
                                            key.bucket(), key.token(), key.occurredAt(), key.idHigh(), key.idLow() ^ 1),
                                    put.event(),
                                    put.writtenAt()));
                        }),
                new Sabotage(
                        "a lookup was stored that nobody published",
                        Guarantees.NothingTwice.class,
                        (seen, inquiries) -> {
                            Observation.Ledger put = aStoredOne(seen, Rules.DEFAULT);
                            seen.removeIf(each -> each instanceof Observation.Published it
                                    && Rules.isValid(it.event())
                                    && it.event()
                                            .getEventId()
                                            .equals(Objects.requireNonNull(put.event())
                                                    .getEventId()));
                        }),
                new Sabotage("a row has no tombstone", Guarantees.NothingOverdueReadable.class, (seen, inquiries) -> {
                    LedgerKey key = aStoredOne(seen, Rules.SHORT).key();
                    seen.removeIf(each -> each instanceof Observation.Ledger it
                            && it.event() == null
                            && it.key().equals(key));
                }),
                new Sabotage(
                        "a tombstone came a millisecond early",
                        Guarantees.NothingForgottenEarly.class,
                        (seen, inquiries) -> {
                            Observation.Ledger tombstone =
                                    first(seen, Observation.Ledger.class, each -> each.event() == null);
                            seen.set(
                                    seen.indexOf(tombstone),
                                    with(
                                            tombstone,
                                            tombstone.key(),
                                            null,
                                            rules.dueAt(
                                                            tombstone.retentionClass(),
                                                            tombstone.key().bucket())
                                                    - 1));
                        }),
                new Sabotage(
                        "a lookup in scope is not in the extract",
                        Guarantees.ExtractsExact.class,
                        (seen, inquiries) -> {
                            Observation.Ledger put = first(
                                    seen,
                                    Observation.Ledger.class,
                                    each -> inquiries.stream().anyMatch(inquiry -> isInScope(each, inquiry)));
                            Observation.Published published = first(
                                    seen,
                                    Observation.Published.class,
                                    each -> each.event()
                                            .getEventId()
                                            .equals(Objects.requireNonNull(put.event())
                                                    .getEventId()));
                            LookupEvent another = LookupEvent.newBuilder(published.event())
                                    .setEventId(new UUID(0x4000, 1L << 63).toString())
                                    .build();
                            seen.add(new Observation.Published(
                                    published.partition(), published.offset(), published.appendedAt(), another));
                            seen.add(with(
                                    put,
                                    new LedgerKey(
                                            put.key().bucket(), 1, put.key().occurredAt(), 0x4000, 1L << 63),
                                    another,
                                    put.writtenAt()));
                        }),
                new Sabotage(
                        "a manifest is there twice",
                        Guarantees.ExtractsExact.class,
                        (seen, inquiries) -> seen.add(first(
                                seen,
                                Observation.Disclosed.class,
                                each -> each.piece().getPiece() instanceof ExtractManifest))),
                new Sabotage("a request was never answered", Guarantees.ExtractsExact.class, (seen, inquiries) -> {
                    UUID id = inquiries.get(0).id;
                    seen.removeIf(each -> each instanceof Observation.Disclosed it
                            && it.request().equals(id));
                }),
                new Sabotage("a receipt counts one row more", Guarantees.ReceiptsAddUp.class, (seen, inquiries) -> {
                    Observation.Receipted opened = first(
                            seen,
                            Observation.Receipted.class,
                            each -> each.receipt().getPhase() == ReceiptPhase.OPENED);
                    ExpiryReceipt altered = ExpiryReceipt.newBuilder(opened.receipt())
                            .setRows(opened.receipt().getRows() + 1)
                            .build();
                    seen.set(seen.indexOf(opened), new Observation.Receipted(altered));
                }),
                new Sabotage(
                        "a receipt was not closed",
                        Guarantees.ReceiptsAddUp.class,
                        (seen, inquiries) -> seen.remove(first(
                                seen,
                                Observation.Receipted.class,
                                each -> each.receipt().getPhase() == ReceiptPhase.CLOSED))),
                new Sabotage(
                        "an entry of the audit is missing",
                        Guarantees.AuditChainUnbroken.class,
                        (seen, inquiries) -> seen.remove(first(
                                seen,
                                Observation.Audited.class,
                                each -> each.entry() != null && each.entry().getSequence() == 2))));
    }

    /** Well before the request came, so that it lies before the cut. */
    private static boolean isInScope(Observation.Ledger put, Inquiry inquiry) {
        Long receivedAt = inquiry.receivedAt();
        return put.event() != null
                && receivedAt != null
                && put.event().getRequester().equals(inquiry.longKept)
                && put.event().getOccurredAt().toEpochMilli() >= inquiry.from
                && put.writtenAt() < receivedAt - SURELY_BEFORE_MILLIS;
    }

    private static Observation.Ledger aStoredOne(List<Observation> seen, String retentionClass) {
        return first(
                seen,
                Observation.Ledger.class,
                each -> each.event() != null && each.retentionClass().equals(retentionClass));
    }

    private static Observation.Ledger with(
            Observation.Ledger record, LedgerKey key, LookupEvent event, long writtenAt) {
        return new Observation.Ledger(
                record.retentionClass(),
                record.partition(),
                record.offset(),
                writtenAt,
                key,
                event,
                record.sourcePartition(),
                record.receivedAt());
    }

    private static <T extends Observation> T first(List<Observation> seen, Class<T> kind, Predicate<T> wanted) {
        return seen.stream()
                .filter(kind::isInstance)
                .map(kind::cast)
                .filter(wanted)
                .findFirst()
                .orElseThrow(() -> new AssertionError("nothing was seen to change: " + kind.getSimpleName()));
    }

    /** Looks at it all again; what is broken, by guarantee. */
    static List<Guarantee> again(
            Collection<Observation> seen,
            Collection<Inquiry> inquiries,
            Rules rules,
            PublicKey sealingKey,
            long rested) {
        List<Guarantee> guarantees = Guarantees.all(rules, sealingKey);
        Evidence evidence = new Evidence(rules, guarantees);
        inquiries.forEach(each -> {
            evidence.watch(each.longKept);
            evidence.watch(each.shortKept);
            evidence.filed(new Inquiry(each.id, each.role, each.longKept, each.shortKept, each.from, each.digest));
        });
        seen.forEach(evidence::accept);
        evidence.finish(rested);
        return guarantees;
    }

    /** Who noticed. */
    List<String> noticed(
            List<Observation> seen, List<Inquiry> inquiries, Rules rules, PublicKey sealingKey, long rested) {
        List<Observation> changed = new ArrayList<>(seen);
        change.apply(changed, inquiries);
        return again(changed, inquiries, rules, sealingKey, rested).stream()
                .filter(each -> each.broken() > 0)
                .map(Guarantee::name)
                .toList();
    }
}
