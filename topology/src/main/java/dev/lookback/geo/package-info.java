/** Where the network of an address is, by MaxMind databases; and addresses in text form, read without any DNS. */
@NullMarked
package dev.lookback.geo;

import org.jspecify.annotations.NullMarked;
