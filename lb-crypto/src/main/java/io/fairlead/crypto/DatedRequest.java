package io.fairlead.crypto;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.Optional;

/** A signed request that remembers by which clock it was dated. */
final class DatedRequest extends HttpRequest {

    private final HttpRequest signed;
    private final long offsetMillis;

    /** @param offsetMillis what the signature's date is ahead of our own clock */
    DatedRequest(HttpRequest signed, long offsetMillis) {
        this.signed = signed;
        this.offsetMillis = offsetMillis;
    }

    HttpRequest signed() {
        return signed;
    }

    long offsetMillis() {
        return offsetMillis;
    }

    @Override
    public Optional<BodyPublisher> bodyPublisher() {
        return signed.bodyPublisher();
    }

    @Override
    public String method() {
        return signed.method();
    }

    @Override
    public Optional<Duration> timeout() {
        return signed.timeout();
    }

    @Override
    public boolean expectContinue() {
        return signed.expectContinue();
    }

    @Override
    public URI uri() {
        return signed.uri();
    }

    @Override
    public Optional<HttpClient.Version> version() {
        return signed.version();
    }

    @Override
    public HttpHeaders headers() {
        return signed.headers();
    }
}
