package io.fairlead.ratelimit;

import io.fairlead.Attempt;
import io.fairlead.CallFailure;
import io.fairlead.Delivery;
import io.fairlead.ThrottledException;
import java.util.List;

/** What an admission fails with. */
final class Refusal {

    private Refusal() {}

    /** The exception for an attempt; names neither key nor request. */
    static ThrottledException of(Attempt attempt, String why) {
        return new ThrottledException(
                why,
                new CallFailure.Report(attempt.service(), Delivery.NOT_PROCESSED, attempt.idempotencyKey(), List.of()),
                null);
    }
}
