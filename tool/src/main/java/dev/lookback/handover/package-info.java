/** What is handed over for a request: one folder with the sealed records and what people need to read and check them. */
@NullMarked
package dev.lookback.handover;

import org.jspecify.annotations.NullMarked;
