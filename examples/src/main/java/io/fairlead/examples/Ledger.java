package io.fairlead.examples;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * The partner's book, one for all of its servers. Knows each idempotency key's answer, and counts for each payment id how often
 * it was booked: independent of the keys, so that a payment made twice under two keys is seen.
 */
final class Ledger {

    /** What a key was answered with. */
    record Answer(int status, String body) {}

    private final Map<String, CompletableFuture<Answer>> byKey = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> bookings = new ConcurrentHashMap<>();
    private final Map<String, Long> amounts = new ConcurrentHashMap<>();

    /** The answer of a key: the one that was given before, or that of {@code first}, which runs once; a repeat meanwhile waits. */
    Answer once(String key, Supplier<Answer> first) {
        CompletableFuture<Answer> mine = new CompletableFuture<>();
        CompletableFuture<Answer> known = byKey.putIfAbsent(key, mine);
        if (known == null) {
            mine.complete(first.get());
            known = mine;
        }
        return known.join();
    }

    void book(String paymentId, long amount) {
        bookings.computeIfAbsent(paymentId, id -> new AtomicInteger()).incrementAndGet();
        amounts.put(paymentId, amount);
    }

    int bookings(String paymentId) {
        AtomicInteger count = bookings.get(paymentId);
        return count == null ? 0 : count.get();
    }

    long amount(String paymentId) {
        return amounts.getOrDefault(paymentId, -1L);
    }

    /** Payments that were booked more than once. */
    long doubled() {
        return bookings.values().stream().filter(n -> n.get() > 1).count();
    }
}
