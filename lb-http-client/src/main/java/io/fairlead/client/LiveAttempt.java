// over 300: one state, three transitions, and twenty plain reads of it
package io.fairlead.client;

import io.fairlead.Admission;
import io.fairlead.Attempt;
import io.fairlead.CallFailure;
import io.fairlead.CallOptions;
import io.fairlead.Delivery;
import io.fairlead.Endpoint;
import io.fairlead.Outcome;
import io.fairlead.Verdict;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One attempt as it goes: keeps its state, and sees to it that load, ejection and listeners hear of its start, answer and
 * end exactly once each and in this order, whichever of the transport, the deadline and the caller's cancel comes first.
 *
 * <p>The three transitions run on different threads and must not overtake each other: they are made one at a time, without a lock, since
 * users' code hears of each. One that comes while another is being made is made next, by the thread that is at it.
 */
final class LiveAttempt implements Attempt {

    private enum Stage {
        NEW,
        STARTED,
        ANSWERED,
        FINISHED
    }

    private final Call call;
    private final int number;
    private final boolean hedge;
    private final Sequence transitions = new Sequence("what follows an attempt");
    private volatile Stage stage = Stage.NEW;
    private volatile @Nullable Node node;
    private @Nullable Ledger ledger;
    private @Nullable Runnable onFinished;
    Admission.@Nullable Permit permit;

    private volatile long startNanos;
    private volatile long eventNanos;
    private volatile long latencyNanos = -1;
    private volatile Instant started = Instant.EPOCH;
    private volatile int status;
    private volatile @Nullable HttpHeaders headers;
    private volatile @Nullable Throwable failure;
    private volatile @Nullable Verdict verdict;
    private volatile boolean superseded;
    private volatile boolean redirected;
    private boolean trial;
    private long trialLease;

    LiveAttempt(Call call, int number, boolean hedge) {
        this.call = call;
        this.number = number;
        this.hedge = hedge;
    }

    /** The endpoint is chosen, and {@link Node#hold held}. {@code ledger} is the one that the endpoint belongs to now. */
    void choose(Node node, Ledger ledger) {
        this.node = node;
        this.ledger = ledger;
    }

    Ledger ledger() {
        return Objects.requireNonNull(ledger);
    }

    /** It will not be sent, or not to this endpoint. */
    void letGo() {
        Node chosen = node;
        if (chosen != null) {
            node = null;
            chosen.release();
            if (trial) {
                trial = false;
                call.runtime().cluster.states().trialEnded(chosen, this);
            }
        }
    }

    /** About to be sent; {@code onFinished} runs once, at its end. */
    void start(long nowNanos, Instant now, Runnable onFinished) {
        transitions.run(() -> {
            startNanos = nowNanos;
            eventNanos = nowNanos;
            started = now;
            this.onFinished = onFinished;
            stage = Stage.STARTED;
            call.runtime().cluster.started(node(), this);
            call.runtime().events.tell(listener -> listener.attemptStarted(this));
        });
    }

    /** The headers are here, and not yet judged: what a classifier may look at. */
    void seen(long nowNanos, int status, @Nullable HttpHeaders headers, @Nullable Throwable failure) {
        eventNanos = nowNanos;
        latencyNanos = nowNanos - startNanos;
        this.status = status;
        this.headers = headers;
        this.failure = failure;
    }

    /** The body broke off before it could be judged. */
    void cutShort(long nowNanos, Throwable why) {
        eventNanos = nowNanos;
        failure = why;
    }

    /** Another attempt of the call is faster; to be said before it is {@link #answered}. */
    void supersede() {
        superseded = true;
    }

    /** Its server did nothing but send it elsewhere. */
    void redirect() {
        redirected = true;
    }

    boolean isRedirected() {
        return redirected;
    }

    /** The verdict on what was {@link #seen}; a bad one is final. */
    void answered(Verdict verdict) {
        transitions.run(() -> answer(verdict));
    }

    private void answer(Verdict given) {
        if (stage != Stage.STARTED) {
            return;
        }
        verdict = given;
        stage = Stage.ANSWERED;
        node().answered(this);
        call.runtime().cluster.states().answered(node(), this);
        if (isBad(given)) {
            call.runtime().cluster.states().judge(node(), this);
        }
        call.runtime().events.tell(listener -> listener.attemptAnswered(this));
    }

    /**
     * It is over.
     *
     * @param cut why the body did not complete, or null if it did, or if the reader chose not to have the rest
     */
    void finished(long nowNanos, @Nullable Throwable cut) {
        transitions.run(() -> finish(nowNanos, cut, Outcome.FAILED));
    }

    /** As the other, but the server is not to blame: its reader, or the caller, wants no more of the body. */
    void givenUp(long nowNanos, Throwable why) {
        transitions.run(() -> finish(nowNanos, why, Outcome.IGNORED));
    }

    /** Runs it when all is told that has become of the attempt so far. */
    void afterwards(Runnable task) {
        transitions.run(task);
    }

