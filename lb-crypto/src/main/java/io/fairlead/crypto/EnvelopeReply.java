package io.fairlead.crypto;

import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;

/**
 * The body of a reply that is opened chunk by chunk on its way to the caller's subscriber.
 *
 * @param <T> what the caller's subscriber makes of it
 */
record EnvelopeReply<T>(BodySubscriber<T> reader, ChunkFlow<List<ByteBuffer>, List<ByteBuffer>> flow)
        implements BodySubscriber<T> {

    static <T> EnvelopeReply<T> of(Chunks opening, BodySubscriber<T> reader) {
        return new EnvelopeReply<>(reader, new ChunkFlow<>(opening, chunks -> chunks, List::of, reader));
    }

    @Override
    public CompletionStage<T> getBody() {
        return reader.getBody();
    }

    @Override
    public void onSubscribe(Flow.Subscription s) {
        flow.onSubscribe(s);
    }

    @Override
    public void onNext(List<ByteBuffer> chunks) {
        flow.onNext(chunks);
    }

    @Override
    public void onError(Throwable why) {
        flow.onError(why);
    }

    @Override
    public void onComplete() {
        flow.onComplete();
    }
}
