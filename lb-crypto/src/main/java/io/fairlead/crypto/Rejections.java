package io.fairlead.crypto;

import io.fairlead.Environment;
import java.net.http.HttpHeaders;
import java.util.concurrent.TimeUnit;

/**
 * How often a token may be dropped because a server rejected it: a server that rejects whatever it is shown must not have us fetch a
 * token for each call. Thread-safe.
 */
final class Rejections {

    private static final long FIRST = TimeUnit.SECONDS.toNanos(1);
    private static final long MOST = TimeUnit.MINUTES.toNanos(1);

    private final Environment env;
    private long pause; // these two under the lock
    private long last;

    Rejections(Environment env) {
        this.env = env;
    }

    /**
     * Drops a token, unless the last was dropped a moment ago: the pause doubles while rejections follow each other closely.
     *
     * @return whether there is or will be another token than this
     */
    synchronized boolean drop(AccessToken rejected, Fetched<AccessToken> tokens) {
        if (tokens.latest() != rejected) {
            return true; // whoever was rejected with it at the same time has dropped it
        }
        long now = env.nanoTime();
        long since = now - last;
        if (pause > 0 && since < pause) {
            return false;
        }
        pause = pause > 0 && since < 2 * pause ? Math.min(MOST, 2 * pause) : FIRST;
        last = now;
        return tokens.drop(rejected) || tokens.latest() != rejected;
    }

    /** Whether the server turned a proof away because it lacks a nonce (RFC 9449, section 9). */
    static boolean asksForNonce(HttpHeaders headers) {
        return headers.allValues("WWW-Authenticate").stream().anyMatch(value -> value.contains("use_dpop_nonce"));
    }
}
