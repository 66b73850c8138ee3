/** Admission and enrichment of lookups; the only writer of the ledgers, tombstones included. */
@NullMarked
package dev.lookback.ingest;

import org.jspecify.annotations.NullMarked;
