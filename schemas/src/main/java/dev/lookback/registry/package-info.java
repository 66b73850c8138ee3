/** A small client for schema registries that speak Confluent's REST API. */
@NullMarked
package dev.lookback.registry;

import org.jspecify.annotations.NullMarked;
