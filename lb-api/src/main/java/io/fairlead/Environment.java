package io.fairlead;

import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Where time, chance and threads come from: the only door through which they enter Fairlead, so that a test can hand in a
 * clock that stands still and a simulator can run hours in a second.
 *
 * <p>Immutable and shareable; its parts must be safe for use by many threads.
 */
public final class Environment {

    private final LongSupplier nanoClock;
    private final InstantSource instants;
    private final Sleep sleep;
    private final RandomGenerator random;
    private final RandomGenerator secureRandom;
    private final ScheduledExecutorService scheduler;
    private final Executor executor;

    private Environment(Builder b) {
        this.nanoClock = b.nanoClock;
        this.instants = b.instants;
        this.sleep = b.sleep;
        this.random = b.random;
        this.secureRandom = b.secureRandom;
        this.scheduler = b.scheduler;
        this.executor = b.executor;
    }

    /** The machine's own clocks and chance, one daemon timer thread and a pool of daemon threads that end when idle. */
    public static Environment system() {
        return SystemParts.SYSTEM;
    }

    /** A builder that begins with the parts of {@link #system()}. */
    public static Builder builder() {
        return new Builder(system());
    }

    /** A clock that only runs forward, in nanoseconds since an arbitrary moment; differences are meaningful, values are not. */
    public long nanoTime() {
        return nanoClock.getAsLong();
    }

    /** The date, which can jump; for signatures, {@code Retry-After} dates and reports. */
    public Instant now() {
        return instants.instant();
    }

    /** The source of {@link #now()}. */
    public InstantSource instants() {
        return instants;
    }

    /** Waits on the calling thread. */
    public void sleep(long nanos) throws InterruptedException {
        sleep.sleep(nanos);
    }

    /** Fast randomness for choices and jitter. */
    public RandomGenerator random() {
        return random;
    }

    /** Unpredictable randomness for nonces and idempotency keys, which must never repeat, not even in another process. */
    public RandomGenerator secureRandom() {
        return secureRandom;
    }

    /** Runs timers; what they do is short and never blocks. */
    public ScheduledExecutorService scheduler() {
        return scheduler;
    }

    /** Runs what may take a while or is a user's code, away from the timers. */
    public Executor executor() {
        return executor;
    }

    /**
     * Runs on the executor what may be, or lead to, a user's code, away from the timers' thread: once. Where the executor throws (it is full,
     * or closed, or the machine is out of threads) it runs here: late is worse than at a bad place, and never is worst.
     */
    public void handOver(Runnable task) {
        AtomicReference<@Nullable Thread> runner = new AtomicReference<>();
        Runnable once = () -> {
            if (runner.compareAndSet(null, Thread.currentThread())) {
                task.run();
            }
        };
        try {
            executor.execute(once);
        } catch (RuntimeException | Error e) {
            if (runner.get() == Thread.currentThread()) { // what it threw is its own
                throw e;
            }
            once.run(); // for some executors have taken it all the same, and run it later
        }
    }

    /** Waits on the calling thread, as {@link Thread#sleep} does. */
    @FunctionalInterface
    public interface Sleep {
        /** Returns after so many nanoseconds, or throws when the thread is interrupted. */
        void sleep(long nanos) throws InterruptedException;
    }

    /** Makes an environment, part by part. */
    public static final class Builder {

        private LongSupplier nanoClock;
        private InstantSource instants;
        private Sleep sleep;
        private RandomGenerator random;
        private RandomGenerator secureRandom;
        private ScheduledExecutorService scheduler;
        private Executor executor;

        private Builder(Environment e) {
            this.nanoClock = e.nanoClock;
            this.instants = e.instants;
            this.sleep = e.sleep;
            this.random = e.random;
            this.secureRandom = e.secureRandom;
            this.scheduler = e.scheduler;
            this.executor = e.executor;
        }

        private Builder() {
            nanoClock = System::nanoTime;
            instants = InstantSource.system();
            sleep = TimeUnit.NANOSECONDS::sleep;
            random = () -> ThreadLocalRandom.current().nextLong();
            secureRandom = new SecureRandom();
            scheduler = SystemParts.scheduler();
            executor = SystemParts.executor();
        }

        /** Sets the source of {@link Environment#nanoTime()}. */
        public Builder nanoClock(LongSupplier nanoClock) {
            this.nanoClock = Require.notNull(nanoClock, "nano clock");
            return this;
        }

        /** Sets the source of {@link Environment#now()}. */
        public Builder instants(InstantSource instants) {
            this.instants = Require.notNull(instants, "instants");
            return this;
        }

        /** Sets how a thread waits. */
        public Builder sleep(Sleep sleep) {
            this.sleep = Require.notNull(sleep, "sleep");
            return this;
        }

        /** Sets the fast randomness; it must be safe for use by many threads. */
        public Builder random(RandomGenerator random) {
            this.random = Require.notNull(random, "random");
            return this;
        }

        /** Sets the unpredictable randomness; it must be safe for use by many threads. */
        public Builder secureRandom(RandomGenerator secureRandom) {
            this.secureRandom = Require.notNull(secureRandom, "secure random");
            return this;
        }

        /** Sets what runs timers; it is not closed by Fairlead. */
        public Builder scheduler(ScheduledExecutorService scheduler) {
            this.scheduler = Require.notNull(scheduler, "scheduler");
            return this;
        }

        /** Sets what runs users' code; it is not closed by Fairlead. */
        public Builder executor(Executor executor) {
            this.executor = Require.notNull(executor, "executor");
            return this;
        }

        /** The environment. */
        public Environment build() {
            return new Environment(this);
        }
    }

    private static final class SystemParts {

        static final Environment SYSTEM = new Environment(new Builder());

        /* One thread suffices: a timer only hands on. It ends 10 s after the last timer, so that nothing is left running. */
        static ScheduledExecutorService scheduler() {
            ScheduledThreadPoolExecutor timers = new ScheduledThreadPoolExecutor(1, daemons("fairlead-timer-"));
            timers.setRemoveOnCancelPolicy(true);
            timers.setKeepAliveTime(10, TimeUnit.SECONDS);
            timers.allowCoreThreadTimeOut(true);
            return timers;
        }

        static Executor executor() {
            return new ThreadPoolExecutor(
                    0, Integer.MAX_VALUE, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), daemons("fairlead-worker-"));
        }

        private static ThreadFactory daemons(String prefix) {
            AtomicInteger count = new AtomicInteger();
            return task -> {
                Thread thread = new Thread(null, task, prefix + count.incrementAndGet(), 0, false);
                thread.setDaemon(true);
                thread.setContextClassLoader(null); // a web application's loader must not be held by a shared thread
                return thread;
            };
        }
    }
}
