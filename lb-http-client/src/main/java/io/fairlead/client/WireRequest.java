package io.fairlead.client;

import io.fairlead.CallOptions;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request as it goes to one endpoint: what differs from the request it is made of, and that request for all the rest.
 *
 * <p>Half the allocation of a copy through {@code HttpRequest.newBuilder(request, filter)}, which parses what is known good.
 */
final class WireRequest extends HttpRequest {

    private final HttpRequest rest;
    private final URI uri;
    private final HttpHeaders headers;
    private final Optional<BodyPublisher> body;
    private final Optional<Duration> timeout;

    private WireRequest(
            HttpRequest rest, URI uri, HttpHeaders headers, Optional<BodyPublisher> body, Optional<Duration> timeout) {
        this.rest = rest;
        this.uri = uri;
        this.headers = headers;
        this.body = body;
        this.timeout = timeout;
    }

    /** The logical request, routed: another URI and body, and more headers, each in place of one of its name. */
    static WireRequest routed(HttpRequest logical, URI uri, Map<String, String> set, Optional<BodyPublisher> body) {
        return new WireRequest(logical, uri, with(logical.headers(), set), body, Optional.empty());
    }

    /**
     * The signed request with the time that is left for its headers, or without limit.
     *
     * @param once whether the transport must not repeat it by itself, if it is one that it would
     */
    static WireRequest timed(HttpRequest signed, long nanos, boolean once) {
        Optional<Duration> timeout = nanos == Long.MAX_VALUE ? Optional.empty() : Optional.of(Duration.ofNanos(nanos));
        Optional<BodyPublisher> body = once && isRepeatedByTransports(signed)
                ? Optional.of(new SentOnce())
                : signed.bodyPublisher().<BodyPublisher>map(OwnErrors::new);
        return new WireRequest(signed, signed.uri(), signed.headers(), body, timeout);
    }

    private static boolean isRepeatedByTransports(HttpRequest request) {
        boolean bare = request.bodyPublisher().map(BodyPublisher::contentLength).orElse(0L) == 0;
        return bare
                && !request.expectContinue()
                && (request.method().equals("GET") || request.method().equals("HEAD"));
    }

    /** Whether the transport wanted to send it a second time, and was not let. */
    boolean wasStopped() {
        return body.orElse(null) instanceof SentOnce once && once.hasStopped();
    }

    private static HttpHeaders with(HttpHeaders headers, Map<String, String> set) {
        boolean carriesKey = headers.map().containsKey(CallOptions.KEY_HEADER);
        if (set.isEmpty() && !carriesKey) {
            return headers;
        }
        Map<String, List<String>> all = new HashMap<>(headers.map());
        if (carriesKey) {
            all.keySet().removeIf(CallOptions.KEY_HEADER::equalsIgnoreCase);
        }
        for (Map.Entry<String, String> entry : set.entrySet()) {
            all.keySet().removeIf(name -> name.equalsIgnoreCase(entry.getKey()));
            all.put(entry.getKey(), List.of(entry.getValue()));
        }
        return HttpHeaders.of(all, (name, value) -> true);
    }

    /**
     * The endpoint's scheme, host, port and base path, then the request's path and query to the letter; but no question mark of an
     * empty query, which the JDK's client sends over HTTP/2 and leaves out over HTTP/1.1, so that no signature could cover it.
     *
     * @param base as {@link io.fairlead.Target#uri()} has it
     */
    static URI route(URI base, URI logical) {
        StringBuilder uri = new StringBuilder(base.getScheme()).append("://").append(authority(base));
        uri.append(base.getRawPath());
        String path = logical.getRawPath();
        uri.append(path == null || path.isEmpty() ? "/" : path);
        @Nullable String query = logical.getRawQuery();
        if (query != null && !query.isEmpty()) {
            uri.append('?').append(query);
        }
        return URI.create(uri.toString());
    }

    /* Without a default port: over HTTP/2 the JDK's client would send it in :authority, and signatures cover what servers expect. */
    private static String authority(URI base) {
        boolean usual = base.getPort() == ("https".equals(base.getScheme()) ? 443 : 80);
        return usual ? base.getHost() : base.getRawAuthority();
    }

    @Override
    public Optional<BodyPublisher> bodyPublisher() {
        return body;
    }

    @Override
    public String method() {
        return rest.method();
    }

    @Override
    public Optional<Duration> timeout() {
        return timeout;
    }

    @Override
    public boolean expectContinue() {
        return rest.expectContinue();
    }

    @Override
    public URI uri() {
        return uri;
    }

    @Override
    public Optional<HttpClient.Version> version() {
        return rest.version();
    }

    @Override
    public HttpHeaders headers() {
        return headers;
    }
}
