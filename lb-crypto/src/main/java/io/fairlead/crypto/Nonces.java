package io.fairlead.crypto;

import io.fairlead.Environment;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The nonces of a while, each seen once; beyond a number the oldest are forgotten first. Thread-safe: a monitor is held for a
 * look-up, which is little beside the digest that was computed before.
 */
final class Nonces {

    /*
     * Not a cache, which may forget the newest for the sake of older ones: all nonces are seen once, and a replay follows
     * soon. In order of insertion the eldest entry is both the first to expire and the first to go.
     */
    private final Map<String, Long> seen = new LinkedHashMap<>();
    private final long most;
    private final long keptNanos;
    private final Environment env;

    Nonces(long most, long keptNanos, Environment env) {
        this.most = most;
        this.keptNanos = keptNanos;
        this.env = env;
    }

    /** Whether the nonce is seen for the first time, as far as is remembered. */
    synchronized boolean isFirst(String nonce) {
        long now = env.nanoTime();
        Iterator<Long> eldest = seen.values().iterator();
        while (eldest.hasNext() && now - eldest.next() > keptNanos) {
            eldest.remove();
        }
        if (seen.putIfAbsent(nonce, now) != null) {
            return false;
        }
        if (seen.size() > most) {
            Iterator<String> first = seen.keySet().iterator();
            first.next();
            first.remove();
        }
        return true;
    }
}
