package dev.lookback.faults;

import dev.lookback.bench.Percentiles;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** What was tried, and what came of it, as a table. */
final class Matrix {
    private record Trial(Fault.Blow blow, long lookups, Map<String, Long> broken) {}

    private final Map<Fault, List<Trial>> trials = new EnumMap<>(Fault.class);

    /**
     * A trial.
     *
     * @param lookups published from its beginning to the next one's
     * @param broken how often each guarantee was found broken meanwhile
     */
    void add(Fault fault, Fault.Blow blow, long lookups, Map<String, Long> broken) {
        trials.computeIfAbsent(fault, none -> new ArrayList<>()).add(new Trial(blow, lookups, broken));
    }

    int kills() {
        return trials.values().stream()
                .flatMap(List::stream)
                .filter(each -> each.blow.hit())
                .mapToInt(each -> each.blow.kills())
                .sum();
    }

    List<Fault> neverHit() {
        return trials.entrySet().stream()
                .filter(each -> each.getValue().stream().noneMatch(trial -> trial.blow.hit()))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Markdown. */
    String table() {
        StringBuilder text = new StringBuilder("""
                | fault | tried | hit | `kill -9` | lookups | lost | twice | overdue readable | forgotten early | extracts wrong | receipts wrong | lookups served again after p50 / p99 / max | requests answered again after p50 / p99 / max |
                |---|---|---|---|---|---|---|---|---|---|---|---|---|
                """);
        trials.forEach((fault, all) -> text.append(String.format(
                "| %s | %d | %d | %d | %,d | %d | %d | %d | %d | %d | %d | %s | %s |%n",
                fault.what(),
                all.size(),
                all.stream().filter(each -> each.blow.hit()).count(),
                all.stream().mapToInt(each -> each.blow.kills()).sum(),
                all.stream().mapToLong(Trial::lookups).sum(),
                broken(all, "NothingLost"),
                broken(all, "NothingTwice"),
                broken(all, "NothingOverdueReadable"),
                broken(all, "NothingForgottenEarly"),
                broken(all, "ExtractsExact"),
                broken(all, "ReceiptsAddUp"),
                seconds(all.stream().mapToLong(each -> each.blow.lookupsMillis())),
                seconds(all.stream().mapToLong(each -> each.blow.requestsMillis())))));
        return text.toString();
    }

    private static long broken(List<Trial> trials, String guarantee) {
        return trials.stream()
                .mapToLong(each -> each.broken.getOrDefault(guarantee, 0L))
                .sum();
    }

    private static String seconds(LongStream millis) {
        Percentiles seconds = Percentiles.of(millis.mapToObj(each -> each / 1e3).toList());
        return String.format("%.1f / %.1f / %.1f s", seconds.p50(), seconds.p99(), seconds.greatest());
    }
}
