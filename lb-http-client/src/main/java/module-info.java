/** The balanced client: the way of a request through all the other modules. */
module io.fairlead.client {
    requires transitive io.fairlead;
    requires io.fairlead.health;
    requires io.fairlead.ratelimit;
    requires io.fairlead.strategies;
    requires org.slf4j;
    requires static org.jspecify;

    exports io.fairlead.client;
}
