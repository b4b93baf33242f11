package io.fairlead.crypto;

import io.fairlead.Environment;
import io.fairlead.RequestSigner;
import io.fairlead.Require;
import java.net.http.HttpRequest;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.CompletionStage;

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
    private final Signing signing = new Signing();

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
        return signing.sign(request, draft(request));
    }

    /** Signs when the body was read: now or on the publisher's thread. The stage fails with the publisher's failure. */
    @Override
    @SuppressWarnings("FunctionalInterfaceMethodChanged") // the same act; sign() waits for it
    public CompletionStage<HttpRequest> signAsync(HttpRequest request) {
        return signing.signAsync(request, draft(request));
    }

    private Draft draft(HttpRequest request) {
        return digest -> Map.of(HEADER, value(request, digest));
    }

    private String value(HttpRequest request, String digest) {
        HttpMessage.Target target = HttpMessage.target(request);
        String nonce = Signing.nonce(env);
        long created = env.now().getEpochSecond();
        String text = HmacKey.text(
                key.id(), created, nonce, target.method(), target.authority(), target.path(), target.query(), digest);
        String signature = HexFormat.of().formatHex(key.sign(text));
        return "keyid=\"" + key.id() + "\";created=" + created + ";nonce=\"" + nonce + "\";signature=\"" + signature
                + '"';
    }

    @Override
    public String toString() {
        return "HmacSigner[" + key.id() + "]";
    }
}
