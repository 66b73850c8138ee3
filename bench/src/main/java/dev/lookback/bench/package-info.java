/** Measures the pipeline on one machine: how many lookups a second, at what cost, and how soon a request is answered. */
@NullMarked
package dev.lookback.bench;

import org.jspecify.annotations.NullMarked;
