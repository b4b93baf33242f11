package io.fairlead.crypto;

import io.fairlead.Delivery;
import io.fairlead.Environment;
import io.fairlead.RequestSigner;
import io.fairlead.Require;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Has a signer date its signatures by the partner's clock, and asks for one more attempt where the partner turned one away for its date.
 *
 * <p>Thread-safe. It learns from answers over TLS only, as the date is not signed: without TLS a stranger could set it.
 */
final class ClockFollower implements RequestSigner {

    /** Less is within every partner's window, so the date was not the reason. */
    private static final long TELLING_MILLIS = 60_000;

    /** Longer is no date, and RFC 9110, section 5.6.7, needs 29. */
    private static final int MOST_CHARACTERS = 64;

    private final PartnerClock clock;
    private final RequestSigner signer;

    ClockFollower(Function<Environment, ? extends RequestSigner> signer, Environment env) {
        this.clock = new PartnerClock(Require.notNull(env, "environment"));
        this.signer = Require.notNull(Require.notNull(signer, "signer").apply(clock.environment()), "signer");
    }

    @Override
    public HttpRequest sign(HttpRequest request) {
        long offset = clock.offset();
        return new DatedRequest(signer.sign(request), offset);
    }

    @Override
    @SuppressWarnings("FunctionalInterfaceMethodChanged") // the same act; sign() waits for it
    public CompletionStage<HttpRequest> signAsync(HttpRequest request) {
        long offset = clock.offset();
        return signer.signAsync(request).thenApply(signed -> new DatedRequest(signed, offset));
    }

    /* 401 and 403 say that nothing was done for want of credentials (RFC 9110, sections 15.5.2 and 15.5.4). A 400 may say more. */
    @Override
    public @Nullable Delivery answered(HttpRequest signed, int status, HttpHeaders headers) {
        if (!(signed instanceof DatedRequest dated)) {
            return null; // not one of ours
        }
        Delivery asked = signer.answered(dated.signed(), status, headers);
        Instant date = "https".equalsIgnoreCase(dated.uri().getScheme()) ? date(headers) : null;
        if (date == null) {
            return asked;
        }
        long ahead = clock.learn(date);
        boolean refused = status == 400 || status == 401 || status == 403;
        if (!refused || Math.abs(ahead - dated.offsetMillis()) < TELLING_MILLIS) {
            return asked;
        }
        clock.believe(ahead);
        return status == 400 ? Delivery.UNKNOWN : Delivery.NOT_PROCESSED;
    }

    /** The date of a fresh answer; null if it says none, several or one that is stale, as from a cache. */
    static @Nullable Instant date(HttpHeaders headers) {
        List<String> dates = headers.allValues("Date");
        if (dates.size() != 1
                || dates.get(0).length() > MOST_CHARACTERS
                || headers.firstValue("Age").isPresent()) {
            return null;
        }
        try {
            return Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(dates.get(0)));
        } catch (DateTimeException malformed) {
            return null; // nothing is learned from it
        }
    }

    @Override
    public String toString() {
        return signer.toString();
    }
}
