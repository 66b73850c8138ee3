/** Certificates of destruction: what they say, and how anyone checks them offline. */
@NullMarked
package dev.lookback.certificate;

import org.jspecify.annotations.NullMarked;
