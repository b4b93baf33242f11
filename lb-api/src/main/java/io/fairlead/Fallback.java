package io.fairlead;

import java.net.http.HttpRequest;
import org.jspecify.annotations.Nullable;

/**
 * Answers in the place of a partner that cannot: the rates of yesterday, a payment that is queued for later.
 *
 * <p>Asked when a call has failed with a {@link CallFailure} (circuit open, no endpoint, throttled, no response) that proves nothing was done
 * ({@link Delivery#NOT_PROCESSED}), or whose method is safe ({@code GET}, {@code HEAD}, {@code OPTIONS}, {@code TRACE}). Never for a
 * payment that may have been paid: no reply of ours can be true of it. Not asked for a call that was cancelled, nor for answers of servers,
 * whatever their status.
 *
 * <p>Called by many threads at once; it must not block. If it throws, the call fails as it would have, with that exception suppressed in the
 * failure.
 */
@FunctionalInterface
public interface Fallback {

    /**
     * The answer in the partner's place.
     *
     * @param request as the caller made it
     * @param failure what the caller gets otherwise: an exception
     * @return what the caller's body handler reads as the response, or null to let the call fail
     */
    @Nullable
    Reply reply(HttpRequest request, CallFailure failure);
}
