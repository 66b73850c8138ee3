package dev.lookback.tool;

import dev.lookback.config.Durations;
import dev.lookback.config.bound.DiskBound;
import dev.lookback.config.bound.DiskBound.Holds;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Shows what {@code retention bound} has worked out. */
final class RetentionBound {
    private RetentionBound() {}

    /** Prints the bounds; returns the exit code. */
    static int show(Console console, List<DiskBound> bounds, Duration limit, boolean json) {
        List<DiskBound> tooLong =
                bounds.stream().filter(each -> each.exceeds(limit)).toList();
        if (json) {
            console.printJson(bounds.stream().map(each -> toJson(each, limit)).toList());
        } else {
            for (Holds holds : Holds.values()) {
                console.print("Places that hold " + holds.label() + ":");
                bounds.stream().filter(each -> each.holds() == holds).forEach(each -> print(console, each, limit));
            }
            console.print(
                    tooLong.isEmpty()
                            ? "Lookups are gone from every place within " + DiskBound.text(limit) + "."
                            : "In " + tooLong.size() + " places lookups can stay for longer than "
                                    + DiskBound.text(limit) + ": the lines with ! say which, and what adds up to it.");
        }
        return tooLong.isEmpty() ? ExitCodes.OK : ExitCodes.FAILED;
    }

    private static void print(Console console, DiskBound bound, Duration limit) {
        console.print((bound.exceeds(limit) ? "! " : "  ") + bound.place() + ": " + bound.boundText() + " after "
                + bound.since());
        if (bound.exceeds(limit)) {
            console.print("      = " + bound.sumText());
            new TreeMap<>(bound.settings()).forEach((name, value) -> console.print("        " + name + " = " + value));
        }
    }

    private static Map<String, Object> toJson(DiskBound bound, Duration limit) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("place", bound.place());
        json.put("holds", bound.holds().label());
        json.put("since", bound.since());
        json.put("seconds", bound.bound().map(Duration::toSeconds).orElse(null));
        json.put("work", Durations.format(bound.work()));
        json.put("sum", bound.sum());
        json.put("settings", new TreeMap<>(bound.settings()));
        json.put("exceedsLimit", bound.exceeds(limit));
        return json;
    }
}
