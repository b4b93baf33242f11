package io.fairlead.crypto;

import java.security.SignatureException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/** Accepts what any of the keys accepts that the ring has at that moment. */
final class RotatingProof<K> implements Proof {

    private final MadeOfKeys<K, List<Proof>> proofs;

    RotatingProof(KeyRing<K> keys, BiFunction<String, K, Proof> proof) {
        this.proofs = new MadeOfKeys<>(keys, all -> made(all, proof));
    }

    private static <K> List<Proof> made(Map<String, K> keys, BiFunction<String, K, Proof> proof) {
        List<Proof> made = new ArrayList<>();
        keys.forEach((id, key) -> made.add(proof.apply(id, key)));
        return List.copyOf(made);
    }

    @Override
    public Claim check(Headers headers, byte[] body) throws SignatureException {
        List<Proof> all = all();
        SignatureException first = null;
        for (Proof proof : all) {
            try {
                return proof.check(headers, body);
            } catch (SignatureException e) {
                first = first == null ? e : first;
            }
        }
        throw first == null ? new SignatureException("wrong signature or unknown key") : first;
    }

    private List<Proof> all() throws SignatureException {
        try {
            return proofs.get();
        } catch (KeyRing.Ended e) {
            throw new SignatureException(e.getMessage());
        }
    }

    @Override
    public boolean hasNonce() {
        return proofs.last().get(0).hasNonce();
    }

    @Override
    public String toString() {
        return proofs.toString();
    }
}
