package io.fairlead.crypto;

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
 * A request with headers more, or other values of them, and with the body in the form that was signed.
 *
 * <p>A view instead of a copy through {@code HttpRequest.newBuilder(request, filter)}, which validates and sorts all the headers
 * twice more; the HTTP client does so itself. Its URI is without what the client sends in one version of HTTP and not in another.
 */
final class SignedRequest extends HttpRequest {

    private final HttpRequest rest;
    private final URI uri;
    private final HttpHeaders headers;
    private final Optional<BodyPublisher> body;

    SignedRequest(HttpRequest rest, Map<String, String> more, @Nullable BodyPublisher body) {
        this.rest = rest;
        this.uri = HttpMessage.asSent(rest.uri());
        Map<String, List<String>> before = rest.headers().map(); // whose look-up knows no case
        Map<String, List<String>> all = new HashMap<>(before);
        more.forEach((header, value) -> {
            if (before.containsKey(header)) {
                all.keySet().removeIf(header::equalsIgnoreCase);
            }
            all.put(header, List.of(value));
        });
        this.headers = HttpHeaders.of(all, (name, any) -> true);
        this.body = Optional.ofNullable(body);
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
        return rest.timeout();
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
