package io.fairlead.crypto;

import io.fairlead.Environment;
import io.fairlead.Require;
import java.security.SignatureException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Whether a signature is of now and not seen before. Thread-safe; the withers begin with no memory. */
final class Freshness {

    /** Both clocks are set by NTP in practice; Stripe, Standard Webhooks and WeChat Pay allow the same. */
    private static final Duration TOLERANCE = Duration.ofMinutes(5);

    private final Duration tolerance;
    private final int most;
    private final Environment env;
    private final @Nullable Nonces nonces;

    private Freshness(Duration tolerance, int most, Environment env) {
        this.tolerance = tolerance;
        this.most = most;
        this.env = env;
        // As long as a signature is valid: from the tolerance before its date to the tolerance after its last second.
        long valid = Require.nanos(tolerance.multipliedBy(2).plusSeconds(1), "twice the tolerance");
        this.nonces = most == 0 ? null : new Nonces(most, valid, env);
    }

    static Freshness standard() {
        return new Freshness(TOLERANCE, 0, Environment.system());
    }

    Freshness tolerance(Duration other) {
        Require.positiveNanos(other, "tolerance");
        return new Freshness(other, most, env);
    }

    Freshness remember(int nonces) {
        return new Freshness(tolerance, Require.between(nonces, 1, 1 << 24, "nonces to remember"), env);
    }

    Freshness environment(Environment other) {
        return new Freshness(tolerance, most, Require.notNull(other, "environment"));
    }

    /** What has no date is always of now. */
    void check(Proof.Claim claim) throws SignatureException {
        long created = claim.created() == Proof.Claim.UNDATED ? env.now().getEpochSecond() : claim.created();
        check(created, Long.MAX_VALUE, claim.nonce());
    }

    /**
     * To be asked after the signature was found right, so that a stranger can neither probe the clock nor fill the memory.
     *
     * @param created in seconds since 1970
     * @param expires the last second of it, or Long.MAX_VALUE
     * @param nonce unique to it; null if it has none
     */
    void check(long created, long expires, @Nullable String nonce) throws SignatureException {
        long now = env.now().getEpochSecond();
        // Long arithmetic cannot overflow: what is far off is refused before it is subtracted.
        boolean near = created > 0 && created < Long.MAX_VALUE / 2 && Math.abs(now - created) <= tolerance.toSeconds();
        if (!near) {
            throw new SignatureException(
                    "the date of the signature is more than " + tolerance.toSeconds() + " s away from now");
        }
        if (now > expires) {
            throw new SignatureException("the signature has expired");
        }
        if (nonces != null) {
            if (nonce == null) {
                throw new SignatureException("no nonce");
            }
            nonces.accept(nonce);
        }
    }
}
