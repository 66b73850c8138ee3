/**
 * Cryptographic erase (NIST SP 800-88): lookups encrypted in ledger and vault under a key for each class and
 * bucket, which is destroyed once all of them are forgotten. An option, off by default.
 */
@NullMarked
package dev.lookback.custody;

import org.jspecify.annotations.NullMarked;
