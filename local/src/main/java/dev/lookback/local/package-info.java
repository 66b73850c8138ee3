/** The one-machine stack that the demo, the tests and the benchmarks use: real broker, real registry, sample data. */
@NullMarked
package dev.lookback.local;

import org.jspecify.annotations.NullMarked;
