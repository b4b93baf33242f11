package io.fairlead.crypto;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.fairlead.Environment;
import java.security.SignatureException;
import java.time.Duration;

/** The nonces of a while, each accepted once. Thread-safe. */
final class Nonces {

    private final Cache<String, Boolean> seen;
    private final long most;

    /*
     * No maximum size: a cache that is full may forget any entry, the newest first, and with it the knowledge that a request is
     * a replay. Here nothing is forgotten before its time, and what cannot be remembered is refused.
     */
    Nonces(long most, long keptNanos, Environment env) {
        this.most = most;
        this.seen = Caffeine.newBuilder()
                .expireAfterWrite(Duration.ofNanos(keptNanos))
                .ticker(env::nanoTime)
                .executor(Runnable::run)
                .build();
    }

    /** Remembers one that is new, or refuses it. */
    void accept(String nonce) throws SignatureException {
        if (seen.asMap().putIfAbsent(nonce, Boolean.TRUE) != null) {
            throw new SignatureException("replayed nonce");
        }
        if (seen.estimatedSize() > most) {
            seen.cleanUp(); // expired ones count until then
            if (seen.estimatedSize() > most) {
                seen.invalidate(nonce);
                throw new SignatureException("too many signatures at once: " + most + " nonces are remembered");
            }
        }
    }
}
