package io.fairlead.crypto;

import java.net.http.HttpRequest.BodyPublisher;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.Flow;

/**
 * A body that is sealed while it is sent: at each subscription into the same bytes, or else it fails before a byte is sent that the first
 * did not send. Thread-safe.
 */
record EnvelopePublisher(BodyPublisher plain, Envelope envelope, EnvelopeTags tags) implements BodyPublisher {

    @Override
    public long contentLength() {
        long length = plain.contentLength();
        return length < 0 ? -1 : envelope.length(length);
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
        java.util.Objects.requireNonNull(subscriber);
        plain.subscribe(new ChunkFlow<ByteBuffer, ByteBuffer>(
                new EnvelopeSealing(envelope, tags), List::of, chunk -> chunk, subscriber));
    }

    @Override
    public String toString() {
        return "EnvelopePublisher[]";
    }
}
