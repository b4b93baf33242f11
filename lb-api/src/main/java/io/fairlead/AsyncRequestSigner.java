package io.fairlead;

import java.net.http.HttpRequest;
import java.util.concurrent.CompletionStage;

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
}
