/** What time it is, as far as the machine's clock can be trusted: rules alone, no Kafka. */
@NullMarked
package dev.lookback.clock;

import org.jspecify.annotations.NullMarked;
