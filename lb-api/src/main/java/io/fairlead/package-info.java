/**
 * The vocabulary: a {@link io.fairlead.Service} says how one partner is called, a {@link io.fairlead.Target} is one of its
 * servers, and the interfaces beside them ({@link io.fairlead.Balancer}, {@link io.fairlead.RateLimiter},
 * {@link io.fairlead.RequestSigner} and so on) are the places where a user's own code plugs in.
 *
 * <p>References are never null unless marked {@code @Nullable}.
 */
@NullMarked
package io.fairlead;

import org.jspecify.annotations.NullMarked;
