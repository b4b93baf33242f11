package io.fairlead;

import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Proves who we are, where the proof takes time to get: a token to fetch, a key in a remote HSM, a body to digest.
 *
 * <p>Called for every attempt after its endpoint is known, so that the request bears the authority that the server sees.
 */
@FunctionalInterface
public interface AsyncRequestSigner {

    /**
     * The signed form of a request.
     *
     * <p>Must not block. A stage that fails fails the call, with the cause. The stage may be shared between calls: a call
     * that is cancelled leaves it alone. For a copy with more headers use {@code HttpRequest.newBuilder(request, (n, v) -> true)}.
     *
     * @param request the final request: the endpoint's URI, all headers but those of later signers, the body as it will be sent
     * @return the request to send, with the same URI and method
     */
    CompletionStage<HttpRequest> signAsync(HttpRequest request);

    /**
     * Told the status and headers of each answer to a request that it signed: to learn from it (the partner's clock, a nonce that the
     * server asks for), and to say whether the credentials were what it was turned away for.
     *
     * <p>Called once for an attempt that was answered, by many threads at once, on the thread that brings the headers; it must not block.
     * An answer other than null has the call signed afresh and sent once more, at most once a call, if the request may be repeated after
     * what is answered: {@link Delivery#NOT_PROCESSED} is a promise that the partner checks the credentials before it acts, and any request
     * is repeated; after UNKNOWN or PROCESSED only what may always be repeated. An exception fails the call, with itself as the cause.
     *
     * @param signed the request as {@link #signAsync} returned it
     * @param status status of the response
     * @param headers headers of the response
     * @return what is proven if the request was turned away for its credentials and fresh ones may pass, else null
     */
    default @Nullable Delivery answered(HttpRequest signed, int status, HttpHeaders headers) {
        return null;
    }
}
