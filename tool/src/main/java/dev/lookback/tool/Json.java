package dev.lookback.tool;

import picocli.CommandLine.Option;

/** The option of commands whose result machines may want. */
final class Json {
    @Option(names = "--json", description = "Print the result as JSON.")
    boolean wanted;
}
