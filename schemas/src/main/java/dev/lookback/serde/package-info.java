/** Avro values in the Confluent wire format. */
@NullMarked
package dev.lookback.serde;

import org.jspecify.annotations.NullMarked;
