package dev.lookback.tool;

import java.io.BufferedReader;
import java.time.Clock;
import java.util.Map;

/**
 * What a command finds around it, so that tests can put something else there.
 *
 * @param console where it speaks
 * @param input standard input
 * @param environment the process's variables
 * @param clock the wall clock
 */
record Surroundings(Console console, BufferedReader input, Map<String, String> environment, Clock clock) {}
