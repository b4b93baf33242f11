package io.fairlead.crypto;

import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A body that is read and sealed whole at its first subscription; every later one gets the same bytes. Thread-safe. */
final class SealedBody implements BodyPublisher {

    private final BodyPublisher plain;
    private final int most;
    private final long length;
    private final UnaryOperator<byte[]> seal;
    private final AtomicReference<@Nullable CompletableFuture<byte[]>> sealed = new AtomicReference<>();

    /** @param length of what is sealed; -1 if it is not known before */
    SealedBody(BodyPublisher plain, int most, long length, UnaryOperator<byte[]> seal) {
        this.plain = plain;
        this.most = most;
        this.length = length;
        this.seal = seal;
    }

    @Override
    public long contentLength() {
        return length;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
        java.util.Objects.requireNonNull(subscriber);
        whole().whenComplete((bytes, failure) -> {
            if (failure == null) {
                BodyPublishers.ofByteArray(bytes).subscribe(subscriber);
            } else {
                OneItem.failed(
                        failure instanceof CompletionException e && e.getCause() != null ? e.getCause() : failure,
                        subscriber);
            }
        });
    }

    private CompletableFuture<byte[]> whole() {
        CompletableFuture<byte[]> mine = new CompletableFuture<>();
        CompletableFuture<byte[]> first = sealed.compareAndExchange(null, mine);
        if (first != null) {
            return first;
        }
        HeldRequest.of(plain, most).thenApply(seal).whenComplete((bytes, failure) -> {
            if (failure == null) {
                mine.complete(bytes);
            } else {
                sealed.set(null); // the next attempt may read it
                mine.completeExceptionally(failure);
            }
        });
        return mine;
    }

    @Override
    public String toString() {
        return "SealedBody[]";
    }
}
