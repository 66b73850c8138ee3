/** Who may give orders, and what they have signed: registered officers and their signatures. */
@NullMarked
package dev.lookback.officers;

import org.jspecify.annotations.NullMarked;
