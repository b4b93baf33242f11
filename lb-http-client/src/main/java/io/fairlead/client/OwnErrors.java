package io.fairlead.client;

import java.io.IOException;
import java.net.http.HttpRequest.BodyPublisher;
import java.nio.ByteBuffer;
import java.util.concurrent.Flow;

/**
 * A body whose failure is told in words of our own.
 *
 * <p>A publisher can fail with any exception, one that the table of verdicts takes for a proof ("connection refused") included,
 * after its bytes have reached the server; and the transport itself sends again after some. Neither knows this one.
 */
record OwnErrors(BodyPublisher body) implements BodyPublisher {

    /** The caller's publisher failed; it is the cause. */
    static final class RequestBodyException extends IOException {

        private static final long serialVersionUID = 1;

        RequestBodyException(Throwable cause) {
            super("the request body failed: " + Failures.describe(cause), cause);
        }
    }

    @Override
    public long contentLength() {
        return body.contentLength();
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
        body.subscribe(new Flow.Subscriber<ByteBuffer>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                subscriber.onSubscribe(subscription);
            }

            @Override
            public void onNext(ByteBuffer chunk) {
                subscriber.onNext(chunk);
            }

            @Override
            public void onError(Throwable why) {
                subscriber.onError(new RequestBodyException(why));
            }

            @Override
            public void onComplete() {
                subscriber.onComplete();
            }
        });
    }
}
