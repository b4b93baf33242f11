/** What proves that it is us. */
module io.fairlead.crypto {
    requires transitive io.fairlead;
    requires com.github.benmanes.caffeine;
    requires static org.jspecify;

    exports io.fairlead.crypto;

    provides io.fairlead.Factory with
            io.fairlead.crypto.SignerFactory;
}
