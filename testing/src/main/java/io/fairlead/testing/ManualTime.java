package io.fairlead.testing;

import io.fairlead.Environment;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RunnableScheduledFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Time that stands still until a test moves it: clock, date and timers in one. A sleeping thread moves it by itself.
 *
 * <p>Timers run on the thread that moves the time, in the order of their dates, then of their scheduling.
 */
public final class ManualTime extends AbstractExecutorService implements ScheduledExecutorService {

    /** The date when a ManualTime is made. */
    public static final Instant EPOCH = Instant.parse("2026-01-02T03:04:05Z");

    private final PriorityQueue<Timer<?>> timers = new PriorityQueue<>();
    private final List<Long> slept = new ArrayList<>();
    private long now = 1_000_000_000L;
    private long wallAhead;
    private long sequence;

    /** An environment of this time, with seeded chance, whose executor runs what it is given at once. */
    public Environment environment(long seed) {
        return Environment.builder()
                .nanoClock(this::nanoTime)
                .instants(this::date)
                .sleep(this::sleep)
                .random(new Random(seed))
                .secureRandom(new Random(seed + 1))
                .scheduler(this)
                .executor(Runnable::run)
                .build();
    }

    /** The clock. */
    public synchronized long nanoTime() {
        return now;
    }

    /** The date. */
    public synchronized Instant date() {
        return EPOCH.plusNanos(now - 1_000_000_000L + wallAhead);
    }

    /** Moves the date alone, as a suspended machine finds it. */
    public synchronized void jumpDate(Duration by) {
        wallAhead += by.toNanos();
    }

    /** Moves the clock, running the timers that fall due. */
    public void advance(Duration by) {
        advance(by.toNanos());
    }

    /** Moves the clock, running the timers that fall due. */
    public void advance(long nanos) {
        long end = nanoTime() + nanos;
        for (Timer<?> due = nextUntil(end); due != null; due = nextUntil(end)) {
            due.run();
        }
    }

    /** The naps taken through {@link Environment#sleep}, in nanoseconds. */
    public synchronized List<Long> naps() {
        return List.copyOf(slept);
    }

    /** Timers that are waiting. */
    public synchronized int pendingTimers() {
        return timers.size();
    }

    private void sleep(long nanos) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        synchronized (this) {
            slept.add(nanos);
        }
        advance(nanos);
    }

    private synchronized Timer<?> nextUntil(long end) {
        Timer<?> first = timers.peek();
        if (first == null || first.date > end) {
            now = Math.max(now, end);
            return null;
        }
        now = Math.max(now, first.date);
        return timers.poll();
    }

    private synchronized <V> Timer<V> add(Callable<V> task, long delayNanos, long periodNanos) {
        Timer<V> timer = new Timer<>(task, now + Math.max(0, delayNanos), periodNanos);
        timers.add(timer);
        return timer;
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
        return add(callable(command), unit.toNanos(delay), 0);
    }

    @Override
    public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
        return add(callable, unit.toNanos(delay), 0);
    }

    @Override
    public ScheduledFuture<?> scheduleAtFixedRate(Runnable command, long delay, long period, TimeUnit unit) {
        return add(callable(command), unit.toNanos(delay), unit.toNanos(period));
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(Runnable command, long delay, long period, TimeUnit unit) {
        return scheduleAtFixedRate(command, delay, period, unit);
    }

    private static Callable<Void> callable(Runnable command) {
        return () -> {
            command.run();
            return null;
        };
    }

    @Override
    public void execute(Runnable command) {
        command.run();
    }

    @Override
    public void shutdown() {
        throw new UnsupportedOperationException("the scheduler is not Fairlead's to close");
    }

    @Override
    public List<Runnable> shutdownNow() {
        throw new UnsupportedOperationException("the scheduler is not Fairlead's to close");
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

    private final class Timer<V> extends FutureTask<V> implements RunnableScheduledFuture<V> {

        private final long periodNanos;
        private final long order;
        private long date;

        Timer(Callable<V> task, long date, long periodNanos) {
            super(task);
            this.date = date;
            this.periodNanos = periodNanos;
            this.order = sequence++;
        }

        @Override
        public void run() {
            if (!isPeriodic()) {
                super.run();
            } else if (runAndReset()) {
                synchronized (ManualTime.this) {
                    date += periodNanos;
                    timers.add(this);
                }
            }
        }

        @Override
        public boolean cancel(boolean mayInterrupt) {
            synchronized (ManualTime.this) {
                timers.remove(this);
            }
            return super.cancel(mayInterrupt);
        }

        @Override
        public boolean isPeriodic() {
            return periodNanos > 0;
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(date - nanoTime(), TimeUnit.NANOSECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            Timer<?> o = (Timer<?>) other;
            return date != o.date ? Long.compare(date, o.date) : Long.compare(order, o.order);
        }
    }
}
