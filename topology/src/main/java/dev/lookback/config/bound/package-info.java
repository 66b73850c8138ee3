/** Until when bytes can stay on disk: worked out from the settings in force. */
@org.jspecify.annotations.NullMarked
package dev.lookback.config.bound;
