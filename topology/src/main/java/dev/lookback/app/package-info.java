/** Runs the topologies as an application: clients, ticker, readiness, metrics. The one package that does I/O for them. */
@NullMarked
package dev.lookback.app;

import org.jspecify.annotations.NullMarked;
