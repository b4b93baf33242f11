package io.fairlead.client;

import io.fairlead.Admission;
import io.fairlead.AsyncRequestSigner;
import io.fairlead.CallException;
import io.fairlead.Delivery;
import io.fairlead.NoEndpointException;
import io.fairlead.Outcome;
import io.fairlead.Verdict;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.WebSocket;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledFuture;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The opening handshake of one WebSocket to a service: waits for targets and for a place at an endpoint, is signed, and sent once.
 *
 * <p>Its steps come one at a time, on the threads that bring the events; a cancel comes between two of them. One that comes while the
 * handshake is on the wire closes the socket when that is open: the JDK has no way to call it back.
 */
final class Handshake {

    /** Opens a socket by a client's builder as the signed request says. */
    @FunctionalInterface
    interface Opener extends BiFunction<WebSocket.Builder, HttpRequest, CompletableFuture<WebSocket>> {}

    private final ServiceRuntime service;
    private final Transports transports;
    private final Call call;
    private final LiveAttempt attempt;
    private final Opener opener;
    private final CallFuture<WebSocket> future = CallFuture.root();
    private final Sequence steps = new Sequence("the opening of a WebSocket");
    private @Nullable CompletionStage<Admission.Permit> place;
    private @Nullable CompletableFuture<Void> targets;
    private boolean over;

    Handshake(ServiceRuntime service, Transports transports, Call call, Opener opener) {
        this.service = service;
        this.transports = transports;
        this.call = call;
        this.attempt = call.newAttempt(false);
        this.opener = opener;
        future.onAbort(() -> steps.run(this::abandon));
    }

    /** Begins. Cancelling the future, or a dependent of it, ends the handshake. */
    CompletableFuture<WebSocket> open() {
        step(this::awaitTargets);
        return future;
    }

    /* What users' code throws within a step fails the handshake. */
    private void step(Runnable task) {
        steps.run(() -> {
            if (over) {
                return;
            }
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                fail(e);
            }
        });
    }

    private <T> void then(CompletionStage<T> stage, Consumer<T> next) {
        stage.whenComplete((value, why) -> step(() -> {
            if (why != null) {
                fail(Failures.unwrap(why));
            } else {
                next.accept(value);
            }
        }));
    }

    private void awaitTargets() {
        CompletableFuture<Void> ready = service.cluster.ready();
        targets = ready;
        ScheduledFuture<?> timer =
                Handover.later(service.env, service.maxWaitNanos, () -> ready.completeExceptionally(noEndpoint()));
        ready.whenComplete((done, why) -> timer.cancel(false));
        then(ready, done -> pick(null));
    }

    private NoEndpointException noEndpoint() {
        return new NoEndpointException("no endpoint: " + service.cluster.reasons(), call.report(), null);
    }

    private void pick(Admission.@Nullable Permit turn) {
        Node node;
        try {
            node = service.cluster.pick(attempt, null, turn != null);
        } finally {
            if (turn != null) {
                turn.cancel();
            }
        }
        if (node != null) {
            sign(node);
        } else if (turn == null) {
            awaitPlace();
        } else {
            fail(noEndpoint());
        }
    }

    private void awaitPlace() {
        CompletionStage<Admission.Permit> turn = service.cluster.room.admit(attempt, service.maxWaitNanos);
        place = turn;
        then(turn, given -> {
            place = null;
            pick(given);
        });
    }

    private void sign(Node node) {
        URI base = node.target().uri();
        CompletionStage<HttpRequest> signed = CompletableFuture.completedFuture(WireRequest.routed(
                call.request(), WireRequest.route(base, call.request().uri()), Map.of(), Optional.empty()));
        for (AsyncRequestSigner signer : service.service.signers()) {
            signed = signed.thenCompose(signer::signAsync);
        }
        then(signed, request -> send(base, Objects.requireNonNull(request, "signed request")));
    }

    private void send(URI base, HttpRequest request) {
        Transport transport = transports.lease(service.service, base);
        attempt.start(service.env.nanoTime(), service.env.now(), transport::release);
        CompletableFuture<WebSocket> opening;
        try {
            opening = opener.apply(transport.client().newWebSocketBuilder(), request);
        } catch (RuntimeException | Error e) { // what the JDK's builder throws is a handshake that failed, too
            opening = CompletableFuture.failedFuture(e);
        }
        opening.whenComplete((socket, why) -> steps.run(() -> shaken(socket, why)));
    }

    private void shaken(@Nullable WebSocket socket, @Nullable Throwable raw) {
        if (over) {
            if (socket != null) {
                socket.abort();
            }
            return;
        }
        Throwable why = raw == null ? null : Failures.unwrap(raw);
        ended(
                why == null ? 101 : 0,
                why,
                why == null
                        ? new Verdict(Outcome.SUCCESS, Delivery.PROCESSED)
                        : StandardVerdicts.ofFailure(why, false));
        if (why != null) {
            fail(new CallException("no WebSocket", call.report(), why));
        } else {
            over = true;
            future.succeed(Objects.requireNonNull(socket));
        }
    }

    private void ended(int status, @Nullable Throwable why, Verdict verdict) {
        long now = service.env.nanoTime();
        attempt.seen(now, status, null, why);
        attempt.answered(verdict);
        attempt.finished(now, null);
    }

    private void fail(Throwable why) {
        over = true;
        if (!attempt.isSent()) { // no place, or no signature
            attempt.letGo();
        }
        future.fail(why);
    }

    private void abandon() {
        if (over) {
            return;
        }
        over = true;
        CompletableFuture<Void> ready = targets;
        if (ready != null) {
            ready.cancel(false);
        }
        CompletionStage<Admission.Permit> turn = place;
        if (turn != null) {
            turn.whenComplete((given, why) -> {
                if (given != null) {
                    given.cancel();
                }
            });
            turn.toCompletableFuture().cancel(false);
        }
        if (attempt.isSent()) {
            CancellationException why = new CancellationException("the handshake was cancelled");
            ended(0, why, new Verdict(Outcome.IGNORED, Delivery.UNKNOWN));
        } else {
            attempt.letGo();
        }
    }
}
