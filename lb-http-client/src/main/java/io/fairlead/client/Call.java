package io.fairlead.client;

import io.fairlead.CallFailure;
import io.fairlead.CallOptions;
import io.fairlead.Delivery;
import io.fairlead.Endpoint;
import io.fairlead.Require;
import io.fairlead.Service;
import java.net.http.HttpRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What stays the same over all attempts of one call, and what its attempts add up to. Thread-safe: two may be under way. */
final class Call {

    /** RFC 9110, section 9.2.2. */
    private static final Set<String> IDEMPOTENT = Set.of("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE");

    private final ServiceRuntime runtime;
    private final long id;
    private final HttpRequest original;
    private final CallOptions options;
    private final @Nullable String idempotencyKey;
    private final @Nullable String affinityKey;
    private final int permits;
    private final long startNanos;
    private final long timeoutNanos;
    private final @Nullable Instant latest;
    private final boolean inquiry;
    private final List<LiveAttempt> attempts = new ArrayList<>(2);
    private volatile HttpRequest request;
    private int lastNumber;
    private int hopStart;
    private @Nullable Ledger ledger;
    private Delivery delivery = Delivery.NOT_PROCESSED;
    /** Attempts up to this number count no more: the partner says that nothing of them was booked. */
    private int disprovedUpTo;

    /**
     * A call that begins now.
     *
     * @throws IllegalArgumentException if the service requires a key that the request does not have
     */
    Call(ServiceRuntime runtime, long id, HttpRequest request) {
        this(runtime, id, request, null);
    }

    private Call(ServiceRuntime runtime, long id, HttpRequest request, @Nullable Call asksFor) {
        this.runtime = runtime;
        this.id = id;
        this.original = request;
        this.request = request;
        this.options = CallOptions.of(request);
        this.inquiry = asksFor != null;
        this.idempotencyKey = inquiry ? null : keyOf(request);
        Service service = runtime.service;
        var extractor = service.affinityKey();
        String key = options.affinityKey();
        String own = key == null && extractor != null ? extractor.apply(request) : key;
        this.affinityKey = own == null && asksFor != null ? asksFor.affinityKey : own;
        var cost = service.permits();
        int wanted = options.permits() == 0 && cost != null ? cost.applyAsInt(request) : Math.max(1, options.permits());
        this.permits = Require.between(wanted, 1, Integer.MAX_VALUE, "permits of a request to " + runtime.name);
        this.startNanos = runtime.env.nanoTime();
        long asked = request.timeout().map(t -> Require.nanos(t, "timeout")).orElse(0L);
        long left = asksFor == null ? Long.MAX_VALUE : asksFor.remainingNanos(startNanos);
        this.timeoutNanos = left == Long.MAX_VALUE ? asked : Math.max(1, asked == 0 ? left : Math.min(asked, left));
        // The nano clock may stand still while the machine sleeps; the date does not.
        this.latest = timeoutNanos > 0 ? runtime.env.now().plusNanos(timeoutNanos) : null;
    }

    /** The question what became of this call: its own request, within this one's deadline, and the same call to all who watch. */
    Call inquiry(HttpRequest question) {
        return new Call(runtime, id, question, this);
    }

    boolean isInquiry() {
        return inquiry;
    }

    private @Nullable String keyOf(HttpRequest request) {
        Service service = runtime.service;
        String key = options.idempotencyKey();
        if (key == null) {
            key = request.headers().firstValue(service.idempotencyKeyHeader()).orElse("");
        }
        if (!key.isBlank()) {
            return CallOptions.checkedKey(key, "idempotency key");
        }
        if (isIdempotent(request)) {
            return null;
        }
        return switch (service.idempotencyKeys()) {
            case ACCEPTED -> null;
            case GENERATED -> freshKey();
            case REQUIRED ->
                throw new IllegalArgumentException("header " + service.idempotencyKeyHeader() + " of "
                        + request.method() + " to " + runtime.name
                        + " is missing: the service requires the caller's own key"
                        + " (set the header, or CallOptions.withIdempotencyKey)");
        };
    }

    /* 128 bits that no other process will ever draw again. */
    private String freshKey() {
        byte[] key = new byte[16];
        runtime.env.secureRandom().nextBytes(key);
        return HexFormat.of().formatHex(key);
    }

    synchronized LiveAttempt newAttempt(boolean hedge) {
        LiveAttempt attempt = new LiveAttempt(this, ++lastNumber, hedge);
        attempts.add(attempt);
        return attempt;
    }

