package io.fairlead;

import javax.net.ssl.SSLContext;

/**
 * Where the TLS keys and trust of a service come from, if they may be exchanged while they are in use.
 *
 * <p>Asked before every attempt, by many threads at once: it answers at once, from memory. As long as it returns the same object,
 * connections and sessions are kept; another object begins a new generation of connections, while the old one finishes what it has
 * in flight and takes nothing more.
 *
 * <p>Whatever changes the rules (a key, the trust, a pin, a revocation) must therefore return a context that was made afresh: a session
 * that an older one has cached is resumed without asking its trust manager (RFC 8446, section 2.2), past the new rule.
 */
@FunctionalInterface
public interface TlsSource {

    /** The context of now; never null. */
    SSLContext context();

    /** A context that never changes. Sources of the same context are equal, so that services may share its connections. */
    static TlsSource of(SSLContext context) {
        return new FixedTls(Require.notNull(context, "SSL context"));
    }
}
