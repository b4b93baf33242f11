package io.fairlead.crypto;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What of a request or response can be signed.
 *
 * @param target of a request; null for a response
 * @param status of a response; 0 for a request
 * @param headers by name in lower case
 * @param request that a response answers, if it is known
 */
record HttpMessage(
        @Nullable Target target,
        int status,
        Map<String, List<String>> headers,
        @Nullable HttpMessage request) {

    /**
     * Where a request goes, raw as on the wire.
     *
     * @param authority host and port as sent
     * @param query without its question mark; null for none
     */
    record Target(
            String method,
            String scheme,
            String authority,
            String path,
            @Nullable String query) {

        /** Path and query as in the request line. */
        String pathAndQuery() {
            return (path.isEmpty() ? "/" : path) + (query == null ? "" : "?" + query);
        }

        /** The host in lower case, and the port where it is not the scheme's own (RFC 9421, section 2.2.3). */
        String normalAuthority() {
            return withoutOwnPort(scheme, authority).toLowerCase(Locale.ROOT);
        }
    }

    static HttpMessage of(HttpRequest request) {
        return new HttpMessage(target(request), 0, lowerCase(request.headers().map()), null);
    }

    /**
     * With the length of its body, which the JDK's client adds when it sends it. An empty body is left out: over HTTP/1.1 its length may be sent,
     * over HTTP/2 it is not.
     */
    static HttpMessage withLength(HttpRequest request) {
        Map<String, List<String>> headers = lowerCase(request.headers().map());
        long length = request.bodyPublisher().map(BodyPublisher::contentLength).orElse(0L);
        if (length > 0) {
            headers.putIfAbsent("content-length", List.of(Long.toString(length)));
        }
        return new HttpMessage(target(request), 0, headers, null);
    }

    static HttpMessage response(int status, Map<String, List<String>> headers, @Nullable HttpRequest request) {
        return new HttpMessage(null, status, lowerCase(headers), request == null ? null : withLength(request));
    }

    static Target target(HttpRequest request) {
        URI uri = asSent(request.uri());
        return new Target(
                request.method(), uri.getScheme(), authority(uri, request), uri.getRawPath(), uri.getRawQuery());
    }

    /**
     * The URI without the question mark of an empty query and without the port of its scheme: the JDK's client sends both over HTTP/2 and
     * leaves both out over HTTP/1.1, and which it will be is not known when the request is signed.
     */
    static URI asSent(URI uri) {
        String authority = uri.getRawAuthority();
        String scheme = uri.getScheme();
        String query = uri.getRawQuery();
        boolean usual = authority == null
                || scheme == null
                || (!"".equals(query) && withoutOwnPort(scheme, authority).equals(authority));
        return usual
                ? uri
                : URI.create(scheme + "://" + withoutOwnPort(scheme, authority) + uri.getRawPath()
                        + (query == null || query.isEmpty() ? "" : "?" + query));
    }

    private static String withoutOwnPort(String scheme, String authority) {
        String own = scheme.equalsIgnoreCase("https") ? ":443" : ":80";
        return authority.endsWith(own) ? authority.substring(0, authority.length() - own.length()) : authority;
    }

    /* A Host header, where the JDK is told to allow one, is sent in place of the URI's. */
    private static String authority(URI uri, HttpRequest request) {
        List<String> host = request.headers().map().get("Host");
        if (host != null) {
            return host.get(0);
        }
        String authority = uri.getRawAuthority();
        return authority.substring(authority.lastIndexOf('@') + 1); // user-info is never sent
    }

    /** A copy by names in lower case; values of names that differ in case only are joined. */
    static Map<String, List<String>> lowerCase(Map<String, List<String>> headers) {
        Map<String, List<String>> lower = new TreeMap<>();
        headers.forEach((name, values) -> {
            if (name != null && values != null) {
                lower.computeIfAbsent(name.toLowerCase(Locale.ROOT), n -> new ArrayList<>())
                        .addAll(values);
            }
        });
        return lower;
    }
}
