package io.fairlead.ratelimit;

import io.fairlead.Environment;
import io.fairlead.Factory;
import io.fairlead.RateLimiter;
import io.fairlead.Settings;
import java.time.Duration;
import java.util.Set;

/** Makes limiters by name: {@code token-bucket} with the settings permits (required), per (default 1s) and burst. */
public final class RateLimiterFactory implements Factory<RateLimiter> {

    /** For the service loader. */
    public RateLimiterFactory() {}

    @Override
    public Class<RateLimiter> type() {
        return RateLimiter.class;
    }

    @Override
    public Set<String> names() {
        return Set.of("token-bucket");
    }

    @Override
    public RateLimiter create(String name, Settings settings, Environment env) {
        settings.known("permits", "per", "burst");
        settings.required("permits");
        long permits = settings.number("permits", 1, 1, Long.MAX_VALUE);
        TokenBucketBuilder bucket = RateLimiters.tokenBucket(permits, settings.duration("per", Duration.ofSeconds(1)))
                .environment(env);
        return settings.text("burst") == null
                ? bucket.build()
                : bucket.burst(settings.number("burst", 1, 1, Long.MAX_VALUE)).build();
    }
}
