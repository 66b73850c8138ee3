package dev.lookback.casework;

import dev.lookback.handle.Tokens;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.seal.Instants;
import dev.lookback.seal.Manifest;
import dev.lookback.seal.Selector;
import dev.lookback.v1.CaseState;
import dev.lookback.v1.Search;
import dev.lookback.v1.SearchResult;
import dev.lookback.v1.SearchTask;
import dev.lookback.v1.SelectorRole;
import java.time.Instant;
import java.util.List;

/**
 * Searches of one casework partition: sends them to the vault, and counts their ends. A request about the past is
 * searched for once. A standing order is searched for in rounds, each of which finds what has come since the one before:
 * the same search, under the same rules, as any other.
 *
 * <p>A round is opened at an instant (its r: of a request's first round, when the request was received), and goes out at
 * the first tick whose positions were read after that.
 */
final class Searching {
    private final CaseRecords records;
    private final CaseworkSettings settings;
    private final Tokens tokens;
    private final int ledgerPartitions;

    Searching(CaseRecords records, CaseworkSettings settings, Tokens tokens, int ledgerPartitions) {
        this.records = records;
        this.settings = settings;
        this.tokens = tokens;
        this.ledgerPartitions = ledgerPartitions;
    }

    /** Opens the next round of a standing order, if it is time. */
    void openRound(CaseFile file, CaseFile.Request request, long at) {
        boolean collects = file.state == CaseState.AWAITING_APPROVAL || file.state == CaseState.ACTIVE;
        if (file.kind() != CaseRules.Kind.STANDING || !collects || !file.search.ended() || isComplete(file, request)) {
            return;
        }
        boolean isTime = at >= file.search.roundAt + settings.collectInterval().toMillis();
        if (isTime || at >= completeAt(request)) {
            file.search.open(file.search.round + 1, at);
            file.ticks.clear();
        }
    }

    /** Whether all that can come in a standing order's window has been searched for. */
    boolean isComplete(CaseFile file, CaseFile.Request request) {
        return file.search.ended() && file.search.roundAt >= completeAt(request);
    }

    private long completeAt(CaseFile.Request request) {
        return request.to() + settings.collectOverlap().toMillis();
    }

    /**
     * Whether a tick's positions were read after a case's round was opened. These of the first tick that it sees may
     * have been read before: too low a cut. The next tick's will do.
     */
    static boolean isCut(CaseFile file, CaseInput.Ticked tick) {
        Long first = file.ticks.putIfAbsent(tick.ticker(), tick.number());
        return first != null && tick.readAfter() > 0 && first <= tick.readAfter();
    }

    /** Sends the searches of a round. */
    void send(CaseFile file, CaseFile.Request request, CaseInput.Ticked tick, long at) {
        CaseFile.Search search = file.search;
        file.ticks.clear();
        search.waiting = false;
        search.cut = List.copyOf(tick.positions());
        search.rejected = List.copyOf(tick.rejected());
        for (int i = 0; i < request.selectors().size(); i++) {
            send(file, request, i, at);
        }
    }

    private void send(CaseFile file, CaseFile.Request request, int number, long at) {
        CaseFile.Search search = file.search;
        Selector selector = request.selectors().get(number);
        long token = tokens.token(selector.handle());
        boolean one = selector.role() == SelectorRole.REQUESTER;
        int first = one ? LedgerKey.partition(token, ledgerPartitions) : 0;
        int last = one ? first : ledgerPartitions - 1;
        for (int p = first; p <= last; p++) {
            search.endsAwaited.add(number * ledgerPartitions + p);
            search.resultsAwaited.add(number * ledgerPartitions + p);
        }
        // What came in after the round before happened no longer before it than ingest lets lookups be late.
        long from = search.round == 0
                ? request.from()
                : Math.max(
                        request.from(),
                        search.previousRoundAt - settings.collectOverlap().toMillis());
        Search task = Search.newBuilder()
                .setRequestId(file.requestId.toString())
                .setSelector(number)
                .setRole(selector.role())
                .setHandle(selector.handle())
                .setFrom(Instant.ofEpochMilli(from))
                .setTo(Instant.ofEpochMilli(Math.max(from, request.to())))
                .setReceivedAt(Instant.ofEpochMilli(search.roundAt))
                .setCut(search.cut)
                .setRound(search.round)
                .setCountOnly(file.estimate)
                .build();
        records.send(CaseworkTopology.TASKS_SINK, file.requestId.toString(), new SearchTask(task), at);
        if (search.round == 0) { // the others ask for the same
            records.audit(
                    file.requestId.toString(),
                    AuditLog.LOOKBACK,
                    "SEARCH",
                    AuditDetail.of(
                            "selector", number,
                            "role", selector.role(),
                            "token", Tokens.format(token),
                            "from", Instants.format(from),
                            "to", Instants.format(request.to())),
                    at);
        }
    }

    /** Takes note that a search has ended; false if nobody has waited for it. */
    boolean ended(CaseFile file, CaseInput.Ended ended) {
        return ended.round() == file.search.round
                && file.search.endsAwaited.remove(search(ended.selector(), ended.partition()));
    }

    /** Takes what a search says of itself; false if nobody has waited for it. */
    boolean reported(CaseFile file, SearchResult result) {
        CaseFile.Search search = file.search;
        if (result.getRound() != search.round
                || !search.resultsAwaited.remove(search(result.getSelector(), result.getPartition()))) {
            return false;
        }
        search.add(
                result.getSelector(),
                result.getMatched(),
                result.getHorizon().toEpochMilli(),
                result.getOvertaken(),
                result.getPositions());
        return true;
    }

    private int search(int selector, int ledgerPartition) {
        boolean known = selector >= 0 && ledgerPartition >= 0 && ledgerPartition < ledgerPartitions;
        return known ? selector * ledgerPartitions + ledgerPartition : -1; // -1 is never awaited
    }

    /** What a round that has ended has missed: lookups that came and were forgotten since the one before. */
    static void noteGap(CaseFile file, CaseFile.Request request) {
        CaseFile.Search search = file.search;
        long from = Math.max(request.from(), search.previousRoundAt);
        long to = Math.min(request.to(), search.forgottenUntil + 1);
        if (search.round == 0 || from >= to) {
            return;
        }
        List<Manifest.Window> gaps = search.gaps;
        Manifest.Window gap = new Manifest.Window(Instants.format(from), Instants.format(to));
        int last = gaps.size() - 1;
        if (last >= 0 && gaps.get(last).to().compareTo(gap.from()) >= 0) {
            gap = new Manifest.Window(gaps.remove(last).from(), gap.to());
        }
        gaps.add(gap);
    }
}
