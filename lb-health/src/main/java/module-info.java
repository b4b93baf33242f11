/** Who may be chosen. */
module io.fairlead.health {
    requires transitive io.fairlead;
    requires static org.jspecify;

    exports io.fairlead.health;

    provides io.fairlead.Factory with
            io.fairlead.health.AdmissionFactory,
            io.fairlead.health.EjectionFactory,
            io.fairlead.health.ConcurrencyLimitFactory;
}
