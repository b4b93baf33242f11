package io.fairlead;

import java.net.http.HttpRequest;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Proves who we are: makes the signed form of a final request. Runs on every attempt, after the endpoint is known, so that
 * a signature covers the authority that the server sees and is fresh on each retry.
 *
 * <p>Called by many threads at once, on the caller's thread or on one of the client's; it should compute, not wait. An
 * exception fails the call with itself as the cause, and nothing is sent.
 */
@FunctionalInterface
public interface RequestSigner extends AsyncRequestSigner {

    /**
     * The signed form of a request.
     *
     * @param request the final request: the endpoint's URI, all headers but those of later signers, the body as it will be sent
     * @return the request to send, with the same URI and method
     */
    HttpRequest sign(HttpRequest request);

    @Override
    @SuppressWarnings("FunctionalInterfaceMethodChanged") // the same act, already done when the stage is handed over
    default CompletionStage<HttpRequest> signAsync(HttpRequest request) {
        return CompletableFuture.completedFuture(sign(request));
    }
}
