package io.fairlead.crypto;

import java.io.IOException;
import java.net.http.HttpRequest.BodyPublisher;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * A body that is digested again while it is sent: the chunk that would complete the signed length is passed on only if the
 * digest is the one that was signed, so that no other body ever completes on the wire.
 *
 * @param body what is sent
 * @param length how many bytes were signed, 1 or more
 * @param sha256 their digest in hex
 */
record SignedBody(BodyPublisher body, long length, String sha256) implements BodyPublisher {

    @Override
    public long contentLength() {
        return body.contentLength();
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
        body.subscribe(new Checking(subscriber, length, sha256));
    }

    @Override
    public String toString() {
        return "SignedBody[" + length + " bytes]";
    }

    /** Passes chunks one for one, so that demand passes through as it is. Its signals are serial, as the publisher's are. */
    private static final class Checking implements Flow.Subscriber<ByteBuffer> {

        private final Flow.Subscriber<? super ByteBuffer> subscriber;
        private final String signed;
        private final MessageDigest sent = HmacKey.sha256();
        private long left;
        private boolean failed;
        private Flow.@Nullable Subscription source;

        Checking(Flow.Subscriber<? super ByteBuffer> subscriber, long length, String signed) {
            this.subscriber = subscriber;
            this.left = length;
            this.signed = signed;
        }

        @Override
        public void onSubscribe(Flow.Subscription s) {
            source = s;
            subscriber.onSubscribe(s);
        }

        @Override
        public void onNext(ByteBuffer chunk) {
            if (failed) {
                return; // chunks that were under way when the source was cancelled
            }
            if (chunk.hasRemaining()) {
                left -= chunk.remaining();
                sent.update(chunk.duplicate());
                if (left < 0 || (left == 0 && !isAsSigned())) {
                    fail();
                    return;
                }
            }
            subscriber.onNext(chunk);
        }

        @Override
        public void onComplete() {
            if (left > 0) {
                fail();
            } else if (!failed) {
                subscriber.onComplete();
            }
        }

        @Override
        public void onError(Throwable why) {
            if (!failed) {
                failed = true;
                subscriber.onError(why);
            }
        }

        private boolean isAsSigned() {
            return HexFormat.of().formatHex(sent.digest()).equals(signed);
        }

        private void fail() {
            if (failed) {
                return;
            }
            failed = true;
            if (source != null) {
                source.cancel();
            }
            subscriber.onError(new IOException("the request body changed after it was signed"));
        }
    }
}
