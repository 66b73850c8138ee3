/** The {@code lookback} command. */
@NullMarked
package dev.lookback.tool;

import org.jspecify.annotations.NullMarked;
