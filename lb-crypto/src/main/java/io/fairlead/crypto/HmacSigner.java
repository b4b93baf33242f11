package io.fairlead.crypto;

import io.fairlead.Environment;
import io.fairlead.RequestSigner;
import io.fairlead.Require;
import java.net.URI;
import java.net.http.HttpRequest;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/**
 * Signs requests with a shared secret. Each signature has a fresh nonce and date, so that the server can refuse a replay.
 *
 * <p>The body is read once for its digest and again when it is sent; one that differs the second time is broken off before its
 * end, so that what is signed is what arrives. Thread-safe; {@link #toString} shows the key id only.
 */
public final class HmacSigner implements RequestSigner {

    /** The header that carries the signature: {@code keyid="…";created=…;nonce="…";digest="…";signature="…"}, all in hex. */
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

    /** Signs at once where the body's publisher publishes at once, as the JDK's own do; otherwise waits for it. */
    @Override
    public HttpRequest sign(HttpRequest request) {
        try {
            return signAsync(request).toCompletableFuture().join();
        } catch (CompletionException e) {
            throw new IllegalStateException("the request body cannot be read for its digest", e.getCause());
        }
    }

    @Override
    @SuppressWarnings("FunctionalInterfaceMethodChanged") // the same act; sign() waits for it
    public CompletionStage<HttpRequest> signAsync(HttpRequest request) {
        HttpRequest.BodyPublisher body = request.bodyPublisher().orElse(null);
        if (body == null || body.contentLength() == 0) {
            return CompletableFuture.completedFuture(signed(request, HmacKey.EMPTY_DIGEST, body));
        }
        return BodyDigest.of(body).thenApply(digest -> signed(request, digest.hex(), digest.sendable(body)));
    }

    private HttpRequest signed(
            HttpRequest request, String digest, HttpRequest.@org.jspecify.annotations.Nullable BodyPublisher body) {
        URI uri = request.uri();
        byte[] random = new byte[16];
        env.secureRandom().nextBytes(random);
        String nonce = HexFormat.of().formatHex(random);
        long created = env.now().getEpochSecond();
        String authority = uri.getPort() == -1 ? uri.getHost() : uri.getHost() + ":" + uri.getPort();
        String text = HmacKey.text(
                key.id(), created, nonce, request.method(), authority, uri.getRawPath(), uri.getRawQuery(), digest);
        String signature = HexFormat.of().formatHex(key.sign(text));
        HttpRequest.Builder signed = HttpRequest.newBuilder(request, (name, value) -> true)
                .setHeader(
                        HEADER,
                        "keyid=\"" + key.id() + "\";created=" + created + ";nonce=\"" + nonce + "\";digest=\"" + digest
                                + "\";signature=\"" + signature + "\"");
        return body == null
                ? signed.build()
                : signed.method(request.method(), body).build();
    }

    @Override
    public String toString() {
        return "HmacSigner[" + key.id() + "]";
    }
}
