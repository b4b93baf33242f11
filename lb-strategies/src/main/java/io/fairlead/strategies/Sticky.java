package io.fairlead.strategies;

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
import java.net.http.HttpRequest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Remembers where a session went, and sends it there again while the endpoint is there; else where the inner strategy says, for good. */
final class Sticky implements Strategy {

    /** The hash of one text in 2⁶⁴, which then has no session. */
    private static final long NO_SESSION = 0;

    private final StickyBalancer definition;
    private final Strategy inner;
    private final Sessions sessions;

    Sticky(StickyBalancer definition, Strategy inner, Environment env) {
        this.definition = definition;
        this.inner = inner;
        this.sessions =
                new Sessions(definition.sessions(), definition.lifetime().toNanos(), env);
    }

    @Override
    public Load newLoad(Target target) {
        Load own = inner.newLoad(target);
        return definition.cookie() == null ? own : new Learning(own, target.uri());
    }

    @Override
    public Map<String, Long> counters() {
        Map<String, Long> counters = new HashMap<>(inner.counters());
        counters.put("sticky sessions", sessions.count());
        return counters;
    }

    @Override
    public Picker picker(EndpointSet endpoints) {
        EndpointSet usable = Weighted.usable(endpoints); // sessions leave an endpoint that is drained
        Map<URI, Endpoint> byUri = new HashMap<>();
        for (int i = 0; i < usable.size(); i++) {
            byUri.put(usable.get(i).target().uri(), usable.get(i));
        }
        Picker others = inner.picker(endpoints);
        Picker remembered = attempt -> pick(byUri, others, attempt);
        StickyCookie own = definition.own();
        return own == null ? remembered : byCookie(own, usable, remembered);
    }

    private static Picker byCookie(StickyCookie cookie, EndpointSet endpoints, Picker others) {
        String[] values = new String[endpoints.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = cookie.valueOf(endpoints.get(i).target().uri());
        }
        return attempt -> {
            int named = named(cookie.name(), values, attempt.request());
            return named >= 0 && !attempt.tried(endpoints.get(named)) ? endpoints.get(named) : others.pick(attempt);
        };
    }

    /* The index of the value that the request bears, or −1. */
    private static int named(String cookie, String[] values, HttpRequest request) {
        List<String> headers = request.headers().allValues("Cookie");
        for (int h = 0; h < headers.size(); h++) {
            String header = headers.get(h);
            long found = CookieValue.ofCookie(header, cookie);
            if (found != CookieValue.NONE) {
                int start = CookieValue.start(found);
                int length = CookieValue.end(found) - start;
                for (int i = 0; i < values.length; i++) {
                    if (values[i].length() == length && header.startsWith(values[i], start)) {
                        return i;
                    }
                }
                return -1;
            }
        }
        return -1;
    }

    private @Nullable Endpoint pick(Map<URI, Endpoint> endpoints, Picker others, Attempt attempt) {
        long session = sessionOf(attempt);
        if (session == NO_SESSION) {
            return others.pick(attempt);
        }
        URI last = sessions.get(session);
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

    private long sessionOf(Attempt attempt) {
        String key = attempt.affinityKey();
        String cookie = definition.cookie();
        if (key != null) {
            return Hash.of(key);
        }
        if (cookie == null) {
            return NO_SESSION;
        }
        List<String> headers = attempt.request().headers().allValues("Cookie");
        for (int i = 0; i < headers.size(); i++) {
            long value = CookieValue.ofCookie(headers.get(i), cookie);
            if (value != CookieValue.NONE) {
                return idOf(headers.get(i), value);
            }
        }
        return NO_SESSION;
    }

    private static long idOf(String header, long value) {
        return Hash.of(header, CookieValue.start(value), CookieValue.end(value));
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
            String name = definition.cookie();
            if (headers != null && name != null) {
                for (String cookie : headers.allValues("Set-Cookie")) {
                    long value = CookieValue.ofSetCookie(cookie, name);
                    if (value != CookieValue.NONE) {
                        sessions.put(idOf(cookie, value), uri);
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
