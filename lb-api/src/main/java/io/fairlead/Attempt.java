package io.fairlead;

import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import org.jspecify.annotations.Nullable;

/**
 * One try of a call at one endpoint, as far as it has come.
 *
 * <p>A view for the time of the call that hands it over, not for keeping: copy what is needed later. Implemented by the
 * client, not by users. Methods are plain reads without allocation unless they say otherwise.
 */
public interface Attempt {

    /** Number of the call in this client, the same for all its attempts. */
    long callId();

    /** Name of the service. */
    String service();

    /** 1 for the first attempt of a call. */
    int number();

    /** The caller's own request: logical host, and neither token nor signature among its headers. */
    HttpRequest request();

    /** What the caller asked for this one request. */
    CallOptions options();

    /** The key of strategies that route by key, or null: {@link CallOptions#affinityKey()}, else the service's extractor. */
    @Nullable
    String affinityKey();

    /** The idempotency key that is sent, or null; the same on every attempt of a call. */
    @Nullable
    String idempotencyKey();

    /** Permits that the attempt costs at the limiter, 1 or more. */
    int permits();

    /** The endpoint, or null before it is picked. */
    @Nullable
    Endpoint endpoint();

    /** Whether it was sent while another attempt of the call was under way, because that was slow. */
    boolean hedge();

    /**
     * Whether it was cancelled because another attempt of the call was faster. Its outcome is then {@link Outcome#IGNORED}, and its
     * latency says when the other one answered, not what this endpoint takes.
     */
    boolean superseded();

    /** Whether it does not carry out the call but asks what became of it: see {@link Inquiry}. */
    default boolean inquiry() {
        return false;
    }

    /** Whether an earlier attempt of this call went to this endpoint. */
    boolean tried(Endpoint endpoint);

    /** How many endpoints that may be picked now were not tried in this call; this attempt's own counts as tried. */
    int untried();

    /** {@link Environment#nanoTime()} when it was sent. */
    long startNanos();

    /** {@link Environment#nanoTime()} of the event being reported: start, answer or end. One clock read serves all who are told. */
    long eventNanos();

    /** Nanoseconds from the start to the response headers, or to the failure before them; −1 until then. */
    long latencyNanos();

    /** Status of the response, or 0 while there is none. */
    int status();

    /** Headers of the response, or null while there are none. */
    @Nullable
    HttpHeaders headers();

    /** How long the server asked to wait ({@code Retry-After}, seconds or date), in nanoseconds from now; −1 if it did not. Allocates. */
    long retryAfterNanos();

    /** Why it ended without a complete response, or null. */
    @Nullable
    Throwable failure();

    /** The verdict on the server, or null until the headers or a failure are there. */
    @Nullable
    Outcome outcome();

    /** What is proven about the request, or null until the headers or a failure are there. */
    @Nullable
    Delivery delivery();
}
