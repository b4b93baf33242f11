package io.fairlead.health;

import io.fairlead.Environment;
import io.fairlead.HealthCheck;
import io.fairlead.HealthProbe;
import io.fairlead.Require;
import io.fairlead.Target;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/**
 * Ways to ask a server whether it is well, and the schedule by which many are asked.
 *
 * <p>A probe blocks no thread of its caller. Its stage fails with the reason as its message, usually an {@link java.io.IOException}; no
 * header that was sent and no body appears in it. Cancelling it closes what it opened. Probes are immutable and shareable unless they
 * say otherwise. Paths stand below the base path of the target, as those of the traffic do.
 */
public final class Probes {

    private Probes() {}

    /**
     * A {@code GET} of this path that must be answered with a 2xx, completely, up to 64 KiB of body.
     *
     * @param path begins with {@code /}; may have a query
     */
    public static Http http(String path) {
        return HttpProbe.get(path);
    }

    /**
     * A ping and its pong: {@code POST} of a text that never came before, which the answer must contain, so that no cache or proxy
     * can answer for the server. {@link Http#body} and {@link Http#answer(BiPredicate)} change what is sent and expected.
     */
    public static Http heartbeat(String path) {
        return HttpProbe.ping(path);
    }

    /** As {@link #heartbeat(String, Duration, Environment)} in the {@linkplain Environment#system() system's environment}. */
    public static HealthProbe heartbeat(String path, Duration silence) {
        return heartbeat(path, silence, Environment.system());
    }

    /**
     * A heartbeat that the server pushes: a {@code GET} whose 2xx response goes on without end (server-sent events, lines) and is
     * kept open from probe to probe. A probe passes while the last piece of it, of whatever content, is not older than {@code silence};
     * silence or a broken response fails one probe, and the next one opens another. A response that the server ends is opened anew.
     *
     * <p>Keeps an open request per target and transport until nobody has asked for two minutes and four silences; in HTTP/1.1 each is
     * a connection. Since the silence is patience enough, use it with {@link HealthCheck#withFall fall} 1.
     */
    public static HealthProbe heartbeat(String path, Duration silence, Environment env) {
        return new PushedHeartbeat(
                HttpProbe.path(path),
                Require.positiveNanos(silence, "silence of the heartbeat"),
                Require.notNull(env, "environment of the heartbeat"));
    }

    /**
     * A TCP connection to the target's host and port, closed at once. Proves that the machine is there and something listens, not that it
     * answers. Goes directly, past a proxy of the transport. Names are looked up on the transport's executor.
     */
    public static HealthProbe tcp() {
        return TcpProbe.INSTANCE;
    }

    /** A full TLS handshake as the traffic does it: with the transport's SSL context, parameters and name. See {@link #tls(SSLContext, String)}. */
    public static HealthProbe tls() {
        return new TlsProbe(null, null);
    }

    /**
     * A full TLS handshake over a TCP connection as of {@link #tcp()}: proves that the server's certificate is valid now and for this
     * name. No session is resumed, for that would skip the certificate. With TLS 1.3 a server that refuses <em>our</em> certificate says
     * so after the handshake: only a request ({@link #http}) finds that.
     *
     * @param name the name that the server is asked for (SNI) and that its certificate must bear
     */
    public static HealthProbe tls(SSLContext context, String name) {
        return new TlsProbe(
                Require.notNull(context, "SSL context of the TLS probe"),
                Require.notBlank(name, "name of the TLS probe"));
    }

    /**
     * {@code grpc.health.v1.Health/Check} for a service, empty for the server as a whole; passes on SERVING alone.
     *
     * <p>For {@code https} targets whose server agrees on HTTP/2: the JDK's client cannot begin HTTP/2 on a plain connection, and the
     * probe of an {@code http} target fails saying so. It does not show trailers either: an error that comes as headers alone (as
     * servers send all errors without a message) is told by its {@code grpc-status}; one after a complete message would go unseen.
     */
    public static HealthProbe grpc(String service) {
        return new GrpcProbe(Require.notNull(service, "service of the gRPC probe"));
    }

    /**
     * A schedule that asks targets by this check until it is closed.
     *
     * @param probe asks one target: {@link HealthCheck#probe()} with the target's transport, and permits where they cost any. Called on
     *     the environment's executor
     */
    public static Schedule schedule(
            HealthCheck check, Environment env, Function<? super Target, ? extends CompletionStage<Void>> probe) {
        return new ProbeSchedule(
                Require.notNull(check, "health check"),
                Require.notNull(env, "environment of the probes"),
                Require.notNull(probe, "probe function"));
    }

    /** A probe by one HTTP request, with settings; each returns a changed copy. */
    public sealed interface Http extends HealthProbe permits HttpProbe {

        /** With another method; default {@code GET}, of a heartbeat {@code POST}. */
        Http method(String method);

        /** With a further header. {@code toString} names it without its value. */
        Http header(String name, String value);

        /** With a body, made anew for each probe on the thread that starts it, sent in UTF-8. */
        Http body(Supplier<String> body);

        /** With these statuses in place of the 2xx. */
        Http status(int... statuses);

        /** With a test of the answer's body, whose first bytes, up to the limit, it gets as UTF-8; not for long work. */
        Http answer(Predicate<String> expected);

        /** As {@link #answer(Predicate)}; the first text is what was sent, empty without body. */
        Http answer(BiPredicate<String, String> expected);

        /** With another limit on how much of the answer is tested, 1 byte to 64 KiB; default 4 KiB, more than a health page has. */
        Http answerLimit(int bytes);
    }

    /**
     * Asks targets in time, for one or several services: a target that several watch is asked once and they are all told.
     *
     * <p>State is kept by {@link Target#uri()}, so that a changed weight changes nothing. Some 300 bytes a target; one timer, whatever the number of
     * targets, besides one for each probe under way. Safe for use by many threads.
     */
    public sealed interface Schedule extends AutoCloseable permits ProbeSchedule {

        /**
         * A service's part in this schedule, at first without targets.
         *
         * @throws IllegalStateException after {@link #close}
         */
        Watch watch(Result result);

        /**
         * Nanoseconds until the target is asked next: 0 while it is being asked or waits for its turn, −1 for a target that nobody
         * watches.
         */
        long nextProbeNanos(Target target);

        /** Brings the next probe of the target forward to now: when its traffic resumes, or no other is left. Nothing for one that nobody watches. */
        void probeNow(Target target);

        /** Ends all probes and watches. */
        @Override
        void close();
    }

    /** One service's targets in a schedule. Safe for use by many threads. */
    public sealed interface Watch extends AutoCloseable permits ProbeShare {

        /** Asks this target from now on; again with another weight or tags, it takes the place of the one with the same URI. */
        void add(Target target);

        /** Asks it no more, unless others watch it; a probe under way is cancelled. It may be told of once more by another thread. */
        void remove(Target target);

        /** Removes all targets; more cannot be added. */
        @Override
        void close();
    }

    /**
     * Told what the probes say. Called one at a time, in order, on any of the client's threads; must not block. What it throws goes to
     * the thread's handler of uncaught exceptions, and no further.
     */
    @FunctionalInterface
    public interface Result {

        /**
         * A target, of which nothing is known until then, is well or sick. Also told at once of a target that others know already.
         *
         * @param reason for people: "3 probes in a row failed, the last: status 503"
         */
        void changed(Target target, boolean well, String reason);

        /** Whether the target had traffic of late; one that is well and idle for all who watch it is asked seldom. Default true, and true if it throws. */
        default boolean busy(Target target) {
            return true;
        }
    }
}
