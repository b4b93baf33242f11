package io.fairlead.crypto;

import io.fairlead.Environment;
import io.fairlead.Require;
import java.security.MessageDigest;
import java.security.SignatureException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Checks the signatures that {@link HmacSigner} makes. Thread-safe; what fails is told without the secret and without what the
 * right signature would have been.
 */
public final class HmacVerifier {

    /** Both clocks are set by NTP in practice; Stripe and Standard Webhooks allow the same. */
    private static final Duration TOLERANCE = Duration.ofMinutes(5);

    /** 200 a second for ten minutes fit into this many; some 200 bytes each. */
    private static final int MOST_NONCES = 120_000;

    private static final Pattern FORM =
            Pattern.compile("keyid=\"([A-Za-z0-9._~:/@-]{1,128})\";created=([1-9][0-9]{0,11});"
                    + "nonce=\"([0-9a-f]{32})\";signature=\"([0-9a-f]{64})\"");

    private final Supplier<Map<String, HmacKey>> keys;
    private final Duration tolerance;
    private final int mostNonces;
    private final Environment env;
    private final Nonces nonces;

    private HmacVerifier(Supplier<Map<String, HmacKey>> keys, Duration tolerance, int mostNonces, Environment env) {
        this.keys = keys;
        this.tolerance = tolerance;
        this.mostNonces = mostNonces;
        this.env = env;
        // As long as a signature is valid: from the tolerance before its date to the tolerance after its last second.
        long valid = Require.nanos(tolerance.multipliedBy(2).plusSeconds(1), "twice the tolerance");
        this.nonces = new Nonces(mostNonces, valid, env);
    }

    static HmacVerifier of(Map<String, byte[]> secrets) {
        if (Require.notNull(secrets, "secrets").isEmpty()) {
            throw Require.bad("secrets", "empty", "at least one");
        }
        return of(KeyRing.of(secrets));
    }

    static HmacVerifier of(KeyRing<byte[]> secrets) {
        MadeOfKeys<byte[], Map<String, HmacKey>> keys = new MadeOfKeys<>(secrets, all -> {
            Map<String, HmacKey> made = new HashMap<>();
            all.forEach((id, secret) -> made.put(id, new HmacKey(id, secret)));
            return made;
        });
        return new HmacVerifier(keys, TOLERANCE, MOST_NONCES, Environment.system());
    }

    /** The same with another difference of clocks that is accepted, either way; default 300 s. */
    public HmacVerifier tolerance(Duration tolerance) {
        Require.positiveNanos(tolerance, "tolerance");
        return new HmacVerifier(keys, tolerance, mostNonces, env);
    }

    /**
     * The same with another number of nonces that are remembered for twice the tolerance; 0 to check none. Beyond the number
     * signatures are refused, since a replay could not be told, so it should exceed the requests of that time. Default 120 000. Each
     * verifier has its own memory: several servers behind one name see a replay only where they share a verifier.
     *
     * @param most 0 to 2²⁴, which is some 3 GB
     */
    public HmacVerifier rememberNonces(int most) {
        Require.between(most, 0, 1 << 24, "nonces to remember");
        return new HmacVerifier(keys, tolerance, most, env);
    }

    /** The same with another source of time; default {@link Environment#system()}. */
    public HmacVerifier environment(Environment env) {
        return new HmacVerifier(keys, tolerance, mostNonces, Require.notNull(env, "environment"));
    }

    /**
     * Checks one request.
     *
     * @param authority the {@code Host} header or {@code :authority}, as received
     * @param rawPath the path as received, still encoded
     * @param rawQuery the query as received, or null
     * @param signatures all values of the header {@value HmacSigner#HEADER}: exactly one is right
     * @param body the bytes as received
     * @return the id of the key
     * @throws SignatureException if the signature is missing, malformed, old, replayed or wrong
     */
    public String verify(
            String method,
            String authority,
            String rawPath,
            @Nullable String rawQuery,
            List<String> signatures,
            byte[] body)
            throws SignatureException {
        Matcher parts = parse(signatures);
        refuseLineFeeds(method, authority, rawPath, rawQuery == null ? "" : rawQuery);
        String keyId = parts.group(1);
        long created = Long.parseLong(parts.group(2));
        String nonce = parts.group(3);
        String digest = HexFormat.of().formatHex(HmacKey.sha256().digest(body));
        HmacKey key = keys.get().get(keyId);
        String text = HmacKey.text(keyId, created, nonce, method, authority, rawPath, rawQuery, digest);
        // An unknown key and a wrong signature are the same answer: neither tells which keys there are.
        if (key == null || !MessageDigest.isEqual(key.sign(text), HexFormat.of().parseHex(parts.group(4)))) {
            throw new SignatureException("wrong signature or unknown key");
        }
        checkFresh(created, keyId + " " + nonce);
        return keyId;
    }

    private static Matcher parse(List<String> signatures) throws SignatureException {
        if (signatures.size() != 1) {
            throw new SignatureException(signatures.isEmpty() ? "no signature" : "more than one signature");
        }
        Matcher parts = FORM.matcher(signatures.get(0));
        if (!parts.matches()) {
            throw new SignatureException("malformed signature");
        }
        return parts;
    }

    /* A line feed in one part could pass for the beginning of the next. */
    private static void refuseLineFeeds(String... parts) throws SignatureException {
        for (String part : parts) {
            if (part.indexOf('\n') >= 0) {
                throw new SignatureException("malformed request");
            }
        }
    }

    /* After the signature, so that a stranger can neither probe the clock nor fill the memory of nonces. */
    private void checkFresh(long created, String nonce) throws SignatureException {
        long apart = Math.abs(env.now().getEpochSecond() - created);
        if (apart > tolerance.toSeconds()) {
            throw new SignatureException("signed " + apart + " s away from now");
        }
        if (mostNonces > 0) {
            nonces.accept(nonce);
        }
    }
}
