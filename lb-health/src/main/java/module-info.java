/** Who may be chosen: active probes and passive ejections. */
module io.fairlead.health {
    requires transitive io.fairlead;
    requires static org.jspecify;

    exports io.fairlead.health;
}
