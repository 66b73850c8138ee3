/** The keys of lookups in the ledger and of their preserved copies. */
@NullMarked
package dev.lookback.ledger;

import org.jspecify.annotations.NullMarked;
