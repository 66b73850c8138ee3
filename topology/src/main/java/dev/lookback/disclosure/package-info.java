/** The disclosure policy: what may be disclosed under which instrument, and how many must agree. Rules alone. */
@NullMarked
package dev.lookback.disclosure;

import org.jspecify.annotations.NullMarked;
