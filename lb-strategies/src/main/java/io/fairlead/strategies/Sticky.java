package io.fairlead.strategies;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.fairlead.Attempt;
import io.fairlead.Endpoint;
import io.fairlead.EndpointSet;
import io.fairlead.Environment;
import io.fairlead.Load;
import io.fairlead.Picker;
import io.fairlead.Strategy;
import io.fairlead.Target;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Remembers where a session went, and sends it there again while the endpoint is there; else where the inner strategy says, for good. */
final class Sticky implements Strategy {

    private final StickyBalancer definition;
    private final Strategy inner;
    private final Cache<String, URI> sessions;

    Sticky(StickyBalancer definition, Strategy inner, Environment env) {
        this.definition = definition;
        this.inner = inner;
        this.sessions = Caffeine.newBuilder()
                .expireAfterAccess(definition.lifetime())
                .maximumSize(definition.sessions())
                .ticker(env::nanoTime)
                .executor(Runnable::run)
                .build();
    }

    @Override
    public Load newLoad(Target target) {
        Load own = inner.newLoad(target);
        return definition.cookie() == null ? own : new Learning(own, target.uri());
    }

    @Override
    public Map<String, Long> counters() {
        Map<String, Long> counters = new HashMap<>(inner.counters());
        counters.put("sticky sessions", sessions.estimatedSize());
        return counters;
    }

    @Override
    public Picker picker(EndpointSet endpoints) {
        Map<URI, Endpoint> byUri = new HashMap<>();
        for (int i = 0; i < endpoints.size(); i++) {
            byUri.put(endpoints.get(i).target().uri(), endpoints.get(i));
        }
        Picker others = inner.picker(endpoints);
        Picker remembered = attempt -> pick(byUri, others, attempt);
        StickyCookie own = definition.own();
        return own == null ? remembered : byCookie(own, byUri, remembered);
    }

    private static Picker byCookie(StickyCookie cookie, Map<URI, Endpoint> byUri, Picker others) {
        Map<String, Endpoint> byValue = new HashMap<>();
        byUri.forEach((uri, endpoint) -> byValue.put(cookie.valueOf(uri), endpoint));
        var value = AffinityKeys.cookie(cookie.name());
        return attempt -> {
            Endpoint named = byValue.get(value.apply(attempt.request()));
            return named != null && !attempt.tried(named) ? named : others.pick(attempt);
        };
    }

    private @Nullable Endpoint pick(Map<URI, Endpoint> endpoints, Picker others, Attempt attempt) {
        String session = sessionOf(attempt);
        if (session == null) {
            return others.pick(attempt);
        }
        URI last = sessions.getIfPresent(session);
        Endpoint there = last == null ? null : endpoints.get(last);
        if (there != null && !attempt.tried(there)) {
            return there;
        }
        Endpoint choice = others.pick(attempt);
        if (choice != null) {
            sessions.put(session, choice.target().uri()); // it stays there, even if the other comes back
        }
        return choice;
    }

    private @Nullable String sessionOf(Attempt attempt) {
        String key = attempt.affinityKey();
        String cookie = definition.cookie();
        return key == null && cookie != null ? AffinityKeys.cookie(cookie).apply(attempt.request()) : key;
    }

    /** Learns the session that a server begins: the value of its own cookie. */
    private final class Learning implements Load {

        private final Load own;
        private final URI uri;

        Learning(Load own, URI uri) {
            this.own = own;
            this.uri = uri;
        }

        @Override
        public void started(Attempt attempt) {
            own.started(attempt);
        }

        @Override
        public void answered(Attempt attempt) {
            HttpHeaders headers = attempt.headers();
            String prefix = definition.cookie() + "=";
            if (headers != null) {
                for (String cookie : headers.allValues("Set-Cookie")) {
                    if (cookie.startsWith(prefix)) {
                        int end = cookie.indexOf(';');
                        sessions.put(cookie.substring(prefix.length(), end < 0 ? cookie.length() : end), uri);
                    }
                }
            }
            own.answered(attempt);
        }

        @Override
        public void finished(Attempt attempt) {
            own.finished(attempt);
        }

        @Override
        public double value() {
            return own.value();
        }
    }
}
