package io.fairlead.client;

import io.fairlead.Delivery;
import io.fairlead.Outcome;
import io.fairlead.Verdict;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.http.HttpConnectTimeoutException;
import java.util.Set;
import java.util.concurrent.CancellationException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/**
 * The table of verdicts ({@code docs/outcomes.md}): what a status or a failure of the JDK's client says about the server, and
 * proves about the request. What is not proven unsent counts as possibly processed.
 */
final class StandardVerdicts {

    private static final Verdict SUCCESS = new Verdict(Outcome.SUCCESS, Delivery.PROCESSED);
    private static final Verdict UNSENT = new Verdict(Outcome.FAILED, Delivery.NOT_PROCESSED);
    private static final Verdict IN_DOUBT = new Verdict(Outcome.FAILED, Delivery.UNKNOWN);
    private static final Verdict FAILED = new Verdict(Outcome.FAILED, Delivery.PROCESSED);
    private static final Verdict TURNED_AWAY = new Verdict(Outcome.OVERLOADED, Delivery.NOT_PROCESSED);
    private static final Verdict OVERLOADED = new Verdict(Outcome.OVERLOADED, Delivery.UNKNOWN);
    private static final Verdict CANCELLED = new Verdict(Outcome.IGNORED, Delivery.UNKNOWN);
    private static final Verdict PROXY_REFUSED = new Verdict(Outcome.IGNORED, Delivery.NOT_PROCESSED);

    private static final String FULL = "too many concurrent streams";

    /**
     * The words of plain IOExceptions by which the JDK's client says that the server did not act. They are matched whole: a
     * server can put words of its own into other messages, never into these.
     */
    private static final Set<String> PROOFS = Set.of(
            // no stream was to be had on the connection; thrown before anything is sent (JDK-8225647)
            FULL,
            // RST_STREAM(REFUSED_STREAM): "without any processing having occurred" (RFC 9113, section 8.7); JDK 17's
            // words
            "Received RST_STREAM: Stream not processed",
            // the same, or a GOAWAY whose last stream is before ours, after the JDK's own second try; newer JDKs' words
            "request not processed by peer");

    private StandardVerdicts() {}

    /** The verdict on an answer of the server. */
    static Verdict ofStatus(int status) {
        return switch (status) {
            case 425, 429 -> TURNED_AWAY;
            case 503 -> OVERLOADED;
            case 408, 502, 504 -> IN_DOUBT;
            default -> status >= 500 ? FAILED : SUCCESS;
        };
    }

    /**
     * The verdict on an answer that came by way of a proxy, which may be the proxy's own and then says nothing of the server.
     *
     * @param tunnel whether the proxy only relays an encrypted connection (CONNECT), so that it can answer nothing but 407
     */
    static Verdict ofProxied(int status, boolean tunnel) {
        if (status == 407) {
            return PROXY_REFUSED;
        }
        boolean maybeProxy = !tunnel && (status == 502 || status == 503 || status == 504);
        return maybeProxy ? CANCELLED : ofStatus(status);
    }

    /**
     * The verdict on a failure, without the wrappings of futures.
     *
     * @param headersSeen whether the answer's headers had come, so that the server is known to have acted
     */
    static Verdict ofFailure(Throwable failure, boolean headersSeen) {
        if (headersSeen) {
            return FAILED;
        }
        if (failure instanceof InterruptedException || failure instanceof CancellationException) {
            return CANCELLED;
        }
        if (isUnsent(failure)) {
            return UNSENT;
        }
        String words = failure.getMessage();
        if (words != null && failure.getClass() == IOException.class && words.startsWith("Tunnel failed, got: ")) {
            return PROXY_REFUSED; // the proxy could not or would not reach the server
        }
        if (isGoAway(failure, words)) {
            return OVERLOADED;
        }
        return isMalformedAnswer(failure, words) ? FAILED : IN_DOUBT;
    }

    /** The same where the request goes by way of a proxy: that the proxy cannot be reached says nothing of the server. */
    static Verdict ofProxiedFailure(Throwable failure) {
        boolean unreachable = failure instanceof ConnectException || failure instanceof HttpConnectTimeoutException;
        return unreachable ? PROXY_REFUSED : ofFailure(failure, false);
    }

    /* The exception itself must be the proof: one in the chain of causes may belong to something that came after the request. */
    private static boolean isUnsent(Throwable failure) {
        if (failure instanceof ConnectException || failure instanceof HttpConnectTimeoutException) {
            return true; // refused, no route, unknown host, or no connection (TLS included) in time
        }
        if (failure instanceof SSLHandshakeException) {
            return true; // the JDK sends no early data, so without a handshake no request was readable
        }
        String words = failure.getMessage();
        if (words == null) {
            return false;
        }
        if (failure.getClass() == SSLException.class) {
            return words.equals("Unrecognized SSL message, plaintext connection?");
        }
        return failure.getClass() == IOException.class && PROOFS.contains(words);
    }

    /*
     * JDK 17 gives up every stream of a connection whose server says GOAWAY, which nginx does after 1000 requests: a dozen payments in
     * flight would look like a dozen failures in a row of a server that is well.
     */
    private static boolean isGoAway(Throwable failure, @Nullable String words) {
        return failure.getClass() == IOException.class && words != null && words.endsWith(": GOAWAY received");
    }

    /** Whether the server allows no more requests at once than it has. */
    static boolean isFull(@Nullable Throwable failure) {
        return failure != null && failure.getClass() == IOException.class && FULL.equals(failure.getMessage());
    }

    /* Something came back that is no HTTP: the server had the request and answered, badly. */
    private static boolean isMalformedAnswer(Throwable failure, @Nullable String words) {
        return failure instanceof ProtocolException
                || (words != null
                        && (words.startsWith("parsing HTTP/1.1 header")
                                || words.startsWith("unexpected content length header with 204 response")));
    }
}
