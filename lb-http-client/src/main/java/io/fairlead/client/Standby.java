package io.fairlead.client;

import io.fairlead.CallFailure;
import io.fairlead.Delivery;
import io.fairlead.Fallback;
import io.fairlead.Reply;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** When a service's fallback may answer: never where the answer could hide that somebody paid. */
final class Standby {

    /** RFC 9110, section 9.2.1. */
    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS", "TRACE");

    private Standby() {}

    /** The reply in the partner's place, or null if the call fails with {@code why} in any case. */
    static @Nullable Reply reply(Call call, Throwable why) {
        Fallback fallback = call.runtime().service.fallback();
        if (fallback == null || !(why instanceof CallFailure failure)) {
            return null;
        }
        boolean nothingDone = failure.delivery() == Delivery.NOT_PROCESSED
                || SAFE.contains(call.original().method());
        if (!nothingDone) {
            return null;
        }
        try {
            Reply reply = fallback.reply(call.original(), failure);
            if (reply != null) {
                call.runtime().events.tell(listener -> listener.fallbackUsed(call.id(), call.runtime().name, failure));
            }
            return reply;
        } catch (RuntimeException | Error e) {
            why.addSuppressed(Failures.withoutSecrets(e));
            return null;
        }
    }
}