    /** The attempt was not sent: it is as if it had not been. */
    synchronized void forget(LiveAttempt attempt) {
        attempts.remove(attempt);
    }

    synchronized void proved(Delivery more) {
        delivery = delivery.or(more);
    }

    /** The partner says that nothing of it was booked. */
    synchronized void disproved() {
        delivery = Delivery.NOT_PROCESSED;
        disprovedUpTo = lastNumber;
    }

    /** What is proven about the call as a whole. */
    synchronized Delivery delivery() {
        return delivery;
    }

    /** The answer to an attempt leads to another request of the same call. */
    synchronized void redirected(HttpRequest next, LiveAttempt by) {
        if (next.method().equals(request.method())) {
            by.redirect(); // 307, 308: "do it there" says that it was not done here, and nothing of earlier attempts
            delivery = Delivery.NOT_PROCESSED;
            for (LiveAttempt attempt : attempts) {
                boolean counts = attempt.number() > disprovedUpTo && attempt.outcome() != null;
                delivery = counts && !attempt.isRedirected()
                        ? delivery.or(attempt.verdict().delivery())
                        : delivery;
            }
        }
        request = next;
        hopStart = lastNumber; // each hop is a request of its own: no endpoint was tried for it
    }

    /** From here on only endpoints of this ledger count. */
    synchronized void bind(Ledger to) {
        ledger = to;
    }

    /** Whether an attempt before that number went to the endpoint. */
    synchronized boolean tried(Endpoint endpoint, int before) {
        for (int i = 0; i < attempts.size(); i++) { // no iterator: a strategy asks in its pick, which does not allocate
            LiveAttempt earlier = attempts.get(i);
            if (earlier.number() > hopStart && earlier.number() < before && earlier.endpoint() == endpoint) {
                return true;
            }
        }
        return false;
    }

    synchronized int untried() {
        View view = runtime.cluster.view();
        if (view == null) {
            return 0;
        }
        int left = view.countIn(ledger);
        for (int i = 0; i < attempts.size(); i++) {
            LiveAttempt attempt = attempts.get(i);
            Endpoint used = attempt.endpoint();
            if (attempt.number() > hopStart
                    && used != null
                    && used.healthy()
                    && View.isIn(ledger, used)
                    && !tried(used, attempt.number())) {
                left--;
            }
        }
        return Math.max(0, left);
    }

    /** Nanoseconds until the deadline, 0 or less beyond it; Long.MAX_VALUE without one. */
    long remainingNanos(long now) {
        return timeoutNanos == 0 ? Long.MAX_VALUE : startNanos + timeoutNanos - now;
    }

    /** Whether the deadline is over by the clock or by the date. */
    boolean isLate(long now) {
        return remainingNanos(now) <= 0 || (latest != null && runtime.env.now().isAfter(latest));
    }

    boolean hasDeadline() {
        return timeoutNanos > 0;
    }

    boolean isIdempotent() {
        return inquiry || isIdempotent(request);
    }

    /** Whether the partner tells a repetition by its key. One that must be asked does not. */
    boolean isProtectedByKey() {
        return idempotencyKey != null && runtime.service.inquiry() == null;
    }

    private static boolean isIdempotent(HttpRequest request) {
        return IDEMPOTENT.contains(request.method());
    }

    synchronized CallFailure.Report report() {
        return new CallFailure.Report(
                runtime.name,
                delivery,
                idempotencyKey,
                attempts.stream()
                        .filter(LiveAttempt::isSent)
                        .map(LiveAttempt::summary)
                        .toList());
    }

    synchronized int sent() {
        return (int) attempts.stream().filter(LiveAttempt::isSent).count();
    }

    /** Whether no attempt was begun but the first, and that is not answered yet. */
    synchronized boolean awaitsFirst() {
        return lastNumber == 1 && attempts.size() == 1 && attempts.get(0).outcome() == null;
    }

    ServiceRuntime runtime() {
        return runtime;
    }

    long id() {
        return id;
    }

    long startNanos() {
        return startNanos;
    }

    /** The request as the caller made it. */
    HttpRequest original() {
        return original;
    }

    /** The logical request of now: the caller's, or where a redirect has led. */
    HttpRequest request() {
        return request;
    }

    CallOptions options() {
        return options;
    }

    @Nullable
    String idempotencyKey() {
        return idempotencyKey;
    }

    @Nullable
    String affinityKey() {
        return affinityKey;
    }

    int permits() {
        return permits;
    }
}
