package io.fairlead.simulator;

import io.fairlead.Environment;
import java.time.Instant;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A clock that jumps from event to event, on one thread: the timers of the client and the events of the servers in one queue, in the
 * order of their dates, then of their making. Not thread-safe.
 */
final class VirtualTime extends AbstractExecutorService implements ScheduledExecutorService {

    /** Any date; the same in every run. */
    private static final Instant EPOCH = Instant.parse("2026-01-01T00:00:00Z");

    private static final long START_NANOS = 1_000_000_000_000L;

    private final PriorityQueue<Event<?>> events = new PriorityQueue<>();
    private long now = START_NANOS;
    private long made;

    /** An environment of this time, with chance from the seed. */
    Environment environment(long seed) {
        return Environment.builder()
                .nanoClock(() -> now)
                .instants(() -> EPOCH.plusNanos(now - START_NANOS))
                .sleep(nanos -> {
                    throw new UnsupportedOperationException("nobody may block in a simulation: use sendAsync");
                })
                .random(new SplittableRandom(seed))
                .secureRandom(new SplittableRandom(~seed))
                .scheduler(this)
                .executor(Runnable::run)
                .build();
    }

    /** Nanoseconds since the start. */
    long elapsed() {
        return now - START_NANOS;
    }

    /** Runs something after so many nanoseconds. */
    void after(long nanos, Runnable event) {
        schedule(event, nanos, TimeUnit.NANOSECONDS);
    }

    /** Runs events until the end, or until there is none left, or until it is {@code over}. */
    void runUntil(long elapsedNanos, BooleanSupplier over) {
        long end = START_NANOS + elapsedNanos;
        while (!over.getAsBoolean()) {
            Event<?> next = events.peek();
            if (next == null || next.date > end) {
                now = Math.max(now, end);
                return;
            }
            events.poll();
            now = Math.max(now, next.date);
            next.run();
        }
    }

    private final class Event<V> extends FutureTask<V> implements ScheduledFuture<V> {

        private final long date;
        private final long order;

        Event(Callable<V> task, long date) {
            super(task);
            this.date = date;
            this.order = made++;
        }

        /* A failure of the simulation itself must not be lost in a future that nobody asks. */
        @Override
        protected void setException(Throwable failure) {
            throw new IllegalStateException("an event of the simulation failed", failure);
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(date - now, TimeUnit.NANOSECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            Event<?> o = (Event<?>) other;
            return date != o.date ? Long.compare(date, o.date) : Long.compare(order, o.order);
        }

        @Override
        public boolean equals(Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return Long.hashCode(order);
        }
    }

    @Override
    public <V> ScheduledFuture<V> schedule(Callable<V> task, long delay, TimeUnit unit) {
        Event<V> event = new Event<>(task, now + Math.max(0, unit.toNanos(delay)));
        events.add(event);
        return event;
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
        return schedule(
                () -> {
                    task.run();
                    return null;
                },
                delay,
                unit);
    }

    @Override
    public ScheduledFuture<?> scheduleAtFixedRate(Runnable task, long delay, long period, TimeUnit unit) {
        return scheduleWithFixedDelay(task, delay, period, unit);
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, long delay, long period, TimeUnit unit) {
        return schedule(
                () -> {
                    task.run();
                    scheduleWithFixedDelay(task, period, period, unit);
                },
                delay,
                unit);
    }

    @Override
    public void execute(Runnable task) {
        task.run();
    }

    @Override
    public void shutdown() {
        throw new UnsupportedOperationException("the scheduler is the simulation's");
    }

    @Override
    public List<Runnable> shutdownNow() {
        throw new UnsupportedOperationException("the scheduler is the simulation's");
    }

    @Override
    public boolean isShutdown() {
        return false;
    }

    @Override
    public boolean isTerminated() {
        return false;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
        return false;
    }
}
