/** How fast a service may be called. */
module io.fairlead.ratelimit {
    requires transitive io.fairlead;
    requires com.github.benmanes.caffeine;
    requires static org.jspecify;

    exports io.fairlead.ratelimit;

    provides io.fairlead.Factory with
            io.fairlead.ratelimit.RateLimiterFactory,
            io.fairlead.ratelimit.AdmissionFactory;
}
