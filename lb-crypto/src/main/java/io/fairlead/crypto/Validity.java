package io.fairlead.crypto;

import io.fairlead.Environment;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How long one of our certificates, or a partner's, may go on being used: told in the log once when it is soon to end. Costs a comparison or two.
 * Thread-safe.
 */
final class Validity {

    /** Time for the authority, the partner and both their holidays; of a short-lived certificate a third of its life, when ACME clients renew. */
    private static final Duration AHEAD = Duration.ofDays(14);

    private static final Logger LOG = LoggerFactory.getLogger(Validity.class);

    private final X509Certificate first;
    private final Environment env;
    private final long end;
    private final long soon;
    private final AtomicBoolean told = new AtomicBoolean();

    private Validity(X509Certificate first, Environment env) {
        this.first = first;
        this.env = env;
        this.end = first.getNotAfter().toInstant().toEpochMilli();
        long third = (end - first.getNotBefore().toInstant().toEpochMilli()) / 3;
        this.soon = end - Math.min(third, AHEAD.toMillis());
    }

    /**
     * Of the certificate of a chain that ends first.
     *
     * @param before what is returned again if it is of the same certificate, so that nothing is told twice
     */
    static Validity of(List<X509Certificate> chain, Environment env, @Nullable Validity before) {
        X509Certificate first = chain.stream()
                .min(Comparator.comparing(X509Certificate::getNotAfter))
                .orElseThrow();
        return before != null && before.first.equals(first) ? before : new Validity(first, env);
    }

    /** Whether it has ended. */
    boolean isOver() {
        long now = env.now().toEpochMilli();
        if (now >= soon && told.compareAndSet(false, true)) {
            LOG.warn("{} ends at {}: exchange it before", name(), Instant.ofEpochMilli(end));
        }
        return now > end;
    }

    /** What is said of it when it has ended. */
    String reason() {
        return name() + " expired at " + Instant.ofEpochMilli(end);
    }

    private String name() {
        return CertificateRules.name(first);
    }
}
