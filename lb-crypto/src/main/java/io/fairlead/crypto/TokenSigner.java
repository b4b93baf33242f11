package io.fairlead.crypto;

import io.fairlead.Delivery;
import io.fairlead.Environment;
import io.fairlead.RequestSigner;
import io.fairlead.Require;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sets {@code Authorization} to a token that it gets by client credentials (RFC 6749, section 4.4), which {@link Tokens} names.
 *
 * <p>It holds one token: the one of its issuer, client, scope, audience, resource and credentials. Share the object to share the token;
 * signers that were made from one another by withers share it too where all of these are the same, such as
 * {@code base.scope("pay")} twice, and any two calls of {@link Tokens} nothing. The token is
 * refreshed after 70 to 80 % of its life by the first call that finds it so old, beside that call; while it is usable no call waits.
 * Without a usable token all calls wait for the same fetch. After a failed fetch there is a pause of 100 ms, doubled up to 30 s, half of
 * it random; calls without a token fail meanwhile, at once. How long a token lives is taken from {@code expires_in} and our own monotonic
 * clock, whatever the server's date; where that is missing or absurd, from the difference of its {@code exp} and {@code iat}; else it
 * is a minute.
 *
 * <p>A request that is answered by 401 is signed once more with another token; only the token that it bore is dropped, and a fetch
 * for that reason waits for a second, doubled up to a minute while new tokens are rejected too. Methods that may always be repeated are, and
 * others where {@link #rejectedUnprocessed} says that 401 means unprocessed.
 *
 * <p>Thread-safe; a wither gives a new object. Nothing of a token or secret is in {@link #toString}, logs and exceptions.
 */
public final class TokenSigner implements RequestSigner {

    private final TokenOptions options;
    private final Grant grant; // kept here, as its family forgets what nobody keeps
    private final @Nullable DpopProofs proofs;
    private final Fetched<AccessToken> tokens;

    TokenSigner(TokenOptions options) {
        this.options = options;
        this.grant = options.family.of(options);
        this.proofs = grant.proofs;
        this.tokens = grant.tokens;
    }

    private TokenSigner with(Consumer<TokenOptions> change) {
        return new TokenSigner(options.with(change));
    }

    /** Authenticates by a secret in a header (RFC 6749, section 2.3.1), which every server knows. */
    public TokenSigner secret(String secret) {
        ClientAuth auth = ClientAuth.basic(options.clientId, secret);
        return with(o -> o.auth = env -> auth);
    }

    /** Authenticates by a secret in the body, for servers that want it there. */
    public TokenSigner secretInBody(String secret) {
        ClientAuth auth = ClientAuth.post(options.clientId, secret);
        return with(o -> o.auth = env -> auth);
    }

    /**
     * Authenticates by a signed assertion (private_key_jwt; RFC 7523): nothing that is sent is of use to anybody else.
     *
     * @param keyId of the public key that the server knows
     * @param algorithm RS256, PS256 (and 384, 512), ES256, ES384, ES512 or EdDSA
     * @throws IllegalArgumentException if the key is not one for the algorithm
     */
    public TokenSigner privateKeyJwt(String keyId, String algorithm, PrivateKey key) {
        JoseKey jose = JoseKey.named(keyId, algorithm, key);
        return with(o -> o.auth = env -> ClientAuth.assertion(o.clientId, jose, env));
    }

    /**
     * Authenticates by the client certificate of the connection (RFC 8705), which the client that this signer was given presents. A
     * token that shows that it is bound to another certificate is refused, and one that is bound to none where the issuer promises bound ones.
     */
    public TokenSigner mutualTls(X509Certificate certificate) {
        String thumbprint = Tokens.thumbprint(certificate);
        return with(o -> {
            o.auth = env -> ClientAuth.certificate(o.clientId);
            o.certificate = thumbprint;
        });
    }

    /** Asks for these scopes; default the server's. */
    public TokenSigner scope(String... scopes) {
        return parameter("scope", String.join(" ", scopes));
    }

    /** Asks for a token for this audience, a parameter that many servers know. */
    public TokenSigner audience(String audience) {
        return parameter("audience", audience);
    }

    /** Asks for a token for this resource (RFC 8707); may be set more than once. */
    public TokenSigner resource(String uri) {
        return parameter("resource", uri);
    }

    /* Nothing but a resource may be there twice: RFC 6749, section 3.2. */
    private TokenSigner parameter(String name, String value) {
        Values.line(Require.notBlank(value, name), name);
        List<Map.Entry<String, String>> all = new ArrayList<>(options.parameters);
        all.removeIf(other -> other.getKey().equals(name) && !name.equals("resource"));
        all.add(Map.entry(name, value));
        return with(o -> o.parameters = List.copyOf(all));
    }

    /** As {@link #dpop(PrivateKey, PublicKey)} with a key on P-256 that is made here and lives as long as this object. */
    public TokenSigner dpop() {
        JoseKey key = JoseKey.generated();
        return with(o -> o.proofKey = key);
    }

    /**
     * Proves possession of a key with each request (RFC 9449): a token that is stolen is of no use without it. A server's nonce is
     * learned from its answers, and a request that was turned away for lack of one is sent once more.
     */
    public TokenSigner dpop(PrivateKey key, PublicKey publicKey) {
        JoseKey jose = JoseKey.shown(key, publicKey);
        return with(o -> o.proofKey = jose);
    }

    /**
     * What proofs name instead of the scheme and authority of each request, for servers behind a gateway that are called by their own
     * addresses; default those of the request.
     *
     * @param base such as {@code https://api.partner.example}; its path is of no matter
     */
    public TokenSigner dpopTarget(URI base) {
        if (Require.notNull(base, "DPoP target").getScheme() == null || base.getRawAuthority() == null) {
            throw Require.bad("DPoP target", base, "a URI with scheme and host");
        }
        return with(o -> o.outside = base);
    }

    /** Says that the partner checks the token before it acts: a POST that is answered by 401 is sent once more. Default: it is not. */
    public TokenSigner rejectedUnprocessed() {
        return with(o -> o.rejectedUnprocessed = true);
    }

    /** Allows an issuer without TLS, for a logical host that is balanced over servers behind one; default: loopback only. */
    public TokenSigner plainHttp() {
        return with(o -> o.plainHttp = true);
    }

    /** How long a fetch may take, discovery included; default 10 s. */
    public TokenSigner fetchTimeout(Duration timeout) {
        Require.positiveNanos(timeout, "fetch timeout");
        return with(o -> o.timeout = timeout);
    }

    /** Another source of time, chance and threads; default {@link Environment#system()}. */
    public TokenSigner environment(Environment env) {
        Require.notNull(env, "environment");
        return with(o -> o.env = env);
    }

    /**
     * Waits for a token where there is no usable one, which {@link #signAsync} does not.
     *
     * @throws IllegalStateException if there is none to be had, with the failure as the cause
     */
    @Override
    public HttpRequest sign(HttpRequest request) {
        AccessToken token = tokens.usable();
        if (token != null) {
            return signed(request, token);
        }
        try {
            return signAsync(request).toCompletableFuture().join();
        } catch (CompletionException e) {
            throw new IllegalStateException("there is no token of client " + options, e.getCause());
        }
    }

    /** The stage fails with an {@link java.io.IOException} if there is no token to be had. */
    @Override
    @SuppressWarnings("FunctionalInterfaceMethodChanged") // the same act; sign() waits for it
    public CompletionStage<HttpRequest> signAsync(HttpRequest request) {
        AccessToken token = tokens.usable();
        return token != null
                ? CompletableFuture.completedFuture(signed(request, token))
                : tokens.get().thenApply(fetched -> signed(request, fetched));
    }

    private HttpRequest signed(HttpRequest request, AccessToken token) {
        Map<String, String> headers = proofs == null
                ? token.headers()
                : Map.of(
                        "Authorization",
                        token.header(),
                        DpopProofs.HEADER,
                        proofs.proof(request.method(), request.uri(), token.value()));
        return new SignedRequest(request, headers, request.bodyPublisher().orElse(null));
    }

    @Override
    public @Nullable Delivery answered(HttpRequest signed, int status, HttpHeaders headers) {
        boolean nonce = proofs != null && proofs.learn(signed.uri(), headers);
        if (status != 401) {
            return null;
        }
        if (nonce && Rejections.asksForNonce(headers)) {
            return Delivery.NOT_PROCESSED; // RFC 9449, section 9: a challenge, before anything else
        }
        AccessToken current = tokens.latest();
        String used = signed.headers().firstValue("Authorization").orElse("");
        boolean renewed = current == null || !current.header().equals(used) || grant.rejections.drop(current, tokens);
        if (!renewed) {
            return null;
        }
        return options.rejectedUnprocessed ? Delivery.NOT_PROCESSED : Delivery.UNKNOWN;
    }

    @Override
    public String toString() {
        return "TokenSigner[" + options + "]";
    }
}
