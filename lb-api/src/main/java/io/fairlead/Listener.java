package io.fairlead;

import org.jspecify.annotations.Nullable;

/**
 * Told what happens. Every method does nothing unless overridden.
 *
 * <p>Called on the threads that do the work, by many at once: an implementation must not block. What it throws is logged and
 * goes no further. An {@link Attempt} is a view for the time of the call.
 */
public interface Listener {

    /** A call begins. */
    default void callStarted(long callId, String service) {}

    /** An attempt is about to be sent. */
    default void attemptStarted(Attempt attempt) {}

    /** The headers of an attempt, or the failure before them, are there. */
    default void attemptAnswered(Attempt attempt) {}

    /** An attempt is over: its body is complete, failed, cancelled or given up. */
    default void attemptFinished(Attempt attempt) {}

    /** Another attempt will follow this one, after a delay; {@code budgeted} if it was taken from the retry budget. */
    default void retryScheduled(Attempt attempt, long delayNanos, boolean budgeted) {}

    /** Another attempt would have been safe and wanted, but the retry budget is used up. */
    default void retryBudgetExhausted(Attempt attempt) {}

    /** The partner was asked what became of an attempt in doubt ({@link Inquiry}); an answer that did not come is unknown. */
    default void inquiryAnswered(Attempt inDoubt, Inquiry.Finding finding) {}

    /** A call has failed so, and its {@link Fallback} answers: the caller gets that reply as the response. */
    default void fallbackUsed(long callId, String service, CallFailure failure) {}

    /** A call waits for its permits. */
    default void callThrottled(long callId, String service, long waitNanos) {}

    /**
     * A call has its answer (headers) or its failure.
     *
     * @param status status of the response, or 0
     * @param attempts attempts that were sent
     * @param nanos since {@link #callStarted}
     * @param failure what the caller gets instead of a response, or null
     */
    default void callFinished(
            long callId, String service, int status, int attempts, long nanos, @Nullable Throwable failure) {}

    /** A body was given up: nobody read it, or the server stopped sending, for so long that it was cancelled. */
    default void bodyAbandoned(Attempt attempt) {}

    /** An endpoint is left alone for a while. */
    default void endpointEjected(String service, Target target, long nanos, String reason) {}

    /** The time of an ejection is over: one attempt at a time tries the endpoint. */
    default void endpointOnTrial(String service, Target target) {}

    /** An endpoint gets no new attempts, and those under way may end. */
    default void endpointDrained(String service, Target target, String reason) {}

    /**
     * The only endpoint of a service was condemned by its traffic. As nobody else is left it is not ejected; its connections are, since
     * its address may be that of several servers (a virtual IP): the next attempts connect anew.
     */
    default void connectionsLeft(String service, Target target, String reason) {}

    /** The probes of an endpoint begin to fail. */
    default void endpointSick(String service, Target target, String reason) {}

    /** An endpoint that was out is back. */
    default void endpointReturned(String service, Target target) {}

    /** Discovery reported another set of targets. */
    default void targetsChanged(String service, int targets) {}

    /** Discovery failed or reported nothing; the last good set stays in use. */
    default void discoveryFailed(String service, Throwable why) {}
}
