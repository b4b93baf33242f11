package io.fairlead.ratelimit.redis;

import java.util.Arrays;
import java.util.List;

/**
 * The decision of the script, in this process: the bucket of one key. Begins empty. Not safe for use by many threads.
 *
 * <p>For what is granted while Redis is away. Dates are microseconds of any one clock.
 */
final class Bucket {

    /* The same arithmetic as decide.lua, where it is explained; tests hold the two against each other. */

    private final Quota quota;

    /** Of each limit: the drops missing from a full bucket at {@link #at}. */
    private final long[] missing;

    private long at;
    private long ahead;

    /** An empty bucket, before which others wait for so long. */
    Bucket(Quota quota, long now, long debtMicros) {
        this.quota = quota;
        this.missing = quota.full.clone();
        this.at = now;
        owe(debtMicros);
    }

    /** Is empty, and others wait for so long, if it was not so anyway. */
    void owe(long debtMicros) {
        for (int i = 0; i < missing.length; i++) {
            missing[i] = Math.max(missing[i], quota.full[i] + debtMicros * quota.dropsPerMicro[i]);
        }
    }

    /** Loses, of each limit, drops for what was granted elsewhere. */
    void charge(List<Long> drops) {
        for (int i = 0; i < missing.length; i++) {
            missing[i] += drops.get(i);
        }
    }

    /** Lets flow in what came since. A clock that was set back brings nothing. */
    void flow(long now) {
        long elapsed = Math.max(0, now - at);
        at = now;
        ahead = Math.max(0, ahead - elapsed);
        for (int i = 0; i < missing.length; i++) {
            long rate = quota.dropsPerMicro[i];
            missing[i] = missing[i] / rate < elapsed ? 0 : Math.max(0, missing[i] - elapsed * rate);
        }
    }

    /** The microseconds until so many permits are there; more than a full bucket holds are lent by a full one. */
    long waitFor(long permits) {
        long wait = 0;
        for (int i = 0; i < missing.length; i++) {
            wait = Math.max(wait, waitOf(i, permits));
        }
        return wait;
    }

    private long waitOf(int i, long permits) {
        long cost = Math.min(permits * quota.dropsPerPermit[i], quota.full[i]);
        return ceiling(missing[i] + cost - quota.full[i], i);
    }

    private long ceiling(long drops, int i) {
        long rate = quota.dropsPerMicro[i];
        return drops <= 0 ? 0 : (drops + rate - 1) / rate;
    }

    /** The permits that are there now; below zero where others wait. */
    long room() {
        long room = Long.MAX_VALUE;
        for (int i = 0; i < missing.length; i++) {
            room = Math.min(room, Math.floorDiv(quota.full[i] - missing[i], quota.dropsPerPermit[i]));
        }
        return room;
    }

    /** Takes permits of all limits for the moment after a wait, which is at least {@link #waitFor}. */
    void take(long permits, long wait) {
        for (int i = 0; i < missing.length; i++) {
            if (waitOf(i, permits) < wait) {
                missing[i] = Math.max(missing[i], wait * quota.dropsPerMicro[i]);
            }
            missing[i] += permits * quota.dropsPerPermit[i];
        }
    }

    /** Takes back what was granted for a moment, as far as it breaks no limit. */
    void refund(long permits, long moment) {
        long told = 0;
        for (int i = 0; i < missing.length; i++) {
            told = Math.max(told, ceiling(missing[i] - quota.full[i], i));
        }
        long age = at - moment;
        long behind = Math.min(Quota.MOST_WAIT, Math.max(0, age + Math.max(told, ahead)));
        boolean any = false;
        for (int i = 0; i < missing.length; i++) {
            long worth = permits * quota.dropsPerPermit[i] - behind * quota.dropsPerMicro[i];
            long back = Math.max(0, Math.min(missing[i], worth));
            missing[i] -= back;
            any |= back > 0;
        }
        if (any && told > ahead && age + told > 0) {
            ahead = told;
        }
    }

    /** Of each limit: the drops missing now. */
    long[] missing() {
        return missing.clone();
    }

    @Override
    public String toString() {
        return "Bucket[missing " + Arrays.toString(missing) + " of " + Arrays.toString(quota.full) + "]";
    }
}
