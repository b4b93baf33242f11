package io.fairlead.client;

import io.fairlead.Attempt;
import io.fairlead.ConcurrencyLimit;
import io.fairlead.Ejection;
import io.fairlead.Load;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Users' code that is told of attempts, made safe for whoever counts: what it throws is logged, and an answer that does not come is the one
 * that changes least. An Error is no exception to that: a class that a limit misses is no reason to lose a place.
 */
final class Guarded {

    private static final Logger LOG = LoggerFactory.getLogger(BalancedClient.class);

    private Guarded() {}

    private static void complain(Object who, Throwable why) {
        LOG.warn("{} threw; the call goes on", who.getClass().getName(), why);
    }

    /** A gauge, told of attempts; reading it is its strategy's own affair. */
    static Load load(Load load) {
        return load == Load.NONE ? load : new SafeLoad(load);
    }

    /** A limit; while it throws, the last that it gave stands: at first none. */
    static ConcurrencyLimit.Cap cap(ConcurrencyLimit.Cap cap) {
        return cap == ConcurrencyLimit.Cap.NONE ? cap : new SafeCap(cap);
    }

    /** A judge; it keeps the endpoint where it throws. */
    static Ejection.Judge judge(Ejection.Judge judge) {
        return new SafeJudge(judge);
    }

    private record SafeLoad(Load users) implements Load {

        @Override
        public void started(Attempt attempt) {
            try {
                users.started(attempt);
            } catch (RuntimeException | Error e) {
                complain(users, e);
            }
        }

        @Override
        public void answered(Attempt attempt) {
            try {
                users.answered(attempt);
            } catch (RuntimeException | Error e) {
                complain(users, e);
            }
        }

        @Override
        public void finished(Attempt attempt) {
            try {
                users.finished(attempt);
            } catch (RuntimeException | Error e) {
                complain(users, e);
            }
        }

        @Override
        public double value() {
            return users.value();
        }
    }

    private static final class SafeCap implements ConcurrencyLimit.Cap {

        private final ConcurrencyLimit.Cap users;
        private final AtomicBoolean told = new AtomicBoolean();
        private volatile int last = Integer.MAX_VALUE;

        SafeCap(ConcurrencyLimit.Cap users) {
            this.users = users;
        }

        @Override
        public int limit() {
            int now;
            try {
                now = users.limit();
            } catch (RuntimeException | Error e) {
                if (told.compareAndSet(false, true)) { // it is asked for every call: once, until it works again
                    complain(users, e);
                }
                return last;
            }
            if (now != last) { // a write for each call would be shared by all threads
                last = now;
            }
            if (told.get()) {
                told.set(false);
            }
            return now;
        }

        @Override
        public void answered(Attempt attempt, int wanted) {
            try {
                users.answered(attempt, wanted);
            } catch (RuntimeException | Error e) {
                complain(users, e);
            }
        }

        @Override
        public void full(int inFlight) {
            try {
                users.full(inFlight);
            } catch (RuntimeException | Error e) {
                complain(users, e);
            }
        }

        @Override
        public void waitedFor(long nowNanos) {
            try {
                users.waitedFor(nowNanos);
            } catch (RuntimeException | Error e) {
                complain(users, e);
            }
        }
    }

    private record SafeJudge(Ejection.Judge users) implements Ejection.Judge {

        private <T> T asked(Supplier<T> question, T otherwise) {
            try {
                return question.get();
            } catch (RuntimeException | Error e) {
                complain(users, e);
                return otherwise;
            }
        }

        private void told(Runnable event) {
            try {
                event.run();
            } catch (RuntimeException | Error e) {
                complain(users, e);
            }
        }

        @Override
        public long judge(Attempt attempt) {
            try {
                return users.judge(attempt);
            } catch (RuntimeException | Error e) {
                complain(users, e);
                return KEEP;
            }
        }

        @Override
        public void ejected() {
            told(users::ejected);
        }

        @Override
        public void returned() {
            told(users::returned);
        }

        @Override
        public long failedTrial(Attempt attempt, long lastNanos) {
            return asked(
                    () -> users.failedTrial(attempt, lastNanos), Ejection.Judge.super.failedTrial(attempt, lastNanos));
        }

        @Override
        public String reason() {
            return asked(users::reason, "by its judge");
        }
    }
}
