/**
 * The product under faults: three brokers, a registry and several instances of the application on one machine, blows drawn
 * from a seed, and guarantees that watch what goes in and what comes out and know nothing of the product but its records.
 */
@NullMarked
package dev.lookback.faults;

import org.jspecify.annotations.NullMarked;
