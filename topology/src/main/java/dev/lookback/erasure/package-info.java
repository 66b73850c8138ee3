/** Erasure on demand: officers' signed orders, held whole in every instance, and which lookups they cover. */
@NullMarked
package dev.lookback.erasure;

import org.jspecify.annotations.NullMarked;
