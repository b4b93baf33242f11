package io.fairlead.crypto;

import io.fairlead.RequestSigner;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** Encrypts the bodies of all requests of a service, each attempt afresh. Requests without a body stay as they are. */
record BodySigner(BodyEncryption encryption) implements RequestSigner {

    @Override
    public HttpRequest sign(HttpRequest request) {
        try {
            return signAsync(request).toCompletableFuture().join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof IllegalArgumentException bad) {
                throw bad;
            }
            throw new IllegalStateException("the request body cannot be encrypted", e.getCause());
        }
    }

    @Override
    @SuppressWarnings("FunctionalInterfaceMethodChanged") // the same act; sign() waits for it
    public CompletionStage<HttpRequest> signAsync(HttpRequest request) {
        BodyPublisher body = request.bodyPublisher().orElse(null);
        if (body == null || body.contentLength() == 0) {
            return CompletableFuture.completedFuture(request);
        }
        return encryption
                .sealed(body)
                .thenApply(hidden -> new SignedRequest(request, encryption.headers(request), hidden));
    }

    @Override
    public String toString() {
        return "BodySigner[" + encryption + "]";
    }
}
