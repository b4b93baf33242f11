package io.fairlead.strategies;

import io.fairlead.Balancer;
import io.fairlead.Environment;
import io.fairlead.Require;
import io.fairlead.Strategy;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Sticky sessions over any strategy: a session goes where it went before. The session is the {@linkplain
 * io.fairlead.Attempt#affinityKey() affinity key}, or the value of a cookie that the server itself sets. When its endpoint is gone, is drained
 * (weight 0 while another has a weight) or fails in a call, the session goes where the inner strategy says, and stays there. Immutable; made by {@link
 * Balancers#sticky(Balancer)}.
 */
public final class StickyBalancer implements Balancer {

    /** Tomcat's and Jetty's session timeout. */
    private static final Duration LIFETIME = Duration.ofMinutes(30);

    /** Some 50 bytes each, however long their keys or cookies are. */
    private static final int SESSIONS = 100_000;

    private final Balancer inner;
    private final Duration lifetime;
    private final int sessions;
    private final @Nullable String cookie;
    private final @Nullable StickyCookie own;

    private StickyBalancer(
            Balancer inner, Duration lifetime, int sessions, @Nullable String cookie, @Nullable StickyCookie own) {
        this.inner = inner;
        this.lifetime = lifetime;
        this.sessions = sessions;
        this.cookie = cookie;
        this.own = own;
    }

    static StickyBalancer over(Balancer inner) {
        return new StickyBalancer(Require.notNull(inner, "balancer"), LIFETIME, SESSIONS, null, null);
    }

    /** The same with another time after the last request for which a session is remembered; default 30 minutes. */
    public StickyBalancer lifetime(Duration lifetime) {
        Require.positiveNanos(lifetime, "lifetime of sticky sessions");
        return new StickyBalancer(inner, lifetime, sessions, cookie, own);
    }

    /** The same with another bound of remembered sessions, 1 to 10 million, default 100 000; towards it the least recently used are forgotten. */
    public StickyBalancer sessions(int most) {
        return new StickyBalancer(
                inner, lifetime, Require.between(most, 1, 10_000_000, "sticky sessions"), cookie, own);
    }

    /**
     * The same for requests without affinity key by a cookie that the server sets: its value, in {@code Set-Cookie} of an answer and in
     * {@code Cookie} of the requests that the caller makes, is the session. Default none.
     */
    public StickyBalancer serverCookie(String name) {
        return new StickyBalancer(inner, lifetime, sessions, Require.notBlank(name, "name of the session cookie"), own);
    }

    /**
     * The same, and a request that bears such a cookie goes to the endpoint that it names, while that is there and not drained: nothing is remembered
     * for it. It goes before affinity key and server's cookie. Default none.
     */
    public StickyBalancer cookie(StickyCookie own) {
        Require.notNull(own, "sticky cookie");
        return new StickyBalancer(inner, lifetime, sessions, cookie, own);
    }

    Duration lifetime() {
        return lifetime;
    }

    int sessions() {
        return sessions;
    }

    @Nullable
    String cookie() {
        return cookie;
    }

    @Nullable
    StickyCookie own() {
        return own;
    }

    @Override
    public Strategy start(Environment env) {
        return new Sticky(this, inner.start(env), env);
    }

    @Override
    public String toString() {
        return "sticky " + inner;
    }
}
