package io.fairlead;

import javax.net.ssl.SSLContext;

/** TLS keys and trust that never change. */
record FixedTls(SSLContext context) implements TlsSource {

    @Override
    public String toString() {
        return "TlsSource[fixed]";
    }
}
