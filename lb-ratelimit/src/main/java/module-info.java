/** How fast an endpoint or a service may be called. */
module io.fairlead.ratelimit {
    requires transitive io.fairlead;
    requires static org.jspecify;

    exports io.fairlead.ratelimit;
}
