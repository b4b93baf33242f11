package io.fairlead.health;

import io.fairlead.Environment;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** One response that goes on: its pieces are heartbeats. Over once, by silence, a failure, the server's end, or when nobody asks any more. */
final class PushedBeats implements BodySubscriber<Void> {

    private final Environment env;
    private final long silenceNanos;
    private final long forgottenNanos;

    /** The first beat, or why none came. */
    private final CompletableFuture<Void> first = new CompletableFuture<>();

    /** Done when it is over; failed where that is a fault of the server's. */
    private final CompletableFuture<Void> end = new CompletableFuture<>();

    private final AtomicBoolean over = new AtomicBoolean();
    private volatile long beatNanos;
    private volatile long askedNanos;
    private volatile Flow.@Nullable Subscription subscription;
    private volatile @Nullable Future<?> timer;

    PushedBeats(Environment env, long silenceNanos, long forgottenNanos) {
        this.env = env;
        this.silenceNanos = silenceNanos;
        this.forgottenNanos = forgottenNanos;
        this.beatNanos = env.nanoTime();
        this.askedNanos = beatNanos;
    }

    /** Opens the response. {@code forgotten} is called when it was closed because nobody asks. */
    void listen(HttpClient transport, HttpRequest request, Runnable forgotten) {
        CompletableFuture<?> sent = transport.sendAsync(request, info -> {
            if (info.statusCode() / 100 != 2) {
                end(new ProbeFailedException("status " + info.statusCode()));
            }
            return this;
        });
        sent.whenComplete((response, failure) -> {
            if (failure != null) {
                end(failure);
            }
        });
        timer = env.scheduler()
                .scheduleWithFixedDelay(() -> look(forgotten), silenceNanos, silenceNanos, TimeUnit.NANOSECONDS);
        end.whenComplete((nothing, failure) -> {
            sent.cancel(true);
            Flow.Subscription body = subscription;
            if (body != null) {
                body.cancel();
            }
            Future<?> looking = timer;
            if (looking != null) {
                looking.cancel(false);
            }
        });
    }

    /* Every so often: a silence may be noticed up to as late again; whoever asks in between sees it at once. */
    private void look(Runnable forgotten) {
        long now = env.nanoTime();
        if (now - askedNanos >= forgottenNanos) {
            end(null);
            forgotten.run();
        } else {
            silent(now);
        }
    }

    private void silent(long now) {
        if (now - beatNanos >= silenceNanos) {
            end(new ProbeFailedException(
                    "no heartbeat for " + Duration.ofNanos(now - beatNanos).toMillis() + " ms"));
        }
    }

    /** Whether it was ended without fault: by the server, or since nobody asked. Then another one is to be opened. */
    boolean ended() {
        return end.isDone() && !end.isCompletedExceptionally();
    }

    /** Well once there was a beat, unless it is silent or broken since. The answer, not the response, is the asker's to cancel, but before the first beat. */
    CompletableFuture<Void> ask() {
        askedNanos = env.nanoTime();
        silent(askedNanos);
        if (end.isCompletedExceptionally()) {
            return end.copy();
        }
        if (first.isDone() && !first.isCompletedExceptionally()) {
            return CompletableFuture.completedFuture(null);
        }
        CompletableFuture<Void> answer = first.copy();
        answer.whenComplete((nothing, failure) -> {
            if (answer.isCancelled()) {
                end(null); // the asker knows; whoever asks next tries anew
            }
        });
        return answer;
    }

    /** Ends it, the first time: what is closed by that fails in consequence. Whoever waits is told when all is closed. */
    void end(@Nullable Throwable fault) {
        if (!over.compareAndSet(false, true)) {
            return;
        }
        if (fault == null) {
            end.complete(null);
            first.completeExceptionally(new ProbeFailedException("the response ended without a heartbeat"));
        } else {
            end.completeExceptionally(fault);
            first.completeExceptionally(fault);
        }
    }

    @Override
    public CompletionStage<Void> getBody() {
        return CompletableFuture.completedFuture(null); // the response as a whole is no answer; its pieces are
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        this.subscription = subscription;
        if (end.isDone()) {
            subscription.cancel();
        } else {
            subscription.request(Long.MAX_VALUE);
        }
    }

    @Override
    public void onNext(List<ByteBuffer> piece) {
        beatNanos = env.nanoTime();
        first.complete(null);
    }

    @Override
    public void onError(Throwable failure) {
        end(failure);
    }

    @Override
    public void onComplete() {
        end(null);
    }
}
