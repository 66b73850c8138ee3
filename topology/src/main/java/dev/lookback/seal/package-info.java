/** Keys, signatures, and extracts: what an extract says of itself and how anyone checks it, offline. */
@NullMarked
package dev.lookback.seal;

import org.jspecify.annotations.NullMarked;
