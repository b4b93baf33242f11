package io.fairlead.crypto;

import java.net.http.HttpRequest;
import java.util.Map;

/** A token that proves by being known (RFC 6750): nothing is signed, so it is never sent in the clear. */
final class Bearer implements Scheme {

    private final String value;

    Bearer(String token) {
        if (!Values.quotable(token, "token").matches("[A-Za-z0-9._~+/-]+=*")) {
            throw new IllegalArgumentException(
                    "token is not allowed: allowed are A-Z a-z 0-9 - . _ ~ + / and = at its end");
        }
        this.value = "Bearer " + token;
    }

    @Override
    public Draft draft(HttpRequest request, long millis, String nonce) {
        if (!"https".equalsIgnoreCase(request.uri().getScheme())
                && !isLoopback(request.uri().getHost())) {
            throw new IllegalArgumentException("scheme is " + request.uri().getScheme()
                    + ": a bearer token goes over https alone (RFC 6750, section 5.3), but for this machine itself");
        }
        return sha256 -> Map.of("Authorization", value);
    }

    private static boolean isLoopback(String host) {
        return host != null
                && (host.equals("localhost") || host.equals("[::1]") || host.matches("127(\\.[0-9]{1,3}){3}"));
    }

    @Override
    public String toString() {
        return "bearer token";
    }
}
