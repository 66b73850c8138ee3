/** The vault: mirrors of the ledgers, their expiry, and the searches over them. */
@NullMarked
package dev.lookback.vault;

import org.jspecify.annotations.NullMarked;
