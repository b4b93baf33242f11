/** What proves that it is us. */
module io.fairlead.crypto {
    requires transitive io.fairlead;
    requires com.fasterxml.jackson.core;
    requires com.nimbusds.jose.jwt;
    requires org.bouncycastle.pkix;
    requires org.bouncycastle.provider;
    requires org.slf4j;
    requires com.github.benmanes.caffeine;
    requires static org.jspecify;

    exports io.fairlead.crypto;

    provides io.fairlead.Factory with
            io.fairlead.crypto.SignerFactory,
            io.fairlead.crypto.BodyFactory;
}
