package io.fairlead.client;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLSession;

/** An answer without headers that a test gives by hand. */
record GivenAnswer(int statusCode, Object body) implements HttpResponse<Object> {

    GivenAnswer(int statusCode) {
        this(statusCode, "body");
    }

    @Override
    public HttpRequest request() {
        return HttpRequest.newBuilder(URI.create("http://10.0.0.1/")).build();
    }

    @Override
    public Optional<HttpResponse<Object>> previousResponse() {
        return Optional.empty();
    }

    @Override
    public HttpHeaders headers() {
        return HttpHeaders.of(Map.of(), (n, v) -> true);
    }

    @Override
    public Optional<SSLSession> sslSession() {
        return Optional.empty();
    }

    @Override
    public URI uri() {
        return request().uri();
    }

    @Override
    public HttpClient.Version version() {
        return HttpClient.Version.HTTP_1_1;
    }
}
