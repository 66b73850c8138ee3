/** ACLs as code: what {@code deploy/acls.yaml} allows whom, what a cluster allows, and the way from one to the other. */
@NullMarked
package dev.lookback.config.acls;

import org.jspecify.annotations.NullMarked;
