package io.fairlead.health;

import io.fairlead.Environment;
import io.fairlead.HealthCheck;
import io.fairlead.Target;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Asks many targets in time; see {@link Probes.Schedule}. */
final class ProbeSchedule implements Probes.Schedule {

    /*
     * Targets wait in two queues by the time they are due. Those in doubt (sick, or failing) may hold half of the places for probes at
     * the most: when half of a fleet is a black hole, each of its probes takes the whole timeout, and without that limit they would
     * hold all the places, so that the other half was no longer asked.
     *
     * State is under the monitor. Whatever calls out (starting probes, telling results, arming the timer) happens in turns outside it,
     * one thread at a time: whoever finds a turn being taken leaves a note and goes. So results are told in order, and a probe
     * that is answered at once starts the next one without recursion.
     */

    private record News(Share share, ProbedTarget probed, boolean well, String reason) {}

    private final HealthCheck check;
    private final Environment env;
    private final Function<? super Target, ? extends CompletionStage<Void>> probe;
    private final int doubtfulPlaces;
    private final String late;
    private final AtomicInteger turns = new AtomicInteger();

    private final Map<URI, ProbedTarget> targets = new HashMap<>();
    private final SortedSet<ProbedTarget> settled = new TreeSet<>(ProbedTarget.BY_DUE);
    private final SortedSet<ProbedTarget> doubtful = new TreeSet<>(ProbedTarget.BY_DUE);
    private final ArrayDeque<News> news = new ArrayDeque<>();
    private int running;
    private int runningDoubtful;
    private long added;
    private boolean closed;
    private @Nullable Future<?> timer;
    private long timerNanos;

    ProbeSchedule(HealthCheck check, Environment env, Function<? super Target, ? extends CompletionStage<Void>> probe) {
        this.check = check;
        this.env = env;
        this.probe = probe;
        this.doubtfulPlaces = Math.max(1, check.concurrency() / 2);
        this.late = "no answer within " + Duration.ofNanos(check.timeoutNanos()).toMillis() + " ms";
    }

    // ---- the door -----------------------------------------------------------------------------------------------

    @Override
    public synchronized Probes.Watch watch(Probes.Result result) {
        if (closed) {
            throw new IllegalStateException("the schedule of the probes is closed");
        }
        return new Share(result);
    }

    @Override
    public synchronized long nextProbeNanos(Target target) {
        ProbedTarget probed = targets.get(target.uri());
        if (probed == null) {
            return -1;
        }
        return probed.run != null ? 0 : Math.max(0, probed.dueNanos - env.nanoTime());
    }

    @Override
    public void probeNow(Target target) {
        synchronized (this) {
            ProbedTarget probed = targets.get(target.uri());
            long now = env.nanoTime();
            if (probed == null || probed.run != null || probed.dueNanos - now <= 0) {
                return;
            }
            queue(probed).remove(probed);
            enqueue(probed, now);
        }
        takeTurns();
    }

    @Override
    public void close() {
        List<ProbeRun> ended = new ArrayList<>();
        synchronized (this) {
            closed = true;
            targets.values().forEach(probed -> forget(probed, ended));
            targets.clear();
            news.clear();
        }
        ended.forEach(ProbeRun::end);
        takeTurns();
    }

    private void add(Share share, Target target) {
        synchronized (this) {
            if (closed || share.closed) {
                throw new IllegalStateException("the probes of " + target + " are closed");
            }
            ProbedTarget probed = targets.get(target.uri());
            if (probed == null) {
                probed = new ProbedTarget(target, added++);
                targets.put(target.uri(), probed);
                // anywhere in the first interval, so that a fleet that starts is not asked at once (envoy#4132)
                enqueue(
                        probed,
                        env.nanoTime()
                                + (long) (check.intervalNanos() * env.random().nextDouble()));
            }
            probed.target = target;
            if (share.own.put(target.uri(), target) == null) {
                List<Share> shares = new ArrayList<>(probed.shares);
                shares.add(share);
                probed.shares = List.copyOf(shares);
                if (probed.known()) {
                    news.add(new News(share, probed, probed.well(), probed.reason()));
                }
            }
        }
        takeTurns();
    }

    private void remove(Share share, List<URI> uris) {
        List<ProbeRun> ended = new ArrayList<>();
        synchronized (this) {
            for (URI uri : uris) {
                ProbedTarget probed = share.own.remove(uri) == null ? null : targets.get(uri);
                if (probed != null) {
                    probed.shares =
                            probed.shares.stream().filter(s -> s != share).toList();
                    if (probed.shares.isEmpty()) {
                        targets.remove(uri);
                        forget(probed, ended);
                    }
                }
            }
        }
        ended.forEach(ProbeRun::end);
        takeTurns();
    }

    // ---- under the monitor --------------------------------------------------------------------------------------

    private SortedSet<ProbedTarget> queue(ProbedTarget probed) {
        return probed.doubtful() ? doubtful : settled;
    }

    private void enqueue(ProbedTarget probed, long dueNanos) {
        probed.dueNanos = dueNanos;
        queue(probed).add(probed);
    }

    private void forget(ProbedTarget probed, List<ProbeRun> ended) {
        probed.shares = List.of();
        ProbeRun run = probed.run;
        if (run == null) {
            queue(probed).remove(probed);
        } else {
            over(run);
            ended.add(run);
        }
    }

    private void over(ProbeRun run) {
        run.over = true;
        run.probed.run = null;
        running--;
        runningDoubtful -= run.doubtful ? 1 : 0;
    }

