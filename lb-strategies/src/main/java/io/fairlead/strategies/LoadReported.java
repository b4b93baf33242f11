package io.fairlead.strategies;

import io.fairlead.Attempt;
import io.fairlead.Endpoint;
import io.fairlead.EndpointSet;
import io.fairlead.Environment;
import io.fairlead.Load;
import io.fairlead.Picker;
import io.fairlead.Strategy;
import io.fairlead.Target;
import java.net.http.HttpHeaders;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToDoubleFunction;

/**
 * Shares by what the servers report of themselves: w = 1/(1 + L/C), for the load L and the capacity C, times the configured weight;
 * endpoint i gets w_i/Σw. Weights change all the time and the picker stays: it draws by the configured weights and accepts a draw
 * with the chance w, which gives exactly these shares.
 */
final class LoadReported implements Strategy {

    /** A report counts for a third of the smoothed value: calm, and right after some ten requests. */
    private static final double SMOOTHING = 1.0 / 3;

    /** Of all reports the last some 32 make the mean that counts for a server that reports nothing. */
    private static final double SMOOTHING_OF_ALL = 1.0 / 32;

    /** gRPC's weight_expiration_period: a server that reports no more counts as loaded as the others are on average, as a new one does. */
    private static final long EXPIRY_NANOS = TimeUnit.SECONDS.toNanos(180);

    /** Nobody is trusted to be less than a tenth as loaded as he could be: w is 0.1 at the least. */
    private static final double MOST_LOAD = 9;

    private static final int TRIES = 32;

    private static final String APPLICATION = "application_utilization=";
    private static final String CPU = "cpu_utilization=";

    private static final int STAMP_SHIFT = 20;

    private static final long TICK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Environment env;
    private final ToDoubleFunction<Attempt> loadOf;
    private final Smoothed all = new Smoothed(SMOOTHING_OF_ALL);

    /** The time by the attempts, to a second: reading the clock would cost more than the rest of a pick. */
    private volatile long nowNanos;

    /** {@code loadOf}: L/C of an answered attempt, 0 or more; NaN if it says nothing. */
    LoadReported(Environment env, ToDoubleFunction<Attempt> loadOf) {
        this.env = env;
        this.loadOf = loadOf;
        this.nowNanos = env.nanoTime();
    }

    private static int stamp(long nanos) {
        return (int) (nanos >>> STAMP_SHIFT);
    }

    /* Of racing threads any may win. */
    private void tick(long eventNanos) {
        if (eventNanos - nowNanos >= TICK_NANOS) {
            nowNanos = eventNanos;
        }
    }

    @Override
    public Load newLoad(Target target) {
        return new Reported();
    }

    /** L/C as last reported, smoothed; in one word with the time (in units of 2²⁰ ns). Lock-free. */
    private static final class Smoothed {

        private final AtomicLong loadAndStamp = new AtomicLong(Float.floatToRawIntBits(Float.NaN) * (1L << 32));
        private final double weight;

        /** {@code weight}: of one report, against those before. */
        Smoothed(double weight) {
            this.weight = weight;
        }

        void observe(double load, int stamp) {
            long before;
            long after;
            do {
                before = loadAndStamp.get();
                double old = loadAt(before, stamp);
                double next = Double.isNaN(old) ? load : old + (load - old) * weight;
                after = ((long) Float.floatToRawIntBits((float) next) << 32) | (stamp & 0xFFFF_FFFFL);
            } while (!loadAndStamp.compareAndSet(before, after));
        }

        /** NaN where nothing is known, or known any more. */
        double load(int stamp) {
            return loadAt(loadAndStamp.get(), stamp);
        }

        private double loadAt(long word, int stamp) {
            int age = stamp - (int) word; // right across the stamp's overflow
            return ((long) age << STAMP_SHIFT) > EXPIRY_NANOS ? Double.NaN : Float.intBitsToFloat((int) (word >>> 32));
        }
    }

    /** The gauge of one endpoint. */
    private final class Reported implements Load {

        private final Smoothed own = new Smoothed(SMOOTHING);

        @Override
        public void started(Attempt attempt) {
            tick(attempt.eventNanos());
        }

        @Override
        public void answered(Attempt attempt) {
            double load = attempt.status() > 0 ? loadOf.applyAsDouble(attempt) : Double.NaN;
            if (Double.isNaN(load) || load < 0) {
                return;
            }
            int stamp = stamp(attempt.eventNanos());
            tick(attempt.eventNanos());
            double clamped = Math.min(load, MOST_LOAD);
            own.observe(clamped, stamp);
            all.observe(clamped, stamp);
        }

        /** L/C, or the mean of all where it is not known; where nothing is, 0: then the configured weight alone counts. */
        @Override
        public double value() {
            int now = stamp(nowNanos);
            double load = own.load(now);
            double known = Double.isNaN(load) ? all.load(now) : load;
            return Double.isNaN(known) ? 0 : known;
        }
    }

    @Override
    public Picker picker(EndpointSet endpoints) {
        Weighted weighted = Weighted.of(endpoints);
        if (weighted.size() == 0) {
            return attempt -> null;
        }
        Draw draw = Draw.of(weighted, env.random());
        return attempt -> pick(weighted, draw, attempt);
    }

    private Endpoint pick(Weighted endpoints, Draw draw, Attempt attempt) {
        Endpoint choice = endpoints.get(draw.next());
        for (int i = 0; i < TRIES; i++) {
            boolean tried = attempt.tried(choice);
            if (!tried && env.random().nextDouble() < 1 / (1 + choice.load())) {
                return choice;
            }
            choice = endpoints.get(draw.next());
        }
        return choice;
    }

    /**
     * L/C as a utilization u in the header {@code endpoint-load-metrics} has it, in the text form of ORCA (gRPC proposal A51):
     * {@code TEXT application_utilization=0.3, cpu_utilization=0.5}. The first of application and CPU utilization that is there.
     */
    static double ofHeader(Attempt attempt) {
        HttpHeaders headers = attempt.headers();
        List<String> values = headers == null ? List.of() : headers.allValues("endpoint-load-metrics");
        if (values.isEmpty() || !values.get(0).startsWith("TEXT ")) {
            return Double.NaN;
        }
        double application = metric(values.get(0), APPLICATION);
        return application > 0 ? application : metric(values.get(0), CPU);
    }

    private static double metric(String text, String nameAndEquals) {
        int at = text.indexOf(nameAndEquals);
        if (at < 0) {
            return Double.NaN;
        }
        int start = at + nameAndEquals.length();
        int comma = text.indexOf(',', start);
        return Decimal.parse(text, start, comma < 0 ? text.length() : comma);
    }
}
