/** What proves who is calling, and hides what must be hidden: signers and bodies. */
module io.fairlead.crypto {
    requires transitive io.fairlead;
    requires static org.jspecify;

    exports io.fairlead.crypto;
}
