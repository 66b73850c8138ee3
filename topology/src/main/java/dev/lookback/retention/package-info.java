/** When a lookup is forgotten: classes, policies and cutoffs. Rules alone; nothing here reads a clock or a topic. */
@NullMarked
package dev.lookback.retention;

import org.jspecify.annotations.NullMarked;
