package io.fairlead.crypto;

import io.fairlead.Environment;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The way of a request through every signer: read the body once, finish the draft, send exactly the bytes that were read. Thread-safe. */
final class Signing {

    private final Spare<MessageDigest> digests = new Spare<>(HmacKey::sha256);

    /** 128 bits in hex, so that no two signatures share one. */
    static String nonce(Environment env) {
        byte[] random = new byte[16];
        env.secureRandom().nextBytes(random);
        return HexFormat.of().formatHex(random);
    }

    /** Waits for the body where its publisher does not publish at once. */
    HttpRequest sign(HttpRequest request, Draft draft) {
        BodyPublisher body = request.bodyPublisher().orElse(null);
        if (body == null || isEmpty(body)) {
            return signed(request, draft, HmacKey.EMPTY_DIGEST, body);
        }
        try {
            BodyDigest digest = BodyDigest.of(body, digests, draft).join();
            return signed(request, draft, digest.hex(), digest.sendable(body));
        } catch (CompletionException e) {
            throw new IllegalStateException("the request body cannot be read for its digest", e.getCause());
        }
    }

    /** The stage fails with the publisher's failure. */
    CompletionStage<HttpRequest> signAsync(HttpRequest request, Draft draft) {
        BodyPublisher body = request.bodyPublisher().orElse(null);
        if (body == null || isEmpty(body)) {
            return CompletableFuture.completedFuture(signed(request, draft, HmacKey.EMPTY_DIGEST, body));
        }
        return BodyDigest.of(body, digests, draft)
                .thenApply(digest -> signed(request, draft, digest.hex(), digest.sendable(body)));
    }

    /* Of a length of zero the client reads nothing, so there is nothing to check. */
    private static boolean isEmpty(BodyPublisher body) {
        return body.contentLength() == 0;
    }

    private static HttpRequest signed(HttpRequest request, Draft draft, String digest, @Nullable BodyPublisher body) {
        Map<String, String> headers = draft.headers(digest);
        BodyPublisher other = draft.body();
        return new SignedRequest(request, headers, other != null ? other : body);
    }
}
