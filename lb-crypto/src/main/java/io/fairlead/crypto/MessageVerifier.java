package io.fairlead.crypto;

import io.fairlead.Environment;
import io.fairlead.Require;
import io.fairlead.crypto.StructuredField.InnerList;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.security.PublicKey;
import java.security.SignatureException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Checks HTTP Message Signatures (RFC 9421) of responses, and of requests for the server's side.
 *
 * <p>A message passes if one signature by a known key covers all that is required, is of now, and holds; and if the body is the one
 * of its Content-Digest. What decides the algorithm is the key, never the message. By default a response must cover {@code @status}
 * and {@code content-digest}, a request {@code @method}, {@code @target-uri} and {@code content-digest}. Immutable but for the
 * nonces it remembers, and thread-safe. Every failure is a {@link SignatureException} that names what failed.
 */
public final class MessageVerifier {

    private static final List<Component> OF_RESPONSE =
            List.of(Component.parse("@status"), Component.parse("content-digest"));
    private static final List<Component> OF_REQUEST =
            List.of(Component.parse("@method"), Component.parse("@target-uri"), Component.parse("content-digest"));

    private final List<Supplier<Map<String, KnownKey>>> keys; // the later counts where two have the same id
    private final Policy policy;
    private final Freshness freshness;

    /** A key with the only algorithm that it is used with. */
    record KnownKey(String algorithm, Signatures.Checker checker) {}

    /**
     * What the user may choose.
     *
     * @param required null for the default, which differs between requests and responses
     * @param tag that a signature must bear to be looked at; null for any
     * @param label of the signature to look at; null for any
     */
    record Policy(
            @Nullable List<Component> required,
            @Nullable String tag,
            @Nullable String label) {}

    private MessageVerifier(List<Supplier<Map<String, KnownKey>>> keys, Policy policy, Freshness freshness) {
        this.keys = keys;
        this.policy = policy;
        this.freshness = freshness;
    }

    static MessageVerifier create() {
        return new MessageVerifier(List.of(), new Policy(null, null, null), Freshness.standard());
    }

    private MessageVerifier with(String keyId, KnownKey key) {
        Map<String, KnownKey> one = Map.of(Values.quotable(keyId, "key id"), key);
        return with(() -> one);
    }

    private MessageVerifier with(Supplier<Map<String, KnownKey>> some) {
        List<Supplier<Map<String, KnownKey>>> more = new ArrayList<>(keys);
        more.add(0, some);
        return new MessageVerifier(List.copyOf(more), policy, freshness);
    }

    private static <K> Supplier<Map<String, KnownKey>> known(KeyRing<K> ring, BiFunction<String, K, KnownKey> known) {
        return new MadeOfKeys<>(Require.notNull(ring, "key ring"), all -> {
            Map<String, KnownKey> made = new HashMap<>();
            all.forEach((id, key) -> made.put(id, known.apply(id, key)));
            return made;
        });
    }

    private static Map<String, KnownKey> inTime(Supplier<Map<String, KnownKey>> some) {
        try {
            return some.get();
        } catch (KeyRing.Ended e) {
            return Map.of(); // to a stranger a key that has ended is an unknown one
        }
    }

    private @Nullable KnownKey known(String keyId) {
        for (Supplier<Map<String, KnownKey>> some : keys) {
            KnownKey known = inTime(some).get(keyId);
            if (known != null) {
                return known;
            }
        }
        return null;
    }

    /**
     * The same that also trusts this key.
     *
     * @param algorithm one of the asymmetric algorithms of RFC 9421, section 3.3, as {@code rsa-pss-sha512}
     */
    public MessageVerifier key(String keyId, String algorithm, PublicKey key) {
        return with(keyId, known(algorithm, keyId, key));
    }

    /** The same that also trusts the keys that the ring has at any moment, all of one algorithm. */
    public MessageVerifier keys(String algorithm, KeyRing<PublicKey> keys) {
        return with(known(keys, (id, key) -> known(algorithm, id, key)));
    }

    /** The same that also trusts the secrets that the ring has at any moment, with hmac-sha256. */
    public MessageVerifier secrets(KeyRing<byte[]> secrets) {
        return with(known(secrets, MessageVerifier::known));
    }

    private static KnownKey known(String algorithm, String keyId, PublicKey key) {
        Algorithm named = HttpAlgorithms.named(algorithm, "algorithm");
        return new KnownKey(algorithm, Signatures.checker(named, key, "public key of " + keyId));
    }

    private static KnownKey known(String keyId, byte[] secret) {
        return new KnownKey(HttpAlgorithms.HMAC, new Macs(secret, 32, "secret of key " + keyId));
    }

    /**
     * The same that also trusts this secret, with hmac-sha256.
     *
     * @param secret at least 32 bytes, copied
     */
    public MessageVerifier secret(String keyId, byte[] secret) {
        return with(keyId, known(keyId, secret));
    }

    /**
     * The same that requires these components to be covered, and no others; in the form of {@link MessageSigner#components}, with
     * {@code req} for those of the request that is answered. Without {@code content-digest} the body is not protected.
     */
    public MessageVerifier require(String... components) {
        List<Component> required = Arrays.stream(Require.notNull(components, "components"))
                .map(Component::parse)
                .toList();
        return new MessageVerifier(keys, new Policy(required, policy.tag, policy.label), freshness);
    }

