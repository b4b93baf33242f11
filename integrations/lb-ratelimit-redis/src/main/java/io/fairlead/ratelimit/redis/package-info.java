/** A limit that many processes keep together over one Redis or Valkey; {@link io.fairlead.ratelimit.redis.RedisLimits} is the front door. */
@NullMarked
package io.fairlead.ratelimit.redis;

import org.jspecify.annotations.NullMarked;
