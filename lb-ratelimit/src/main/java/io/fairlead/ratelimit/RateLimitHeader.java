package io.fairlead.ratelimit;

import java.net.http.HttpHeaders;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a server says is left of a quota: {@code RateLimit: "name";r=50;t=30}, draft-ietf-httpapi-ratelimit-headers-10, or {@code
 * RateLimit-Remaining} and {@code RateLimit-Reset} of its third draft, which many servers send.
 *
 * @param remaining permits, 0 or more
 * @param resetNanos until the quota begins anew, longer than 0
 */
record RateLimitHeader(long remaining, long resetNanos) {

    /** A day: longer ones are no use for a rate, and their nanoseconds stay countable. */
    private static final long MOST_SECONDS = 86_400;

    /** The strictest of the quotas in a response that tells both numbers, or null; what cannot be read is passed over. */
    static @Nullable RateLimitHeader of(HttpHeaders headers) {
        List<String> lines = headers.allValues("RateLimit");
        if (lines.isEmpty()) {
            return of(
                    number(headers.firstValue("RateLimit-Remaining").orElse("")),
                    number(headers.firstValue("RateLimit-Reset").orElse("")));
        }
        RateLimitHeader strictest = null;
        for (String line : lines) {
            for (String item : line.split(",", 20)) {
                RateLimitHeader quota = item(item);
                if (quota != null && (strictest == null || quota.isStricterThan(strictest))) {
                    strictest = quota;
                }
            }
        }
        return strictest;
    }

    private static @Nullable RateLimitHeader item(String item) {
        long remaining = -1;
        long reset = -1;
        for (String parameter : item.split(";", 20)) {
            String text = parameter.trim();
            if (text.startsWith("r=")) {
                remaining = number(text.substring(2));
            } else if (text.startsWith("t=")) {
                reset = number(text.substring(2));
            }
        }
        return of(remaining, reset);
    }

    private static @Nullable RateLimitHeader of(long remaining, long seconds) {
        return remaining < 0 || seconds < 0
                ? null
                : new RateLimitHeader(remaining, Math.max(1, Math.min(seconds, MOST_SECONDS) * 1_000_000_000L));
    }

    /** A whole number of at most 15 digits, as an integer of RFC 9651, or −1. */
    private static long number(String text) {
        String digits = text.trim();
        boolean whole =
                !digits.isEmpty() && digits.length() <= 15 && digits.chars().allMatch(c -> c >= '0' && c <= '9');
        return whole ? Long.parseLong(digits) : -1;
    }

    private boolean isStricterThan(RateLimitHeader other) {
        if (remaining == 0 || other.remaining == 0) {
            return remaining == 0 && (other.remaining > 0 || resetNanos > other.resetNanos);
        }
        return (double) remaining / resetNanos < (double) other.remaining / other.resetNanos;
    }
}