    /** The same that looks at signatures with this tag only, as {@code fapi-2-response}. */
    public MessageVerifier tag(String tag) {
        Values.quotable(tag, "tag");
        return new MessageVerifier(keys, new Policy(policy.required, tag, policy.label), freshness);
    }

    /** The same that looks at the signature of this label only; by default at those of known keys. */
    public MessageVerifier label(String label) {
        Values.quotable(label, "label");
        return new MessageVerifier(keys, new Policy(policy.required, policy.tag, label), freshness);
    }

    /** The same with another difference of clocks that is accepted, either way; default 300 s. */
    public MessageVerifier tolerance(Duration tolerance) {
        return new MessageVerifier(keys, policy, freshness.tolerance(tolerance));
    }

    /**
     * The same that refuses a signature that it has seen, by key and nonce, and one without nonce. By default it does not: an
     * answer to one's own call over TLS is not replayed, a request to one's own server may be.
     *
     * @param most how many are remembered for twice the tolerance, 1 to 2²⁴; beyond it signatures are refused
     */
    public MessageVerifier rememberNonces(int most) {
        return new MessageVerifier(keys, policy, freshness.remember(most));
    }

    /** The same with another source of time; default {@link Environment#system()}. */
    public MessageVerifier environment(Environment env) {
        return new MessageVerifier(keys, policy, freshness.environment(env));
    }

    /**
     * Checks one response.
     *
     * @param response whose status, headers and body are checked
     * @param request as it was sent, if components of it are covered ({@code req}); or null
     * @return the id of the key
     */
    public String verify(HttpResponse<byte[]> response, @Nullable HttpRequest request) throws SignatureException {
        HttpMessage message =
                HttpMessage.response(response.statusCode(), response.headers().map(), request);
        return verify(message, response.body());
    }

    /**
     * Checks one request, for the server's side.
     *
     * @param scheme {@code http} or {@code https}, as the client used it
     * @param authority the {@code Host} header or {@code :authority}, as received
     * @param rawPath the path as received, still encoded
     * @param rawQuery the query as received, or null
     * @param headers as received
     * @param body the bytes as received
     * @return the id of the key
     */
    public String verifyRequest(
            String method,
            String scheme,
            String authority,
            String rawPath,
            @Nullable String rawQuery,
            Map<String, List<String>> headers,
            byte[] body)
            throws SignatureException {
        HttpMessage.Target target = new HttpMessage.Target(method, scheme, authority, rawPath, rawQuery);
        return verify(new HttpMessage(target, 0, HttpMessage.lowerCase(headers), null), body);
    }

    /**
     * A handler that hands a body on only after its signature was checked, and otherwise fails the call with an
     * {@link java.io.IOException} whose cause is the {@link SignatureException}. It holds up to 1 MiB, and refuses more.
     *
     * @param request as it was sent, if components of it are covered; or null
     */
    public <T> BodyHandler<T> verified(BodyHandler<T> handler, @Nullable HttpRequest request) {
        Require.notNull(handler, "body handler");
        return VerifiedBody.handler(handler, (info, body) -> {
            HttpMessage message =
                    HttpMessage.response(info.statusCode(), info.headers().map(), request);
            verify(message, body);
        });
    }

    /**
     * As {@link #verified(BodyHandler, HttpRequest)}, for calls through a balanced client: the request is the one that was sent, with the
     * endpoint's authority and the signatures of that attempt.
     *
     * @param sent the last signer of the service that is called
     */
    public <T> BodyHandler<T> verifiedAsSent(BodyHandler<T> handler, SentRequests sent) {
        Require.notNull(handler, "body handler");
        Require.notNull(sent, "sent requests");
        return VerifiedBody.handler(handler, (info, body) -> {
            HttpRequest request = sent.answeredWith(info.headers());
            verify(HttpMessage.response(info.statusCode(), info.headers().map(), request), body);
        });
    }

    private String verify(HttpMessage message, byte[] body) throws SignatureException {
        List<Component> defaults = message.target() == null ? OF_RESPONSE : OF_REQUEST;
        List<Component> required = policy.required == null ? defaults : policy.required;
        SignatureException last = new SignatureException("no signature by a known key");
        for (Map.Entry<String, InnerList> one :
                SignatureInputs.of(message, policy.label).entrySet()) {
            SignatureCandidate candidate = new SignatureCandidate(one.getKey(), one.getValue());
            String keyId = candidate.text("keyid");
            KnownKey key = keyId == null ? null : known(keyId);
            if (keyId != null && key != null && (policy.tag == null || policy.tag.equals(candidate.text("tag")))) {
                try {
                    candidate.check(message, body, key, required);
                    freshness.check(candidate.created(), candidate.expires(), candidate.nonce());
                    return keyId;
                } catch (SignatureException e) {
                    last = e;
                }
            }
        }
        throw last;
    }

    @Override
    public String toString() {
        return "MessageVerifier"
                + keys.stream().flatMap(some -> some.get().keySet().stream()).toList();
    }
}
