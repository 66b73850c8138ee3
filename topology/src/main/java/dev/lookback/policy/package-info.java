/** The policies of retention as a topology reads them: the topic retention-policies, held whole in every instance. */
@NullMarked
package dev.lookback.policy;

import org.jspecify.annotations.NullMarked;
