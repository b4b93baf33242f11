package io.fairlead.crypto;

import io.fairlead.Environment;
import io.fairlead.RequestSigner;
import io.fairlead.Require;
import java.net.http.HttpRequest;
import java.util.concurrent.CompletionStage;

/**
 * Signs requests in the way of one partner, which {@link Signers} names. Each signature has a fresh date and, where the scheme
 * knows one, a fresh nonce.
 *
 * <p>The body is read once for the signature and again when it is sent; one that differs the second time is broken off before its
 * end. Immutable and thread-safe; {@link #toString} shows no secret.
 */
public final class SchemeSigner implements RequestSigner {

    private final Scheme scheme;
    private final Environment env;
    private final Signing signing = new Signing();

    private SchemeSigner(Scheme scheme, Environment env) {
        this.scheme = scheme;
        this.env = env;
    }

    static SchemeSigner of(Scheme scheme) {
        return new SchemeSigner(scheme, Environment.system());
    }

    /** The same signer with another source of dates and nonces; default {@link Environment#system()}. */
    public SchemeSigner environment(Environment env) {
        return new SchemeSigner(scheme, Require.notNull(env, "environment"));
    }

    /**
     * Waits for the body where its publisher does not publish at once, which {@link #signAsync} does not.
     *
     * @throws IllegalArgumentException if the request has what the scheme cannot sign
     * @throws IllegalStateException if the body's publisher fails, with that failure as the cause
     */
    @Override
    public HttpRequest sign(HttpRequest request) {
        return signing.sign(request, draft(request));
    }

    @Override
    @SuppressWarnings("FunctionalInterfaceMethodChanged") // the same act; sign() waits for it
    public CompletionStage<HttpRequest> signAsync(HttpRequest request) {
        return signing.signAsync(request, draft(request));
    }

    private Draft draft(HttpRequest request) {
        return scheme.draft(request, env.now().toEpochMilli(), Signing.nonce(env));
    }

    @Override
    public String toString() {
        return "SchemeSigner[" + scheme + "]";
    }
}
