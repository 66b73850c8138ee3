/** IP addresses and networks: text to bytes, and which address lies in which network. */
@NullMarked
package dev.lookback.address;

import org.jspecify.annotations.NullMarked;
