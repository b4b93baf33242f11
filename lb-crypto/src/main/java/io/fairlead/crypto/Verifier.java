package io.fairlead.crypto;

import io.fairlead.Environment;
import io.fairlead.Require;
import io.fairlead.crypto.Proof.Claim;
import java.net.http.HttpResponse.BodyHandler;
import java.security.SignatureException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * Checks replies and notifications in the way of one partner, which {@link Verifiers} names: that they are signed, by a known
 * key, over just these bytes, now.
 *
 * <p>A missing signature is a failure. Immutable but for the nonces it remembers, and thread-safe. Every failure is a
 * {@link SignatureException}, which tells nothing of a secret or of what the right signature would have been.
 */
public final class Verifier {

    private final Proof proof;
    private final Freshness freshness;

    private Verifier(Proof proof, Freshness freshness) {
        this.proof = proof;
        this.freshness = freshness;
    }

    static Verifier of(Proof proof) {
        return new Verifier(proof, Freshness.standard());
    }

    static <K> Verifier rotating(KeyRing<K> keys, BiFunction<String, K, Verifier> verifier) {
        Map.Entry<String, K> first = keys.signing();
        // The first one's settings, and one memory of nonces for all: a rotation must not forget what was seen.
        return new Verifier(
                new RotatingProof<>(keys, (id, key) -> verifier.apply(id, key).proof),
                verifier.apply(first.getKey(), first.getValue()).freshness);
    }

    /** The same with another difference of clocks that is accepted, either way, where the scheme has a date; default 300 s. */
    public Verifier tolerance(Duration tolerance) {
        return new Verifier(proof, freshness.tolerance(tolerance));
    }

    /**
     * The same that refuses what it has seen before, by the nonce or id that the scheme has. By default it does not: a partner that
     * got no answer repeats its notification, some with the same id, so that the receiver must know repeats by their content anyway.
     *
     * @param most how many are remembered for twice the tolerance, 1 to 2²⁴; beyond it messages are refused
     * @throws IllegalArgumentException if the scheme has nothing that tells a repeat
     */
    public Verifier rememberNonces(int most) {
        if (!proof.hasNonce()) {
            throw Require.bad("nonces to remember", most, "none, as " + proof + " has nothing that tells a repeat");
        }
        return new Verifier(proof, freshness.remember(most));
    }

    /** The same with another source of time; default {@link Environment#system()}. */
    public Verifier environment(Environment env) {
        return new Verifier(proof, freshness.environment(env));
    }

    /**
     * Checks one reply or notification.
     *
     * @param headers as received; the case of their names does not matter
     * @param body the bytes as received, before anything has parsed them
     * @throws SignatureException if the signature is missing, malformed, wrong, old or replayed
     */
    public void verify(Map<String, List<String>> headers, byte[] body) throws SignatureException {
        Claim claim = proof.check(new Headers(Require.notNull(headers, "headers")), Require.notNull(body, "body"));
        freshness.check(claim);
    }

    /**
     * A handler that hands a body on only after its signature was checked, and otherwise fails the call with an
     * {@link java.io.IOException} whose cause is the {@link SignatureException}. It holds up to 1 MiB, and refuses more. Error replies
     * are checked like any other.
     */
    public <T> BodyHandler<T> verified(BodyHandler<T> handler) {
        Require.notNull(handler, "body handler");
        return VerifiedBody.handler(
                handler, (info, body) -> verify(info.headers().map(), body));
    }

    @Override
    public String toString() {
        return "Verifier[" + proof + "]";
    }
}
