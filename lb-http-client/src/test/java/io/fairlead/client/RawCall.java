package io.fairlead.client;

import io.fairlead.Verdict;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.opentest4j.AssertionFailedError;

/** One request of the JDK's own client, without ours around it, and what the table makes of how it ended. */
final class RawCall {

    /** Only the tests of a timeout wait for one; the others end long before. */
    static final Duration SHORT = Duration.ofMillis(300);

    static final String PAYMENT = "payment";

    private final HttpResponse<String> response;
    private final Throwable failure;
    private final boolean headersSeen;

    private RawCall(HttpResponse<String> response, Throwable failure, boolean headersSeen) {
        this.response = response;
        this.failure = failure;
        this.headersSeen = headersSeen;
    }

    /** A POST without timeout. */
    static HttpRequest.Builder pay(String url) {
        return HttpRequest.newBuilder(URI.create(url + "/pay")).POST(BodyPublishers.ofString(PAYMENT));
    }

    static RawCall send(HttpClient client, HttpRequest request) throws InterruptedException {
        return send(client, request, new CountDownLatch(1));
    }

    /** As the other, and {@code headers} is counted down when the headers have come. */
    static RawCall send(HttpClient client, HttpRequest request, CountDownLatch headers) throws InterruptedException {
        HttpResponse.BodyHandler<String> handler = info -> {
            headers.countDown();
            return BodyHandlers.ofString().apply(info);
        };
        try {
            return new RawCall(client.send(request, handler), null, true);
        } catch (IOException e) {
            return new RawCall(null, e, headers.getCount() == 0);
        }
    }

    HttpResponse<String> response() {
        if (response == null) {
            throw new AssertionFailedError("no response", failure);
        }
        return response;
    }

    Throwable failure() {
        if (failure == null) {
            throw new AssertionFailedError("an answer instead of a failure: " + response);
        }
        return failure;
    }

    /** Whether it ended with a response. */
    boolean isAnswered() {
        return response != null;
    }

    Verdict verdict() {
        return response != null
                ? StandardVerdicts.ofStatus(response.statusCode())
                : StandardVerdicts.ofFailure(failure, headersSeen);
    }
}
