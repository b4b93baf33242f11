/**
 * The vocabulary of Fairlead: the interfaces that users implement and the values that the client hands them.
 *
 * @see io.fairlead.Service
 */
module io.fairlead {
    requires transitive java.net.http;
    requires static org.jspecify;

    exports io.fairlead;

    uses io.fairlead.Factory;
}
