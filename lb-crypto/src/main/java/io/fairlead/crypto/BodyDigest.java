package io.fairlead.crypto;

import java.io.IOException;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** The SHA-256 of a body, read in constant memory, and the form in which exactly those bytes are sent. */
final class BodyDigest implements Flow.Subscriber<ByteBuffer> {

    private final CompletableFuture<BodyDigest> result = new CompletableFuture<>();
    private final MessageDigest sha256 = HmacKey.sha256();
    private String hex = "";
    private int chunks;
    private byte @Nullable [] only;
    private Flow.@Nullable Subscription subscription;

    private BodyDigest() {}

    /** Reads the body once; the stage completes at once if the publisher publishes at once. */
    static CompletableFuture<BodyDigest> of(BodyPublisher body) {
        BodyDigest digest = new BodyDigest();
        body.subscribe(digest);
        return digest.result;
    }

    String hex() {
        return hex;
    }

    /**
     * The body to send. A small one (one chunk) is sent as it was read; a larger one is read again and checked on the way.
     */
    BodyPublisher sendable(BodyPublisher body) {
        if (only != null && body.contentLength() == only.length) {
            return BodyPublishers.ofByteArray(only);
        }
        return new CheckedBody(body, hex);
    }

    @Override
    public void onSubscribe(Flow.Subscription s) {
        subscription = s;
        s.request(1);
    }

    @Override
    public void onNext(ByteBuffer chunk) {
        chunks++;
        if (chunks == 1) {
            only = new byte[chunk.remaining()];
            chunk.duplicate().get(only);
        } else {
            only = null;
        }
        sha256.update(chunk);
        if (subscription != null) {
            subscription.request(1);
        }
    }

    @Override
    public void onError(Throwable why) {
        result.completeExceptionally(why);
    }

    @Override
    public void onComplete() {
        hex = HexFormat.of().formatHex(sha256.digest());
        result.complete(this);
    }

    /** A body that is digested again while it is sent; its last chunk is withheld until the digest is the one that was signed. */
    private record CheckedBody(BodyPublisher body, String hex) implements BodyPublisher {

        @Override
        public long contentLength() {
            return body.contentLength();
        }

        @Override
        public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
            body.subscribe(new Withholding(subscriber, hex));
        }
    }

    /** Passes chunks on, one behind the publisher. */
    private static final class Withholding implements Flow.Subscriber<ByteBuffer>, Flow.Subscription {

        private final Flow.Subscriber<? super ByteBuffer> subscriber;
        private final String expected;
        private final MessageDigest sha256 = HmacKey.sha256();
        private Flow.@Nullable Subscription source;
        private @Nullable ByteBuffer held;
        private long demand;
        private boolean ahead;
        private boolean complete;

        Withholding(Flow.Subscriber<? super ByteBuffer> subscriber, String expected) {
            this.subscriber = subscriber;
            this.expected = expected;
        }

        @Override
        public void onSubscribe(Flow.Subscription s) {
            source = s;
            subscriber.onSubscribe(this);
        }

        /* One more than asked for is read, which is the one that is held. */
        @Override
        public void request(long n) {
            boolean first;
            synchronized (this) {
                demand = demand + n < 0 ? Long.MAX_VALUE : demand + n;
                first = !ahead;
                ahead = true;
            }
            if (complete) {
                end();
            } else if (source != null) {
                source.request(first && n < Long.MAX_VALUE ? n + 1 : n);
            }
        }

        @Override
        public void onNext(ByteBuffer chunk) {
            sha256.update(chunk.duplicate());
            ByteBuffer before = held;
            held = chunk;
            if (before != null) {
                passOn(before);
            }
        }

        private void passOn(ByteBuffer chunk) {
            synchronized (this) {
                demand--;
            }
            subscriber.onNext(chunk);
        }

        @Override
        public void onComplete() {
            if (!HexFormat.of().formatHex(sha256.digest()).equals(expected)) {
                held = null;
                subscriber.onError(new IOException("the request body changed after it was signed"));
                return;
            }
            complete = true;
            end();
        }

        private void end() {
            ByteBuffer last;
            synchronized (this) {
                last = held;
                if (last != null && demand == 0) {
                    return; // goes out with the next request
                }
                held = null;
            }
            if (last != null) {
                passOn(last);
            }
            subscriber.onComplete();
        }

        @Override
        public void onError(Throwable why) {
            subscriber.onError(why);
        }

        @Override
        public void cancel() {
            if (source != null) {
                source.cancel();
            }
        }
    }
}
