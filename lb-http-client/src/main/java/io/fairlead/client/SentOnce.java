package io.fairlead.client;

import java.io.IOException;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.util.concurrent.Flow;

/**
 * The empty body of a signed GET or HEAD, which stops the JDK's client from sending it a second time by itself.
 *
 * <p>When an HTTP/1.1 connection ends before an answer, the JDK repeats a GET below everything else: with the same nonce, which a partner
 * takes for a replay. Each time it writes the head of a request it asks the body for its length, and an exception then ends the
 * repeat before a byte of it is sent. The attempt has failed as a POST would have, and the next one is signed anew.
 *
 * <p>The price is a {@code Content-Length: 0} over HTTP/1.1 that JDKs since 19 leave out otherwise. Not for HTTP/2, where the JDK repeats only
 * what the server says it has not processed.
 */
final class SentOnce implements BodyPublisher {

    private volatile boolean sent; // one thread after the other asks
    private volatile boolean stopped;

    /** Whether a repeat was tried, so that the connection has ended without an answer. */
    boolean hasStopped() {
        return stopped;
    }

    /** What the JDK would have told of a request that it does not repeat. */
    static IOException lost() {
        return new IOException(
                "the connection ended before an answer; the signed request was not sent again as it was");
    }

    @Override
    public long contentLength() {
        if (sent) {
            stopped = true;
            throw new IllegalStateException("a signed request must not be sent twice");
        }
        sent = true;
        return 0;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
        BodyPublishers.noBody().subscribe(subscriber);
    }
}
