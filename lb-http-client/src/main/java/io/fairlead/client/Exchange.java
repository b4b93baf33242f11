// over 300: the one state machine of a call; what it decides belongs side by side, so that sync and async cannot drift
// apart
package io.fairlead.client;

import io.fairlead.Admission;
import io.fairlead.CallException;
import io.fairlead.CallTimeoutException;
import io.fairlead.CircuitOpenException;
import io.fairlead.Delivery;
import io.fairlead.Environment;
import io.fairlead.Inquiry;
import io.fairlead.Inquiry.Finding;
import io.fairlead.NoEndpointException;
import io.fairlead.Outcome;
import io.fairlead.OutcomeClassifier;
import io.fairlead.Reply;
import io.fairlead.RetryPolicy;
import io.fairlead.ThrottledException;
import io.fairlead.Verdict;
import java.io.IOException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The way of one call: every decision from the first permit to the last retry, and no I/O.
 *
 * <p>A state machine. A driver tells it what happened ({@link #start}, {@link #waited}, {@link #staged}, {@link #received},
 * {@link #failed}, {@link #cancelled}; one event at a time) and does what the answer says: send, wait, await, or be done. The
 * transport tells it of the headers through {@link #handler}, because the decision to retry must fall before the user's own
 * body handler is called: a discarded answer must not touch the user's file, and a stalled error body must not hold the call.
 */
final class Exchange<T> {

    /** What the driver has to do. */
    enum Step {
        /** Send {@link #wire} through {@link #transport} with {@link #handler}; then {@link #received} or {@link #failed}. */
        SEND,
        /** Wait {@link #nanos}; then {@link #waited}. */
        WAIT,
        /** Wait for {@link #stage}, {@link #nanos} at the most; then {@link #staged}. */
        AWAIT,
        /** Hand over {@link #response}, or throw {@link #failure}. */
        DONE
    }

    /*
     * The order of the steps, and why:
     *   BODY     a body of unknown length is read ahead first: a signer needs it, and a retry sends it again
     *   TARGETS  before the first report of discovery there is nothing to decide on
     *   LIMIT    the partner counts attempts, so each attempt takes its permits, before anything is chosen that could grow old
     *            in the queue
     *   ADMIT    the asynchronous limits after the cheap one
     *   PICK     as late as possible: load and health of now, not of before the wait
     *   SIGN     after the route, because a signature covers the authority that the server sees
     *   SEND     the deadline is checked once more right before the wire
     */
    private enum Phase {
        BODY,
        TARGETS,
        LIMIT,
        ADMIT,
        PICK,
        SIGN,
        SEND,
        /** The partner is asked what became of an attempt in doubt. */
        ASK,
        HEARD,
        /** The caller's body handler reads a reply that is no server's answer to the attempt of now. */
        GIVE
    }

    private enum Plan {
        KEEP,
        RETRY,
        REDIRECT,
        ASK,
        FAIL
    }

    /**
     * How long a decision may take that is no waiting in line: a limit that is kept elsewhere answers after a round trip, and one that has lost
     * its server decides by itself after its own timeout. Twice that of the limits on Redis by default.
     */
    private static final long DECISION_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final Call call;
    private final ServiceRuntime runtime;
    private final Environment env;
    private final Transports transports;
    private final HttpResponse.BodyHandler<T> userHandler;
    private final OpenCalls open;
    private final @Nullable Hedge<T> hedge;
    private final boolean isHedge;
    private final Reservations reservations;
    private final Repeat repeat;
    private final Signing signing;
    private final @Nullable Doubt doubt;
    private Runnable whenOver = () -> {};

    private Phase phase = Phase.BODY;
    private RequestBody body;
    private volatile @Nullable LiveAttempt attempt;
    private Admission.@Nullable Permit places;
    private int redirects;
    private boolean repicked;

    private @Nullable WireRequest wire;
    private @Nullable Transport transport;
    private long nanos;
    private @Nullable CompletionStage<?> stage;
    private @Nullable Consumer<@Nullable Object> onStage;
    private String awaiting = "";

    private Plan plan = Plan.KEEP;
    private @Nullable Delivery rejected;
    private Finding finding = Finding.unknown();
    private @Nullable Outcome lastOutcome;
    private long retryNanos;
    private @Nullable HttpRequest redirect;
    private @Nullable HttpResponse<T> response;
    private @Nullable Supplier<Throwable> failure;
    private @Nullable Throwable thrown;
    private boolean mayFallBack = true;
    private volatile @Nullable TrackedBody<T> kept;
    private volatile @Nullable PrefixedBody<T> prefix;
    private int prefixBytes;
    private volatile boolean done;
    private volatile boolean failedBefore;

    /** The whole way of a call that has not begun; {@code hedge} is asked where another exchange may be under way beside it. */
    Exchange(
            Call call,
            Transports transports,
            HttpResponse.BodyHandler<T> userHandler,
            OpenCalls open,
            @Nullable Hedge<T> hedge) {
        this(call, transports, userHandler, open, hedge, null);
    }

    private Exchange(
            Call call,
            Transports transports,
            HttpResponse.BodyHandler<T> userHandler,
            OpenCalls open,
            @Nullable Hedge<T> hedge,
            @Nullable Ledger ledger) {
        this.call = call;
        this.runtime = call.runtime();
        this.env = runtime.env;
        this.transports = transports;
        this.userHandler = userHandler;
        this.open = open;
        this.hedge = hedge;
        this.isHedge = false;
        this.body = RequestBody.of(call.request());
        this.reservations = new Reservations(call);
        this.repeat = new Repeat(call, reservations, ledger);
        this.signing = new Signing(runtime.signers);
        Inquiry inquiry = call.isInquiry() ? null : runtime.service.inquiry();
        this.doubt = inquiry == null ? null : new Doubt(call, inquiry, transports, open);
    }

    private Exchange(Exchange<T> primary) {
        this.call = primary.call;
        this.runtime = primary.runtime;
        this.env = primary.env;
        this.transports = primary.transports;
        this.userHandler = primary.userHandler;
        this.open = primary.open;
        this.hedge = primary.hedge;
        this.isHedge = true;
        this.body = primary.body;
        this.reservations = new Reservations(call);
        this.repeat = new Repeat(call, reservations, primary.repeat.ledger());
        this.signing = new Signing(runtime.signers);
        this.doubt = null;
        this.phase = Phase.LIMIT;
    }

    /** The way of a question about a payment in doubt, within that payment's ledger. */
    static <T> Exchange<T> inquiry(
            Call call, Transports transports, HttpResponse.BodyHandler<T> handler, OpenCalls open, Ledger ledger) {
        return new Exchange<>(call, transports, handler, open, null, ledger);
    }

    /** One more attempt of the same call, at another endpoint, beside this one: no waiting for permits, no retries. */
    Exchange<T> hedge() {
        return new Exchange<>(this);
    }

    // ---- events -----------------------------------------------------------------------------------------------------

    /** It begins; {@code whenOver} runs when it and its body are over, maybe more than once. */
    Step start(Runnable whenOver) {
        this.whenOver = whenOver;
        if (!isHedge && !call.isInquiry()) {
            runtime.retryBudget.deposit();
            runtime.events.tell(listener -> listener.callStarted(call.id(), runtime.name));
        }
        return proceed();
    }

    /** The wait is over. */
    Step waited() {
        return proceed();
    }

    /** The stage that was awaited has come to its end, or (with a {@code TimeoutException} of the driver's) was given up. */
    Step staged(@Nullable Object value, @Nullable Throwable why) {
        Consumer<@Nullable Object> take = Objects.requireNonNull(onStage);
        onStage = null;
        if (why != null && phase == Phase.ASK) {
            leaveStage();
            return guarded(() -> {
                finding = Objects.requireNonNull(doubt).unheard(Failures.unwrap(why));
                phase = Phase.HEARD;
                return proceed();
            });
        }
        if (why != null) {
            Throwable failed = stageFailed(Failures.unwrap(why));
            return unsent(() -> failed);
        }
        stage = null;
        return guarded(() -> {
            take.accept(value);
            return proceed();
        });
    }

    private Throwable stageFailed(Throwable why) {
        if (why instanceof CircuitOpenException open) {
            return open.with(call.report());
        }
        if (phase == Phase.ADMIT || why instanceof ThrottledException) {
            return new ThrottledException(awaiting + " failed: " + Failures.describe(why), call.report(), why);
        }
        if (phase == Phase.TARGETS) {
            return new NoEndpointException("no endpoint: " + runtime.cluster.reasons(), call.report(), null);
        }
        if (call.isLate(env.nanoTime())) {
            return new CallTimeoutException("deadline passed while waiting for " + awaiting, call.report(), why);
        }
        return new CallException(awaiting + " failed: " + Failures.describe(why), call.report(), why);
    }

    /** The transport has a response; the plan was made at its headers. */
    Step received(HttpResponse<T> answer) {
        LiveAttempt sent = sent();
        if (!sent.isAnswered()) { // a transport that does not call its body handler, such as a mock
            if (seen(sent, answer.statusCode(), answer.headers())) {
                judgeAnswer(sent, null);
            }
            sent.finished(env.nanoTime(), null);
        }
        if (plan == Plan.KEEP) {
            response = new LogicalResponse<>(answer, call.original(), sent.node());
            return done(null);
        }
        return followPlan();
    }

    private Step followPlan() {
        return switch (plan) {
            case RETRY -> retry(retryNanos);
            case REDIRECT -> followRedirect();
            case ASK -> askLater(sent());
            default -> done(Objects.requireNonNull(failure));
        };
    }

    /** The transport failed: before the headers, or while the body that was kept came. */
    Step failed(Throwable raw) {
        LiveAttempt sent = sent();
        boolean stopped = wire != null && wire.wasStopped();
        Throwable why = stopped ? SentOnce.lost() : Failures.unwrap(raw);
        long now = env.nanoTime();
        dropPrefix(why);
        if (sent.isAnswered()) {
            sent.finished(now, why);
            return plan == Plan.KEEP ? done(() -> bodyFailure(why, now)) : followPlan();
        }
        return guarded(() -> {
            if (sent.status() > 0) { // while the first bytes of the body were read
                return judgeCut(sent, why) ? followPlan() : done(() -> bodyFailure(why, now));
            }
            sent.seen(now, 0, null, why);
            boolean refusedHere = why instanceof RuntimeException || why instanceof Error;
            Verdict standard =
                    refusedHere ? new Verdict(Outcome.IGNORED, Delivery.UNKNOWN) : standardVerdict(sent, why);
            judge(sent, runtime.service.classifier().classify(sent, standard));
            sent.finished(now, null);
            long delay = refusedHere ? RetryPolicy.STOP : retryDelay(sent, now);
            if (delay < 0 && !refusedHere && isInDoubt(sent, now)) {
                return askLater(sent);
            }
            return delay >= 0 ? retry(delay) : end(() -> lastFailure(why, now));
        });
    }

    private Verdict standardVerdict(LiveAttempt sent, Throwable why) {
        return transports.isProxied(sent.node().target().uri())
                ? StandardVerdicts.ofProxiedFailure(why)
                : StandardVerdicts.ofFailure(why, false);
    }

    private Throwable lastFailure(Throwable why, long now) {
        if (call.isLate(now)) {
            return new CallTimeoutException("deadline passed", call.report(), why);
        }
        return why instanceof HttpTimeoutException
                ? new CallTimeoutException("attempt timed out", call.report(), why)
                : new CallException("no response", call.report(), why);
    }

    private Throwable bodyFailure(Throwable why, long now) {
        return call.isLate(now)
                ? new CallTimeoutException("deadline passed while the body came", call.report(), why)
                : new CallException("response body failed", call.report(), why);
    }

    /** The caller does not want it any more, or the client is closed: ends the call with {@code why}. */
    Step cancelled(Throwable why) {
        LiveAttempt current = attempt;
        if (current != null && current.isSent()) {
            long now = env.nanoTime();
            dropPrefix(why);
            if (!current.isAnswered()) {
                Delivery known = current.status() > 0 ? Delivery.PROCESSED : Delivery.UNKNOWN;
                current.seen(now, current.status(), current.headers(), why);
                superseded(current, why);
                current.answered(new Verdict(Outcome.IGNORED, known));
                call.proved(known);
            }
            TrackedBody<T> open = kept;
            if (open != null) {
                open.giveUp(why);
            }
            current.finished(now, null);
        }
        giveBack();
        mayFallBack = false;
        return done(() -> told(why));
    }

    private Throwable told(Throwable why) {
        if (why instanceof HttpTimeoutException) {
            return new CallTimeoutException("deadline passed", call.report(), why);
        }
        return why instanceof IOException ? new CallException(words(why), call.report(), why) : why;
    }

    private static String words(Throwable why) {
        return Objects.requireNonNullElse(why.getMessage(), "aborted");
    }

    private void superseded(LiveAttempt current, Throwable why) {
        if (hedge != null && why instanceof Hedge.Superseded) {
            current.supersede();
            hedge.sample(current);
        }
    }

    // ---- the way to the wire ----------------------------------------------------------------------------------------

    private Step proceed() {
        return guarded(() -> {
            Step step = null;
            while (step == null) {
                step = switch (phase) {
                    case BODY -> prepareBody();
                    case TARGETS -> awaitTargets();
                    case LIMIT -> reserve();
                    case ADMIT -> admit();
                    case PICK -> pick();
                    case SIGN -> sign();
                    case SEND -> send();
                    case ASK -> ask();
                    case HEARD -> heard();
                    case GIVE -> done(null);
                };
            }
            return step;
        });
    }

    /** Runs a step in which users' code may throw: that fails the call, with it as the cause, and leaks nothing. */
    private Step guarded(Supplier<Step> step) {
        try {
            return step.get();
        } catch (RuntimeException | Error e) {
            LiveAttempt current = attempt;
            if (current != null && current.isSent()) {
                current.answered(new Verdict(Outcome.IGNORED, Delivery.UNKNOWN));
                call.proved(current.verdict().delivery());
                current.finished(env.nanoTime(), null);
            }
            Throwable shown = Failures.withoutSecrets(e);
            return unsent(() -> new CallException(Failures.describe(shown) + " was thrown", call.report(), shown));
        }
    }

    private @Nullable Step prepareBody() {
        CompletionStage<RequestBody> prepared = body.prepare(env);
        if (prepared == null) {
            phase = Phase.TARGETS;
            return null;
        }
        return await(prepared, "the request body", left(), value -> {
            body = (RequestBody) Objects.requireNonNull(value);
            phase = Phase.TARGETS;
        });
    }

    private @Nullable Step awaitTargets() {
        if (runtime.cluster.view() == null) {
            return await(runtime.cluster.ready(), "targets", Math.min(runtime.maxWaitNanos, left()), value -> {});
        }
        phase = Phase.LIMIT;
        return null;
    }

    private @Nullable Step reserve() {
        phase = Phase.ADMIT;
        long most = mostWait();
        long wait = reservations.reserve(most);
        if (wait < 0) {
            return end(() -> new ThrottledException(
                    "rate limit: no permit within " + most / 1_000_000 + " ms", call.report(), null));
        }
        if (wait == 0) {
            return null;
        }
        runtime.events.tell(listener -> listener.callThrottled(call.id(), runtime.name, wait));
        return hold(wait);
    }

    /* A hedge is there to save time: it never stands in line for leave. */
    private long mostWait() {
        return isHedge ? 0 : Math.max(0, Math.min(runtime.maxWaitNanos, left()));
    }

    private @Nullable Step admit() {
        Admission admission = runtime.service.admission();
        if (attempt == null) {
            attempt = call.newAttempt(isHedge);
        }
        phase = Phase.PICK;
        if (admission == null) {
            return null;
        }
        phase = Phase.ADMIT;
        long most = mostWait();
        long decided = most > Long.MAX_VALUE - DECISION_NANOS ? Long.MAX_VALUE : most + DECISION_NANOS;
        return await(admission.admit(attempt, most), "admission", Math.min(decided, left()), value -> {
            reservations.admitted((Admission.Permit) Objects.requireNonNull(value, "permit"));
            phase = Phase.PICK;
        });
    }

    private @Nullable Step pick() {
        LiveAttempt next = Objects.requireNonNull(attempt);
        Admission.Permit turn = places;
        places = null;
        Node node;
        try {
            node = repeat.pick(next, turn != null);
        } finally {
            if (turn != null) { // also where a strategy throws: a turn that is kept holds up all who come later
                turn.cancel();
            }
        }
        if (node == null && turn == null) {
            return awaitPlace(next);
        }
        if (node == null || (isHedge && next.tried(node))) {
            return unsent(
                    () -> new NoEndpointException("no endpoint: " + runtime.cluster.reasons(), call.report(), null));
        }
        if (hedge != null && repeat.ledger() == null && !call.isIdempotent()) {
            repeat.bind(next); // two attempts that know nothing of each other must meet in one ledger
        }
        signing.begin(WireRequest.routed(
                call.request(),
                WireRequest.route(node.target().uri(), call.request().uri()),
                ownHeaders(next),
                body.publisher()));
        phase = Phase.SIGN;
        return null;
    }

    /* The wait ends with the line's own refusal, which says more than the driver's. */
    private @Nullable Step awaitPlace(LiveAttempt next) {
        return await(runtime.cluster.room.admit(next, mostWait()), "a place at an endpoint", left(), value -> {
            places = (Admission.Permit) Objects.requireNonNull(value, "turn");
        });
    }

    private Map<String, String> ownHeaders(LiveAttempt next) {
        String key = call.idempotencyKey();
        String attemptHeader = runtime.service.attemptHeader();
        if (key == null && attemptHeader == null) {
            return Map.of();
        }
        Map<String, String> own = new HashMap<>(4);
        if (key != null) {
            own.put(runtime.service.idempotencyKeyHeader(), key);
        }
        if (attemptHeader != null) {
            own.put(attemptHeader, next.number() + (repeat.isBudgeted() ? ";budgeted" : ""));
        }
        return own;
    }

    private @Nullable Step sign() {
        if (signing.isOver()) {
            phase = Phase.SEND;
            return null;
        }
        return await(signing.next(), "the signature", left(), signing::take);
    }

    private @Nullable Step send() {
        LiveAttempt next = Objects.requireNonNull(attempt);
        if (mustPickAgain(next)) {
            return null;
        }
        long now = env.nanoTime();
        if (call.isLate(now)) {
            return unsent(
                    () -> new CallTimeoutException("deadline passed before the request was sent", call.report(), null));
        }
        long most = runtime.service.attemptTimeoutNanos();
        long time = Math.min(call.remainingNanos(now), most > 0 ? most : Long.MAX_VALUE);
        wire = WireRequest.timed(
                signing.request(), time, signing.isSigned() && !next.node().answersByHttp2());
        Transport lease =
                transports.lease(runtime.service, next.node().target().uri()); // last: from here on nothing throws
        transport = lease;
        reservations.spend(next);
        plan = Plan.KEEP;
        rejected = null;
        kept = null;
        prefix = null;
        next.start(now, env.now(), lease::release);
        if (hedge != null && next.number() == 1 && body.isReplayable()) {
            hedge.sending(next);
        }
        return Step.SEND;
    }

    /* Its endpoint was removed or ejected while the signature was made, or is no longer its to try. Once: what is picked then is sent to. */
    private boolean mustPickAgain(LiveAttempt next) {
        boolean again = !repicked && next.hasLostEndpoint();
        repicked = again;
        if (again) {
            next.letGo();
            phase = Phase.PICK;
        }
        return again;
    }

    // ---- the answer -------------------------------------------------------------------------------------------------

    /** The transport's body handler: judges at the headers and hands the body to whom it is due. Runs on the transport's thread. */
    HttpResponse.BodyHandler<T> handler() {
        LiveAttempt mine = sent();
        return info -> {
            mine.node().cameBy(info.version());
            if (attempt != mine || mine.isAnswered()) { // it was given up, and its answer comes all the same
                return new DiscardedBody<>(mine, env, open, true);
            }
            if (!seen(mine, info.statusCode(), info.headers())) {
                return new DiscardedBody<>(mine, env, open, true);
            }
            if (prefixBytes == 0) {
                judgeAnswer(mine, null);
                return due(info, mine);
            }
            PrefixedBody<T> first = new PrefixedBody<>(prefixBytes, env, judgeOf(info, mine));
            prefix = first;
            return first;
        };
    }

    private PrefixedBody.Judge<T> judgeOf(HttpResponse.ResponseInfo info, LiveAttempt sent) {
        return new PrefixedBody.Judge<>() {
            @Override
            public HttpResponse.BodySubscriber<T> decide(byte[] bytes) {
                judgeAnswer(sent, bytes);
                return due(info, sent);
            }

            @Override
            public boolean cut(Throwable why) {
                try {
                    return judgeCut(sent, why);
                } catch (RuntimeException | Error e) {
                    usersOwn(sent, e);
                    sent.finished(env.nanoTime(), null);
                    return true; // the plan is to fail with it
                }
            }
        };
    }

    /* The subscriber to whom the body goes by the plan. */
    private HttpResponse.BodySubscriber<T> due(HttpResponse.ResponseInfo info, LiveAttempt sent) {
        if (plan == Plan.KEEP) {
            try {
                return keep(userHandler.apply(info), sent);
            } catch (RuntimeException | Error e) {
                fail(() -> new CallException("the body handler threw " + Failures.describe(e), call.report(), e));
            }
        }
        // One that may still be booked is not to linger: its connection is given up before anybody asks.
        return new DiscardedBody<>(sent, env, open, plan == Plan.FAIL || plan == Plan.ASK);
    }

    private TrackedBody<T> keep(HttpResponse.BodySubscriber<T> user, LiveAttempt sent) {
        TrackedBody<T> tracked = new TrackedBody<>(user, sent, env, this::closeIfOver);
        kept = tracked;
        return tracked;
    }

    /* The headers are here. False if users' code has thrown, which is planned to fail the call then. */
    private boolean seen(LiveAttempt sent, int status, HttpHeaders headers) {
        try {
            sent.seen(env.nanoTime(), status, headers, null);
            // Before anybody decides: what a signer learns from this answer serves the attempt that may follow.
            rejected = signing.rejected(status, headers);
            prefixBytes = Math.min(
                    Math.max(0, runtime.service.classifier().prefixBytes(sent)), OutcomeClassifier.MOST_PREFIX_BYTES);
            return true;
        } catch (RuntimeException | Error e) {
            usersOwn(sent, e);
            return false;
        }
    }

    private void judgeAnswer(LiveAttempt sent, byte @Nullable [] bytes) {
        int status = sent.status();
        try {
            boolean viaProxy =
                    status >= 400 && transports.isProxied(sent.node().target().uri());
            Verdict standard =
                    viaProxy ? StandardVerdicts.ofProxied(status, isTls(sent)) : StandardVerdicts.ofStatus(status);
            OutcomeClassifier classifier = runtime.service.classifier();
            judge(
                    sent,
                    bytes == null ? classifier.classify(sent, standard) : classifier.classify(sent, bytes, standard));
            plan(sent, status, Objects.requireNonNull(sent.headers()), viaProxy, env.nanoTime());
            claim(sent);
        } catch (RuntimeException | Error e) {
            usersOwn(sent, e);
        }
    }

    /* The body broke off before it could be judged, and nobody has seen anything of it. Whether the call goes on. */
    private boolean judgeCut(LiveAttempt sent, Throwable why) {
        long now = env.nanoTime();
        sent.cutShort(now, why);
        judge(sent, runtime.service.classifier().classify(sent, StandardVerdicts.ofFailure(why, true)));
        sent.finished(now, null);
        retryNanos = retryDelay(sent, now);
        if (retryNanos >= 0) {
            plan = Plan.RETRY;
        } else {
            plan = isInDoubt(sent, now) ? Plan.ASK : Plan.KEEP;
        }
        return plan != Plan.KEEP;
    }

    /* A signer, classifier or policy of the user's threw. */
    private void usersOwn(LiveAttempt sent, Throwable e) {
        sent.answered(new Verdict(Outcome.IGNORED, Delivery.PROCESSED));
        call.proved(Delivery.PROCESSED);
        Throwable shown = Failures.withoutSecrets(e);
        fail(() -> new CallException(Failures.describe(shown) + " was thrown", call.report(), shown));
    }

    private void dropPrefix(Throwable why) {
        PrefixedBody<T> first = prefix;
        if (first != null) {
            boolean undecided = first.drop(why);
            assert undecided || isAnswered() || first.isDecidedHere();
        }
    }

    /* Of two answers only one may reach the user's body handler, or lead anywhere. */
    private void claim(LiveAttempt sent) {
        if (hedge == null) {
            return;
        }
        hedge.sample(sent);
        boolean counts = plan == Plan.KEEP || plan == Plan.REDIRECT;
        // A hedge that was turned away for its credentials is none: the primary's next attempt has fresh ones.
        Outcome outcome =
                isHedge && rejected != null ? Outcome.IGNORED : sent.verdict().outcome();
        if (counts && !hedge.claim(this, outcome)) {
            fail(Hedge.Superseded::new);
        }
    }

    private void fail(Supplier<Throwable> why) {
        plan = Plan.FAIL;
        failure = why;
    }

    private static boolean isTls(LiveAttempt sent) {
        return "https".equals(sent.node().target().uri().getScheme());
    }

    private void judge(LiveAttempt sent, Verdict byClassifier) {
        Verdict verdict = Objects.requireNonNull(byClassifier, "verdict of the classifier");
        Delivery proven = rejected;
        if (proven != null) { // the server is well: it checks whom it serves
            verdict = new Verdict(Outcome.SUCCESS, proven);
        }
        lastOutcome = verdict.outcome();
        sent.answered(verdict);
        call.proved(verdict.delivery());
    }

    private void plan(LiveAttempt sent, int status, HttpHeaders headers, boolean viaProxy, long now) {
        HttpRequest next = redirects < runtime.service.maxRedirects()
                ? Redirects.next(call.request(), sent.node().target().uri(), status, headers)
                : null;
        if (next != null && (next.bodyPublisher().isEmpty() || body.isReplayable())) {
            redirect = next;
            plan = Plan.REDIRECT;
            return;
        }
        retryNanos = delayAfterAnswer(sent, now);
        if (retryNanos >= 0) {
            plan = Plan.RETRY;
        } else if (rejected == null && isInDoubt(sent, now)) {
            plan = Plan.ASK;
        } else if (status == 407 && viaProxy) {
            fail(() -> new CallException("the proxy demands authentication (407)", call.report(), null));
        } else {
            plan = Plan.KEEP;
        }
    }

    // ---- another attempt --------------------------------------------------------------------------------------------

    private long delayAfterAnswer(LiveAttempt sent, long now) {
        if (rejected != null) {
            return isHedge ? RetryPolicy.STOP : repeat.delayAfresh(sent, body.isReplayable(), now);
        }
        return sent.verdict().outcome() == Outcome.SUCCESS ? RetryPolicy.STOP : retryDelay(sent, now);
    }

    private long retryDelay(LiveAttempt ended, long now) {
        return isHedge ? RetryPolicy.STOP : repeat.delay(ended, body.isReplayable(), now);
    }

    // ---- a payment in doubt -----------------------------------------------------------------------------------------

    private boolean isInDoubt(LiveAttempt ended, long now) {
        return doubt != null && doubt.arises(ended, now);
    }

    private Step askLater(LiveAttempt ended) {
        if (repeat.ledger() == null) { // what is said of one ledger is true of no other
            repeat.bind(ended);
        }
        attempt = null;
        phase = Phase.ASK;
        return hold(Objects.requireNonNull(doubt).settleNanos());
    }

    @SuppressWarnings("unchecked") // the stage's own value
    private @Nullable Step ask() {
        Doubt mine = Objects.requireNonNull(doubt);
        return await(mine.ask(), "the inquiry", left(), value -> {
            finding = mine.heard((HttpResponse<Reply>) Objects.requireNonNull(value));
            phase = Phase.HEARD;
        });
    }

    private @Nullable Step heard() {
        Doubt mine = Objects.requireNonNull(doubt);
        Reply booked = finding.reply();
        if (booked != null) {
            call.proved(Delivery.PROCESSED);
            return give(booked, mine.answered());
        }
        long now = env.nanoTime();
        if (finding.isNotBooked()) {
            call.disproved();
            long delay = retryDelay(mine.attempt(), now);
            return delay >= 0
                    ? retry(delay)
                    : end(() -> new CallException("not booked, says the partner", call.report(), null));
        }
        if (mine.mayAskAgain(now)) {
            phase = Phase.ASK;
            return hold(mine.pauseNanos());
        }
        return end(() -> call.isLate(now)
                ? new CallTimeoutException(mine.words() + ", deadline passed", call.report(), null)
                : new CallException(mine.words(), call.report(), null));
    }

    private @Nullable Step give(Reply reply, @Nullable Node from) {
        phase = Phase.GIVE;
        return await(GivenReply.to(userHandler, reply, call.original()), "the body handler", left(), value -> {
            @SuppressWarnings("unchecked") // the stage's own value
            HttpResponse<T> given = (HttpResponse<T>) Objects.requireNonNull(value);
            response = new LogicalResponse<>(given, call.original(), from);
        });
    }

    private Step retry(long delay) {
        attempt = null;
        phase = Phase.ADMIT;
        return delay > 0 ? hold(delay) : proceed();
    }

    private Step followRedirect() {
        HttpRequest next = Objects.requireNonNull(redirect);
        redirects++;
        call.redirected(next, sent());
        body = next.bodyPublisher().isEmpty() ? RequestBody.of(next) : body;
        attempt = null;
        repeat.redirected();
        phase = Phase.LIMIT;
        return proceed();
    }

    // ---- ends -------------------------------------------------------------------------------------------------------

    /** Ends the call with a failure before, or instead of, sending the current attempt. */
    private Step unsent(Supplier<Throwable> why) {
        giveBack();
        return end(why);
    }

    /* The call has failed: a fallback may answer. Of a hedged call the other exchange may still do. */
    private Step end(Supplier<Throwable> why) {
        failure = why;
        thrown = null;
        Reply reply = hedge == null && !call.isInquiry() ? standby() : null;
        if (reply == null) {
            return done(why);
        }
        return guarded(() -> {
            Step step = give(reply, null);
            return step != null ? step : done(null);
        });
    }

    /* Once: a reply that the caller's body handler could not read is not given again. */
    private @Nullable Reply standby() {
        boolean asked = mayFallBack;
        mayFallBack = false;
        return asked ? Standby.reply(call, failure()) : null;
    }

    /** A hedged call has failed with this exchange: hands over its failure, or what the fallback says, to {@code then}. */
    void endHedged(Runnable then) {
        Reply reply = standby();
        if (reply == null) {
            then.run();
            return;
        }
        try {
            GivenReply.to(userHandler, reply, call.original()).whenComplete((given, why) -> {
                if (why == null) {
                    response = new LogicalResponse<>(given, call.original(), null);
                }
                then.run();
            });
        } catch (RuntimeException | Error e) { // the caller's body handler
            failure().addSuppressed(e);
            then.run();
        }
    }

    private void giveBack() {
        reservations.giveBack();
        leaveStage();
        LiveAttempt unsentAttempt = attempt;
        if (unsentAttempt != null && !unsentAttempt.isSent()) {
            unsentAttempt.letGo();
            call.forget(unsentAttempt);
            attempt = null;
        }
    }

    private void leaveStage() {
        CompletionStage<?> late = stage;
        stage = null;
        if (late == null) {
            return;
        }
        if (phase == Phase.TARGETS
                || phase == Phase.BODY
                || phase == Phase.ASK) { // ours alone: nobody waits for it any more
            late.toCompletableFuture().cancel(false);
        } else if (phase == Phase.ADMIT || phase == Phase.PICK) { // a permit that comes when nobody waits for it
            late.whenComplete((value, why) -> {
                if (value instanceof Admission.Permit given) {
                    Events.guarded("admission permit", given::cancel);
                }
            });
            if (phase == Phase.PICK) {
                late.toCompletableFuture().cancel(false);
            }
        }
    }

    /* A failure is made when it is asked for: its report then has what became of a hedge that outlived this exchange. */
    private Step done(@Nullable Supplier<Throwable> why) {
        if (failure != why) {
            failure = why;
            thrown = null;
        }
        done = true;
        if (!isHedge && call.sent() == 0) {
            body.discard();
        }
        if (hedge == null && !call.isInquiry()) {
            tellFinished();
        }
        closeIfOver();
        return Step.DONE;
    }

    /** The call has come to its end with this exchange. */
    void tellFinished() {
        if (runtime.events.any()) {
            long took = env.nanoTime() - call.startNanos();
            int sent = call.sent();
            HttpResponse<T> answer = response;
            int status = answer == null ? 0 : answer.statusCode();
            Throwable why = answer == null ? failure() : null;
            Runnable tell =
                    () -> runtime.events.tell(l -> l.callFinished(call.id(), runtime.name, status, sent, took, why));
            LiveAttempt last = attempt;
            if (last == null) {
                tell.run();
            } else {
                last.afterwards(tell); // a listener that ends the call hears of its attempt's end first
            }
        }
    }

    /** Hands the result to the caller. */
    void settle(CallFuture<HttpResponse<T>> future) {
        HttpResponse<T> answer = response;
        if (answer != null) {
            future.succeed(answer);
        } else {
            future.fail(failure());
        }
    }

    private void closeIfOver() {
        TrackedBody<T> last = kept;
        if (done && (last == null || last.isFinished())) {
            whenOver.run();
        }
    }

    /** Whether it has its response or its failure; a body that streams may still come. */
    boolean isDone() {
        return done || (kept != null && runtime.service.endlessBodies());
    }

    /** The deadline is over: ends the body that comes, if there is one. */
    void expire() {
        TrackedBody<T> open = kept;
        if (open != null && !runtime.service.endlessBodies()) {
            open.expire(new HttpTimeoutException(runtime.name + ": deadline passed while the body came"));
        }
    }

    /** What ends the body from now on is the caller's doing. */
    void excuseServer() {
        TrackedBody<T> open = kept;
        if (open != null) {
            open.excuse();
        }
    }

    /** Ends a body that is still coming, because the client is closed. */
    void abortBody(IOException why) {
        TrackedBody<T> open = kept;
        if (open != null) {
            open.giveUp(why);
        }
    }

    /**
     * Gives up a body that has stood still for too long. Returns true if its failure has not reached the driver since the last look: the
     * JDK's client hangs on some malformed answers.
     */
    boolean sweep(long now) {
        TrackedBody<T> open = kept;
        if (open == null) {
            sweepPrefix(now);
            return false;
        }
        if (open.isFinished()) {
            boolean stuck = !done && failedBefore;
            failedBefore = open.isGivenUp();
            return stuck;
        }
        if ((call.hasDeadline() && !runtime.service.endlessBodies())) {
            return false; // the deadline sees to it
        }
        if (open.isStill(now, runtime.abandonAfterNanos, runtime.service.endlessBodies())) {
            runtime.events.tell(listener -> listener.bodyAbandoned(sent()));
            open.fail(abandoned());
        }
        return false;
    }

    private void sweepPrefix(long now) {
        PrefixedBody<T> first = prefix;
        if (first != null && !call.hasDeadline() && first.isStill(now, runtime.abandonAfterNanos)) {
            runtime.events.tell(listener -> listener.bodyAbandoned(sent()));
            first.fail(abandoned());
        }
    }

    private IOException abandoned() {
        return new IOException(runtime.name + ": response body abandoned: nothing was read or came for "
                + runtime.abandonAfterNanos / 1_000_000_000 + " s");
    }

    // ---- what the driver reads --------------------------------------------------------------------------------------

    private Step hold(long wait) {
        nanos = wait;
        return Step.WAIT;
    }

    private @Nullable Step await(CompletionStage<?> awaited, String what, long most, Consumer<@Nullable Object> take) {
        Objects.requireNonNull(awaited, "the stage of " + what);
        if (awaited instanceof CompletableFuture<?> known) {
            CompletableFuture<?> f = known.toCompletableFuture(); // of a minimal stage, one that can be asked
            if (f.isDone() && !f.isCompletedExceptionally()) {
                take.accept(f.join());
                return null;
            }
        }
        stage = awaited;
        awaiting = what;
        onStage = take;
        nanos = most;
        return Step.AWAIT;
    }

    private long left() {
        return call.remainingNanos(env.nanoTime());
    }

    private LiveAttempt sent() {
        return Objects.requireNonNull(attempt);
    }

    Call call() {
        return call;
    }

    HttpRequest wire() {
        return Objects.requireNonNull(wire);
    }

    Transport transport() {
        return Objects.requireNonNull(transport);
    }

    long nanos() {
        return nanos;
    }

    /** The longest time from sending to headers, or 0 for none. */
    long attemptNanos() {
        return runtime.service.attemptTimeoutNanos();
    }

    /** Whether the attempt of now has its headers, or its failure. */
    boolean isAnswered() {
        LiveAttempt now = attempt;
        return now == null || now.isAnswered();
    }

    /** What the last answer or failure said of its server, or null. */
    @Nullable
    Outcome lastOutcome() {
        return lastOutcome;
    }

    CompletionStage<?> stage() {
        return Objects.requireNonNull(stage);
    }

    /** The response, or null if the call failed. */
    @Nullable
    HttpResponse<T> response() {
        return response;
    }

    /** What the call failed with; only after DONE without response. */
    Throwable failure() {
        Throwable known = thrown;
        if (known == null) {
            known = Objects.requireNonNull(failure).get();
            thrown = known;
        }
        return known;
    }
}
