package io.fairlead.crypto;

import io.fairlead.Environment;
import io.fairlead.RequestSigner;
import io.fairlead.Require;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Signs requests with a shared secret. Each signature has a fresh nonce and date, so that the server can refuse a replay.
 *
 * <p>The body is read once for its digest and again when it is sent; one that differs the second time is broken off before its
 * end, so that what is signed is what arrives. Thread-safe; {@link #toString} shows the key id only.
 */
public final class HmacSigner implements RequestSigner {

    /** The header that carries the signature: {@code keyid="…";created=…;nonce="…";signature="…"}, both in hex. */
    public static final String HEADER = "Fairlead-Signature";

    private final HmacKey key;
    private final Environment env;

    private HmacSigner(HmacKey key, Environment env) {
        this.key = key;
        this.env = env;
    }

    static HmacSigner of(String keyId, byte[] secret) {
        return new HmacSigner(new HmacKey(keyId, secret), Environment.system());
    }

    /** The same signer with another source of dates and nonces; default {@link Environment#system()}. */
    public HmacSigner environment(Environment env) {
        return new HmacSigner(key, Require.notNull(env, "environment"));
    }

    /**
     * Signs at once where the body's publisher publishes at once, as the JDK's own do; otherwise the thread waits for the body,
     * which {@link #signAsync} does not.
     *
     * @throws IllegalStateException if the body's publisher fails, with that failure as the cause
     */
    @Override
    public HttpRequest sign(HttpRequest request) {
        BodyPublisher body = request.bodyPublisher().orElse(null);
        if (body == null || isEmpty(body)) {
            return signed(request, HmacKey.EMPTY_DIGEST, body);
        }
        try {
            BodyDigest digest = BodyDigest.of(body, key.digests()).join();
            return signed(request, digest.hex(), digest.sendable(body));
        } catch (CompletionException e) {
            throw new IllegalStateException("the request body cannot be read for its digest", e.getCause());
        }
    }

    /** Signs when the body was read: now or on the publisher's thread. The stage fails with the publisher's failure. */
    @Override
    @SuppressWarnings("FunctionalInterfaceMethodChanged") // the same act; sign() waits for it
    public CompletionStage<HttpRequest> signAsync(HttpRequest request) {
        BodyPublisher body = request.bodyPublisher().orElse(null);
        if (body == null || isEmpty(body)) {
            return CompletableFuture.completedFuture(signed(request, HmacKey.EMPTY_DIGEST, body));
        }
        return BodyDigest.of(body, key.digests())
                .thenApply(digest -> signed(request, digest.hex(), digest.sendable(body)));
    }

    /* Of a length of zero the client reads nothing, so there is nothing to check. */
    private static boolean isEmpty(BodyPublisher body) {
        return body.contentLength() == 0;
    }

    private HttpRequest signed(HttpRequest request, String digest, @Nullable BodyPublisher body) {
        URI uri = request.uri();
        byte[] random = new byte[16];
        env.secureRandom().nextBytes(random);
        String nonce = HexFormat.of().formatHex(random);
        long created = env.now().getEpochSecond();
        String text = HmacKey.text(
                key.id(),
                created,
                nonce,
                request.method(),
                authority(request),
                uri.getRawPath(),
                uri.getRawQuery(),
                digest);
        String signature = HexFormat.of().formatHex(key.sign(text));
        String value = "keyid=\"" + key.id() + "\";created=" + created + ";nonce=\"" + nonce + "\";signature=\""
                + signature + '"';
        return new SignedRequest(request, HEADER, value, body);
    }

    /* A Host header, where the JDK is told to allow one, is sent in place of the URI's. */
    private static String authority(HttpRequest request) {
        List<String> host = request.headers().map().get("Host");
        if (host != null) {
            return host.get(0);
        }
        String authority = request.uri().getRawAuthority();
        return authority.substring(authority.lastIndexOf('@') + 1); // user-info is never sent
    }

    @Override
    public String toString() {
        return "HmacSigner[" + key.id() + "]";
    }
}
