/** Measures the pipeline on one machine: lookups a second and their cost, how soon a request is answered, how fast rows are forgotten. */
@NullMarked
package dev.lookback.bench;

import org.jspecify.annotations.NullMarked;
