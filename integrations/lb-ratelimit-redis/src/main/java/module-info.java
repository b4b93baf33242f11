/** How fast a service may be called by all processes together. */
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"
}) // Lettuce has no descriptor, and its types are in our signatures
module io.fairlead.ratelimit.redis {
    requires transitive io.fairlead;
    requires io.fairlead.ratelimit;
    requires transitive lettuce.core;
    requires com.github.benmanes.caffeine;
    requires org.slf4j;
    requires static org.jspecify;

    exports io.fairlead.ratelimit.redis;

    provides io.fairlead.Factory with
            io.fairlead.ratelimit.redis.RedisAdmissionFactory;
}
