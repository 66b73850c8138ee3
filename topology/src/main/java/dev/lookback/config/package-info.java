/** Settings: one definition of every setting, where values come from, and what Kafka's clients are given. */
@NullMarked
package dev.lookback.config;

import org.jspecify.annotations.NullMarked;
