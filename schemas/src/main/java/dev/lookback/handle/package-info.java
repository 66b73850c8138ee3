/** Handles (phone numbers, e-mail addresses) and the tokens that stand for them. */
@NullMarked
package dev.lookback.handle;

import org.jspecify.annotations.NullMarked;