    private void finish(long nowNanos, @Nullable Throwable cut, Outcome ifCut) {
        if (stage == Stage.FINISHED || stage == Stage.NEW) {
            return;
        }
        Verdict last = verdict;
        boolean wasGood = stage == Stage.ANSWERED && last != null && !isBad(last);
        eventNanos = nowNanos;
        if (wasGood && cut != null) {
            failure = cut;
            verdict = new Verdict(ifCut, Delivery.PROCESSED);
        }
        stage = Stage.FINISHED;
        Runnable leave = Objects.requireNonNull(onFinished);
        Admission.Permit given = permit;
        try {
            over(wasGood);
        } finally {
            Events.guarded("transport", leave);
            if (given != null) {
                Events.guarded("admission permit", () -> given.release(this));
            }
        }
    }

    private void over(boolean wasGood) {
        node().finished(this);
        if (wasGood) {
            call.runtime().cluster.states().judge(node(), this);
        }
        if (trial) {
            call.runtime().cluster.states().trialEnded(node(), this);
        }
        call.runtime().events.tell(listener -> listener.attemptFinished(this));
    }

    /** It has the lease of its endpoint's trial; said before it is {@link #choose chosen}. */
    void beTrial(long lease) {
        trial = true;
        trialLease = lease;
    }

    long trialLease() {
        return trialLease;
    }

    boolean isTrial() {
        return trial;
    }

    /** Whether the endpoint that was chosen for it is not to be sent to any more. */
    boolean hasLostEndpoint() {
        return node().leftService() && !(trial && node().isTriedBy(trialLease));
    }

    /** Whether the server may get the request twice: what is used to try an endpoint that may still be sick. */
    boolean isRepeatable() {
        return call.isIdempotent() || call.isProtectedByKey();
    }

    private static boolean isBad(Verdict verdict) {
        return verdict.outcome() == Outcome.FAILED || verdict.outcome() == Outcome.OVERLOADED;
    }

    boolean isAnswered() {
        return stage == Stage.ANSWERED || stage == Stage.FINISHED;
    }

    boolean isSent() {
        return stage != Stage.NEW;
    }

    Node node() {
        Node chosen = node;
        if (chosen == null) {
            throw new IllegalStateException("no endpoint is chosen yet");
        }
        return chosen;
    }

    Verdict verdict() {
        Verdict given = verdict;
        return given != null ? given : new Verdict(Outcome.IGNORED, Delivery.UNKNOWN);
    }

    /** Its line in the report of a failed call. */
    CallFailure.Try summary() {
        String reason;
        Throwable why = failure;
        if (why != null) {
            reason = Failures.describe(why);
        } else {
            reason = status > 0 ? "answered " + status : "unanswered";
        }
        long took = latencyNanos >= 0 ? latencyNanos : eventNanos - startNanos;
        return new CallFailure.Try(
                number,
                node().target().uri(),
                started,
                Duration.ofNanos(took),
                status,
                verdict().outcome(),
                verdict().delivery(),
                reason);
    }

    @Override
    public long callId() {
        return call.id();
    }

    @Override
    public String service() {
        return call.runtime().name;
    }

    @Override
    public int number() {
        return number;
    }

    @Override
    public HttpRequest request() {
        return call.request();
    }

    @Override
    public CallOptions options() {
        return call.options();
    }

    @Override
    public @Nullable String affinityKey() {
        return call.affinityKey();
    }

    @Override
    public @Nullable String idempotencyKey() {
        return call.idempotencyKey();
    }

    @Override
    public int permits() {
        return call.permits();
    }

    @Override
    public @Nullable Endpoint endpoint() {
        return node;
    }

    @Override
    public boolean hedge() {
        return hedge;
    }

    @Override
    public boolean superseded() {
        return superseded;
    }

    @Override
    public boolean inquiry() {
        return call.isInquiry();
    }

    @Override
    public boolean tried(Endpoint endpoint) {
        return call.tried(endpoint, number);
    }

    @Override
    public int untried() {
        return call.untried();
    }

    @Override
    public long startNanos() {
        return startNanos;
    }

    @Override
    public long eventNanos() {
        return eventNanos;
    }

    @Override
    public long latencyNanos() {
        return latencyNanos;
    }

    @Override
    public int status() {
        return status;
    }

    @Override
    public @Nullable HttpHeaders headers() {
        return headers;
    }

    @Override
    public long retryAfterNanos() {
        HttpHeaders answer = headers;
        return answer == null ? -1 : RetryAfter.nanos(answer, call.runtime().env.now());
    }

    @Override
    public @Nullable Throwable failure() {
        return failure;
    }

    @Override
    public @Nullable Outcome outcome() {
        Verdict given = verdict;
        return given == null ? null : given.outcome();
    }

    @Override
    public @Nullable Delivery delivery() {
        Verdict given = verdict;
        return given == null ? null : given.delivery();
    }
}