    /** The next to be asked that a place is free for, whether it is due or not. */
    private @Nullable ProbedTarget next() {
        ProbedTarget calm = running < check.concurrency() && !settled.isEmpty() ? settled.first() : null;
        boolean free = running < check.concurrency() && runningDoubtful < doubtfulPlaces;
        ProbedTarget urgent = free && !doubtful.isEmpty() ? doubtful.first() : null;
        if (calm == null || urgent == null) {
            return calm != null ? calm : urgent;
        }
        return ProbedTarget.BY_DUE.compare(calm, urgent) < 0 ? calm : urgent;
    }

    private synchronized @Nullable ProbeRun nextRun() {
        ProbedTarget probed = next();
        long now = env.nanoTime();
        if (probed == null || probed.dueNanos - now > 0) {
            return null;
        }
        queue(probed).remove(probed);
        ProbeRun run = new ProbeRun(probed, now);
        probed.run = run;
        running++;
        runningDoubtful += run.doubtful ? 1 : 0;
        return run;
    }

    private long pause(ProbedTarget probed, boolean busy) {
        long nanos = probed.doubtful()
                ? check.intervalWhileSickNanos()
                : busy ? check.intervalNanos() : check.intervalWhileIdleNanos();
        return (long) (nanos * (0.9 + 0.2 * env.random().nextDouble())); // so that they do not fall into step
    }

    // ---- turns --------------------------------------------------------------------------------------------------

    private void takeTurns() {
        if (turns.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        do {
            try {
                tell();
                for (ProbeRun run = nextRun(); run != null; run = nextRun()) {
                    start(run);
                }
                arm();
            } catch (Throwable e) { // of a scheduler that refuses: the turn must end all the same
                report(e);
            }
            seen = turns.addAndGet(-seen);
        } while (seen != 0);
    }

    private void tell() {
        for (News item = nextNews(); item != null; item = nextNews()) {
            Target target = item.share.own(item.probed);
            if (target != null) {
                try {
                    item.share.result.changed(target, item.well, item.reason);
                } catch (Throwable e) {
                    report(e);
                }
            }
        }
    }

    private synchronized @Nullable News nextNews() {
        return news.poll();
    }

    private void start(ProbeRun run) {
        run.timeout(env.scheduler().schedule(() -> finish(run, late), check.timeoutNanos(), TimeUnit.NANOSECONDS));
        try {
            env.executor().execute(() -> ask(run));
        } catch (RejectedExecutionException e) {
            finish(run, "the executor refused the probe");
        }
    }

    private void ask(ProbeRun run) {
        try {
            CompletionStage<Void> stage = probe.apply(run.probed.target);
            if (stage == null) {
                finish(run, "the probe returned null");
                return;
            }
            run.began(stage);
            stage.whenComplete((nothing, failure) -> finish(run, failure == null ? null : Reason.of(failure)));
        } catch (Throwable e) { // an Error, too: it becomes the reason, where otherwise only a timeout would be seen
            finish(run, "the probe threw " + Reason.of(e));
        }
    }

    private void finish(ProbeRun run, @Nullable String failure) {
        boolean busy = failure != null || busy(run.probed);
        synchronized (this) {
            if (run.over) {
                return;
            }
            over(run);
            ProbedTarget probed = run.probed;
            if (probed.record(failure, check)) {
                probed.shares.forEach(share -> news.add(new News(share, probed, probed.well(), probed.reason())));
            }
            enqueue(probed, run.startNanos + pause(probed, busy));
        }
        run.end();
        takeTurns();
    }

    private boolean busy(ProbedTarget probed) {
        for (Share share : shares(probed)) {
            Target target = share.own(probed);
            try {
                if (target != null && share.result.busy(target)) {
                    return true;
                }
            } catch (RuntimeException e) {
                report(e);
                return true;
            }
        }
        return false;
    }

    private synchronized List<Share> shares(ProbedTarget probed) {
        return probed.shares;
    }

    private synchronized void arm() {
        ProbedTarget first = next();
        Future<?> armed = timer;
        if (armed != null && (first == null || first.dueNanos - timerNanos < 0)) {
            armed.cancel(false);
            timer = null;
        }
        if (first != null && timer == null) {
            timerNanos = first.dueNanos;
            timer = env.scheduler()
                    .schedule(this::rang, Math.max(0, first.dueNanos - env.nanoTime()), TimeUnit.NANOSECONDS);
        }
    }

    private void rang() {
        synchronized (this) {
            timer = null;
        }
        takeTurns();
    }

    private static void report(Throwable e) {
        Thread thread = Thread.currentThread();
        thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
    }

    /** One service's targets; guarded by the schedule. */
    final class Share implements Probes.Watch {

        private final Probes.Result result;
        private final Map<URI, Target> own = new HashMap<>();
        private boolean closed;

        Share(Probes.Result result) {
            this.result = result;
        }

        /** The target as this service added it, or null if it has removed it. */
        private @Nullable Target own(ProbedTarget probed) {
            synchronized (ProbeSchedule.this) {
                return probed.shares.contains(this) ? own.get(probed.target.uri()) : null;
            }
        }

        @Override
        public void add(Target target) {
            ProbeSchedule.this.add(this, target);
        }

        @Override
        public void remove(Target target) {
            ProbeSchedule.this.remove(this, List.of(target.uri()));
        }

        @Override
        public void close() {
            List<URI> all;
            synchronized (ProbeSchedule.this) {
                closed = true;
                all = List.copyOf(own.keySet());
            }
            ProbeSchedule.this.remove(this, all);
        }
    }
}
