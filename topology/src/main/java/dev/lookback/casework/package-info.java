/**
 * Casework: a legal request from receipt to closing. Commands are checked, searches sent out, preserved copies sealed
 * and released, every step put on record.
 */
@NullMarked
package dev.lookback.casework;

import org.jspecify.annotations.NullMarked;
