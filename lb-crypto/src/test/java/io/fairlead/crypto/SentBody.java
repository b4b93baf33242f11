package io.fairlead.crypto;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Flow;

/** The body of a request as it would be sent. */
final class SentBody {

    private SentBody() {}

    static String text(HttpRequest request) {
        BodySubscriber<String> text = BodySubscribers.ofString(StandardCharsets.UTF_8);
        request.bodyPublisher().orElseThrow().subscribe(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription s) {
                text.onSubscribe(s);
            }

            @Override
            public void onNext(ByteBuffer chunk) {
                text.onNext(List.of(chunk));
            }

            @Override
            public void onError(Throwable why) {
                text.onError(why);
            }

            @Override
            public void onComplete() {
                text.onComplete();
            }
        });
        return text.getBody().toCompletableFuture().join();
    }
}
