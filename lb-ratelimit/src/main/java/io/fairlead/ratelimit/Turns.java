package io.fairlead.ratelimit;

import io.fairlead.ratelimit.FairQueue.Waiter;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The order in which those who wait go: the higher priority first and, within one, the keys by turns. One in eight goes by turns
 * alone, so that the lowest priority is not starved by the highest. Not safe for use by several threads.
 */
final class Turns {

    /*
     * Start-time fair queueing (P. Goyal, H. Vin, H. Cheng, SIGCOMM 1996): each key has a time of its own, which its permits move
     * on. Who comes gets the later of its key's time and of the time of all for its turn; the earliest turn goes first. So a key that asks
     * for much has its turns far ahead, and one that asks now and then is next. The time of all is that of the earliest who waits, and
     * moves on at the least by what is granted, divided by the number of keys that wait, so that newcomers with ever new keys do not all go
     * before those who were there.
     */
    private static final int BY_TURN_ALONE = 8;

    private static final int SCALE_BITS = 20;

    private static final Comparator<Waiter> BY_TURN =
            Comparator.<Waiter>comparingLong(w -> w.turn).thenComparingLong(w -> w.number);

    private static final Comparator<Waiter> BY_PRIORITY =
            Comparator.<Waiter>comparingInt(w -> w.priority).reversed().thenComparing(BY_TURN);

    /** The time of one key. */
    static final class Flow {
        private long next;
        private int waiting;
    }

    private final TreeSet<Waiter> byTurn = new TreeSet<>(BY_TURN);
    private final TreeSet<Waiter> byPriority = new TreeSet<>(BY_PRIORITY);
    private final Map<Object, Flow> flows;
    private long now;
    private long numbers;
    private long granted;
    private int active;

    /** Remembers the time of four times as many keys as may wait; one that is forgotten is as good as new. */
    Turns(int maximumWaiting) {
        long most = Math.max(64, 4L * maximumWaiting);
        this.flows = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Object, Flow> eldest) {
                return size() > most;
            }
        };
    }

    int size() {
        return byTurn.size();
    }

    boolean contains(Waiter waiter) {
        return byTurn.contains(waiter);
    }

    void add(Waiter waiter) {
        Flow flow = flows.computeIfAbsent(waiter.key, key -> new Flow());
        waiter.flow = flow;
        waiter.number = numbers++;
        waiter.turn = Math.max(now, flow.next);
        flow.next = waiter.turn + cost(waiter);
        active += flow.waiting++ == 0 ? 1 : 0;
        byTurn.add(waiter);
        byPriority.add(waiter);
    }

    /** The next to go, or null if nobody waits. */
    @Nullable
    Waiter next() {
        if (byTurn.isEmpty()) {
            return null;
        }
        return granted % BY_TURN_ALONE == BY_TURN_ALONE - 1 ? byTurn.first() : byPriority.first();
    }

    /** The last to go: the lowest priority, and among them of the key that asks for most. */
    Waiter last() {
        return byPriority.last();
    }

    /** Takes one out who was granted. */
    void granted(Waiter waiter) {
        granted++;
        now += cost(waiter) / active;
        remove(waiter);
    }

    /** Takes one out who goes without; its key gets its time back. */
    void gone(Waiter waiter) {
        waiter.flow.next = Math.max(now, waiter.flow.next - cost(waiter));
        remove(waiter);
    }

    private void remove(Waiter waiter) {
        byTurn.remove(waiter);
        byPriority.remove(waiter);
        active -= --waiter.flow.waiting == 0 ? 1 : 0;
        if (byTurn.isEmpty()) {
            flows.clear();
            now = 0;
        } else {
            now = Math.max(now, byTurn.first().turn);
        }
    }

    private static long cost(Waiter waiter) {
        return (long) Math.min(waiter.permits, 1 << SCALE_BITS) << SCALE_BITS;
    }
}
