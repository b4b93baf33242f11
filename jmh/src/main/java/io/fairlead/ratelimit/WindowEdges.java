package io.fairlead.ratelimit;

import java.time.Duration;
import java.util.List;

/** How many permits does a limit of 100 a second let through within one second, wherever that begins, when it is asked without a pause? */
public final class WindowEdges {

    private static final int LIMIT = 100;
    private static final long PERIOD = 1_000_000_000L;

    private WindowEdges() {}

    /** Prints the most of each limiter: idle for a second and a half, then asked for two and a half. */
    public static void main(String[] args) throws InterruptedException {
        for (String name : List.of(
                "token-bucket",
                "leaky-bucket",
                "fixed-window",
                "sliding-window",
                "sliding-log",
                "bucket4j",
                "resilience4j",
                "guava",
                "sentinel")) {
            Taker taker = Takers.of(name, LIMIT, Duration.ofNanos(PERIOD));
            Thread.sleep(1_900);
            System.out.println(name + ": " + most(taker) + " within a second");
        }
    }

    private static int most(Taker taker) {
        long[] granted = new long[10_000];
        int count = 0;
        long end = System.nanoTime() + 2_500_000_000L;
        for (long now = System.nanoTime(); now - end < 0 && count < granted.length; now = System.nanoTime()) {
            if (taker.take()) {
                granted[count++] = now;
            }
        }
        int most = 0;
        for (int i = 0, from = 0; i < count; i++) {
            while (granted[i] - granted[from] >= PERIOD) {
                from++;
            }
            most = Math.max(most, i - from + 1);
        }
        return most;
    }
}
