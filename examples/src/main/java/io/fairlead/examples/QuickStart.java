package io.fairlead.examples;

import io.fairlead.Service;
import io.fairlead.client.BalancedClient;
import io.fairlead.crypto.Signers;
import io.fairlead.ratelimit.RateLimiters;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** The README's example, as code that compiles. */
final class QuickStart {

    private QuickStart() {}

    static HttpResponse<String> charge(HttpClient jdkClient, byte[] secret, String one, String two)
            throws IOException, InterruptedException {
        HttpClient client = BalancedClient.wrap(
                jdkClient,
                Service.named("payments")
                        .targets(one, two)
                        .rateLimiter(RateLimiters.tokenBucket(500, Duration.ofSeconds(1))
                                .burst(50)
                                .build())
                        .signer(Signers.hmacSha256("key-id", secret))
                        .generateIdempotencyKeys()
                        .build());
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://payments/charge"))
                .timeout(Duration.ofSeconds(5))
                .POST(BodyPublishers.ofString("{\"amount\":1250,\"currency\":\"EUR\"}"))
                .build();
        return client.send(request, BodyHandlers.ofString());
    }
}
