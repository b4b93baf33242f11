package io.fairlead.crypto;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.fairlead.Delivery;
import io.fairlead.RequestSigner;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import org.jspecify.annotations.Nullable;

/**
 * Remembers which request each answer is to, as it was sent: with the endpoint's authority and all the signatures. It signs nothing; it
 * is the last of a service's signers, after those whose work it is to see, and is given to {@link MessageVerifier#verifiedAsSent} for replies that are signed with components of their request ({@code req}).
 *
 * <p>Thread-safe. A request is kept as long as the headers of its answer are.
 */
public final class SentRequests implements RequestSigner {

    /* By identity: two answers may have the same headers and be to two requests. */
    private final Cache<HttpHeaders, HttpRequest> byAnswer =
            Caffeine.newBuilder().weakKeys().executor(Runnable::run).build();

    SentRequests() {}

    /** The same request. */
    @Override
    public HttpRequest sign(HttpRequest request) {
        return request;
    }

    @Override
    public @Nullable Delivery answered(HttpRequest signed, int status, HttpHeaders headers) {
        byAnswer.put(headers, signed);
        return null;
    }

    /** The request that was answered with these headers; null if it is not known. */
    @Nullable
    HttpRequest answeredWith(HttpHeaders headers) {
        return byAnswer.getIfPresent(headers);
    }

    @Override
    public String toString() {
        return "SentRequests[]";
    }
}
