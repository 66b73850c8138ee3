/** The names of the topics, each with its serdes. */
@NullMarked
package dev.lookback.topics;

import org.jspecify.annotations.NullMarked;
