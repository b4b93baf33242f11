/** Ways to choose an endpoint. */
module io.fairlead.strategies {
    requires transitive io.fairlead;
    requires static org.jspecify;

    exports io.fairlead.strategies;

    provides io.fairlead.Factory with
            io.fairlead.strategies.BalancerFactory;
}
