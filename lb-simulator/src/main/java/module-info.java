/** What would my configuration have done? */
module io.fairlead.simulator {
    requires transitive io.fairlead;
    requires io.fairlead.client;
    requires com.fasterxml.jackson.databind;
    requires static org.jspecify;

    exports io.fairlead.simulator;
}
