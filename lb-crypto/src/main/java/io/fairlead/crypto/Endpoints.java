package io.fairlead.crypto;

import io.fairlead.Require;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.util.Locale;

/** Where secrets may be sent to. */
final class Endpoints {

    private Endpoints() {}

    /**
     * The URI, if what is sent to it cannot be read on the way.
     *
     * @throws IllegalArgumentException naming the setting
     */
    static URI secure(String uri, boolean plainHttp, String setting) {
        URI parsed;
        try {
            parsed = new URI(Require.notBlank(uri, setting));
        } catch (URISyntaxException e) {
            throw Require.bad(setting, "no URI", "an https URI");
        }
        String scheme = parsed.getScheme() == null ? "" : parsed.getScheme().toLowerCase(Locale.ROOT);
        String host = parsed.getHost();
        if (host == null || parsed.getRawUserInfo() != null || parsed.getRawFragment() != null) {
            throw Require.bad(setting, "a URI without host, or with user or fragment", "an https URI");
        }
        boolean http = scheme.equals("http") && (plainHttp || isLoopback(host));
        if (!scheme.equals("https") && !http) {
            throw Require.bad(setting, uri, "an https URI (http for loopback, or where plainHttp() allows it)");
        }
        return parsed;
    }

    private static boolean isLoopback(String host) {
        return host.equals("localhost") || host.equals("[::1]") || host.matches("127(\\.[0-9]{1,3}){3}");
    }

    /**
     * The issuer, which has neither query nor fragment (RFC 8414, section 2): where its discovery document is could not be said.
     *
     * @throws IllegalArgumentException naming the setting
     */
    static String issuer(String issuer) {
        if (secure(issuer, true, "issuer").getRawQuery() != null) {
            throw Require.bad("issuer", "a URI with a query", "an https URI without query and fragment");
        }
        return issuer;
    }

    /** The URI, if it is one of http or https; whether that is secure is asked when it is used. */
    static String http(String uri, String setting) {
        secure(uri, true, setting);
        return uri;
    }

    /** The client, if it keeps what it is given to send from strangers. */
    static HttpClient client(HttpClient client) {
        if (Require.notNull(client, "client").followRedirects() != HttpClient.Redirect.NEVER) {
            throw Require.bad(
                    "client",
                    "one that follows redirects",
                    "Redirect.NEVER: where a redirect leads, the proof or secret of the client would follow");
        }
        return client;
    }
}
