package io.fairlead.strategies;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many of the events of the last 8 to 16 seconds were hits. One word: the number of the 8-second slot it speaks of (16 bits),
 * hits and total of that slot and of the one before (12 bits each). When a count is full, both of its slot are halved, so that their
 * share stays. Lock-free, without allocation.
 */
final class SlidingCounts {

    private static final int SLOT_SHIFT = 33;
    private static final int BITS = 12;
    private static final int FULL = (1 << BITS) - 1;

    private final AtomicLong word = new AtomicLong();

    void add(boolean hit, long now) {
        long before;
        long after;
        do {
            before = word.get();
            after = counted(at(before, now), hit);
        } while (!word.compareAndSet(before, after));
    }

    /** What {@link #hits} and {@link #total} read. */
    long counts(long now) {
        return at(word.get(), now);
    }

    static int hits(long counts) {
        return part(counts, 0) + part(counts, 2);
    }

    static int total(long counts) {
        return part(counts, 1) + part(counts, 3);
    }

    private static int part(long word, int index) {
        return (int) (word >>> (BITS * index)) & FULL;
    }

    /* The word with the slot of now as the current one. */
    private static long at(long word, long now) {
        int slot = (int) (now >>> SLOT_SHIFT) & 0xFFFF;
        int gone = (slot - (int) (word >>> 48)) & 0xFFFF;
        if (gone == 0) {
            return word;
        }
        long current = word & 0xFF_FFFF;
        long kept = gone == 1 ? current << (2 * BITS) : 0;
        return ((long) slot << 48) | kept;
    }

    private static long counted(long word, boolean hit) {
        long hits = part(word, 0);
        long total = part(word, 1);
        if (total == FULL) {
            hits >>= 1;
            total >>= 1;
        }
        hits += hit ? 1 : 0;
        return (word & ~0xFF_FFFFL) | ((total + 1) << BITS) | hits;
    }
}
