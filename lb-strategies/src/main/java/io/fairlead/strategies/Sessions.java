package io.fairlead.strategies;

import io.fairlead.Environment;
import java.net.URI;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Where sessions went. Bounded in number and, as a session is known by 64 bits of its hash, in memory, however long the texts are that
 * callers send. A set-associative cache as processors have it: a session may stand in eight places, and the least recently used of eight
 * makes room. Lock-free; only a session that is new or moves allocates. Of two that are put at once either may win.
 */
final class Sessions {

    private static final int MOST_WAYS = 8;

    private static final class Session {
        final long id;
        final URI uri;
        volatile long usedNanos;

        Session(long id, URI uri, long usedNanos) {
            this.id = id;
            this.uri = uri;
            this.usedNanos = usedNanos;
        }
    }

    private final AtomicReferenceArray<@Nullable Session> places;
    private final int ways;
    private final long lifetimeNanos;
    private final Environment env;

    Sessions(int most, long lifetimeNanos, Environment env) {
        this.ways = Math.min(MOST_WAYS, most);
        this.places = new AtomicReferenceArray<>(most - most % ways);
        this.lifetimeNanos = lifetimeNanos;
        this.env = env;
    }

    /** Where it went last, or null; it is used now. */
    @Nullable
    URI get(long id) {
        long now = env.nanoTime();
        int first = firstPlace(id);
        for (int i = first; i < first + ways; i++) {
            Session session = places.get(i);
            if (session != null && session.id == id) {
                if (isOver(session, now)) {
                    return null;
                }
                session.usedNanos = now;
                return session.uri;
            }
        }
        return null;
    }

    void put(long id, URI uri) {
        long now = env.nanoTime();
        Session next = new Session(id, uri, now);
        int place;
        Session before;
        do {
            place = placeFor(id, now);
            before = places.get(place);
        } while (!places.compareAndSet(place, before, next));
    }

    /* Its own, else one that is free, else that of the least recently used. */
    private int placeFor(long id, long now) {
        int first = firstPlace(id);
        int best = first;
        long longest = -1;
        for (int i = first; i < first + ways; i++) {
            Session session = places.get(i);
            if (session != null && session.id == id) {
                return i;
            }
            long unused = session == null || isOver(session, now) ? Long.MAX_VALUE : now - session.usedNanos;
            if (unused > longest) {
                best = i;
                longest = unused;
            }
        }
        return best;
    }

    private int firstPlace(long id) {
        return (int) Long.remainderUnsigned(id, places.length() / ways) * ways;
    }

    private boolean isOver(Session session, long now) {
        return now - session.usedNanos >= lifetimeNanos;
    }

    /** How many are remembered; visits all places. */
    long count() {
        long now = env.nanoTime();
        long count = 0;
        for (int i = 0; i < places.length(); i++) {
            Session session = places.get(i);
            count += session != null && !isOver(session, now) ? 1 : 0;
        }
        return count;
    }
}
