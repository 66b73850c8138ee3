/** Topics as code: what {@code deploy/topics.yaml} wants, what a cluster has, and the way from one to the other. */
@NullMarked
package dev.lookback.config.topics;

import org.jspecify.annotations.NullMarked;
