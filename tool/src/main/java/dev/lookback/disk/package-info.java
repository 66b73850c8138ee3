/** What lies in files, whatever their owners think is in them: proof that something is gone, or where it still is. */
@org.jspecify.annotations.NullMarked
package dev.lookback.disk;
