package io.fairlead.ratelimit.redis;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The server that decides, as this module needs it. Methods do not block; safe for use by many threads. */
interface Redis {

    /**
     * One request for permits, or with {@code want} below zero one that gives {@code -want} back.
     *
     * @param want the most permits that are of use
     * @param need the fewest that are; of a refund the server's moment they were for
     * @param most the longest wait in microseconds; of a refund the birth of the key they are from
     */
    record Request(long want, long need, long most) {}

    /**
     * Requests for the permits of one key, decided in their order.
     *
     * @param charge of each limit, the drops that were granted elsewhere
     * @param birth of the key as far as known, or 0
     * @param debtMicros until the last moment that this process was told, 0 if that is over
     */
    record Call(String key, Quota quota, List<Long> charge, long birth, long debtMicros, List<Request> requests) {}

    /** The answer to a request: the permits granted (0 if refused) and the microseconds until they may be used. */
    record Answer(long granted, long waitMicros) {}

    /** What came back: the birth of the key, the server's time in microseconds, and an answer to each request. */
    record Reply(long birth, long now, List<Answer> answers) {}

    /** Asks. Who completes the future in its place does not want the call to be sent any more, not even later. */
    CompletableFuture<Reply> decide(Call call);

    /** Whether a call has a chance: connected, or connecting for the first time. */
    boolean isOpen();

    /** Gives up the connection for a new one, unless it is the user's. */
    void renew();

    void close();
}
