package io.fairlead.client;

import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;

/** How long a server asks to wait: {@code Retry-After} in seconds or as a date (RFC 9110, section 10.2.3). */
final class RetryAfter {

    /** Beyond a day nobody means it as a delay between attempts. */
    private static final long MOST_SECONDS = 86_400;

    private RetryAfter() {}

    /** Nanoseconds from now, 0 for a date gone by, −1 without the header or with one that cannot be read. */
    static long nanos(HttpHeaders headers, Instant now) {
        String value = headers.firstValue("retry-after").orElse("").trim();
        if (value.isEmpty()) {
            return -1;
        }
        if (value.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return 1_000_000_000L * (value.length() > 5 ? MOST_SECONDS : Math.min(MOST_SECONDS, Long.parseLong(value)));
        }
        try {
            Instant date = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            Duration until = Duration.between(now, date);
            return until.isNegative()
                    ? 0
                    : 1_000_000_000L
                            * Math.min(MOST_SECONDS, until.plusMillis(999).toSeconds());
        } catch (DateTimeParseException e) {
            return -1; // a header that says nothing is as good as none
        }
    }
}
