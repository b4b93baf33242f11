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
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Asks many targets in time; see {@link Probes.Schedule}. */
final class ProbeSchedule implements Probes.Schedule {

    /*
     * State is under the monitor. Whatever calls out (telling results, starting probes, arming the timer) is done in turns outside it,
     * so that results are told in order, and a probe that is answered at once starts the next one without recursion.
     */

    private record News(ProbeShare share, ProbedTarget probed, boolean well, String reason) {}

    private final HealthCheck check;
    private final Environment env;
    private final Function<? super Target, ? extends CompletionStage<Void>> probe;
    private final String late;
    private final Turns turns = new Turns(this::turn);

    private final Map<URI, ProbedTarget> targets = new HashMap<>();
    private final ProbeQueue queue;
    private final ArrayDeque<News> news = new ArrayDeque<>();
    private long added;
    private boolean closed;
    private @Nullable Future<?> timer;
    private long timerNanos;

    ProbeSchedule(HealthCheck check, Environment env, Function<? super Target, ? extends CompletionStage<Void>> probe) {
        this.check = check;
        this.env = env;
        this.probe = probe;
        this.queue = new ProbeQueue(check);
        this.late = "no answer within " + Duration.ofNanos(check.timeoutNanos()).toMillis() + " ms";
    }

    // ---- the door -----------------------------------------------------------------------------------------------

    @Override
    public synchronized Probes.Watch watch(Probes.Result result) {
        if (closed) {
            throw new IllegalStateException("the schedule of the probes is closed");
        }
        return new ProbeShare(this, result);
    }

    @Override
    public synchronized long nextProbeNanos(Target target) {
        ProbedTarget probed = targets.get(target.uri());
        if (probed == null || probed.shares.isEmpty()) {
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
            queue.remove(probed);
            queue.add(probed, now);
        }
        turns.take();
    }

    @Override
    public void close() {
        List<ProbeRun> unwanted = new ArrayList<>();
        synchronized (this) {
            closed = true;
            List.copyOf(targets.values()).forEach(probed -> leave(probed, unwanted));
            news.clear();
        }
        unwanted.forEach(ProbeRun::cancel);
        turns.take();
    }

    void add(ProbeShare share, Target target) {
        synchronized (this) {
            if (closed || share.closed) {
                throw new IllegalStateException("the probes of " + target + " are closed");
            }
            ProbedTarget probed = targets.get(target.uri());
            if (probed == null) {
                probed = new ProbedTarget(target, added++);
                targets.put(target.uri(), probed);
                queue.add(probed, first());
            } else if (probed.shares.isEmpty()) {
                probed.renew(); // and is asked when the probe that was cancelled has ended
            }
            probed.target = target;
            if (share.own.put(target.uri(), target) == null) {
                List<ProbeShare> shares = new ArrayList<>(probed.shares);
                shares.add(share);
                probed.shares = List.copyOf(shares);
                if (probed.known()) {
                    news.add(new News(share, probed, probed.well(), probed.reason()));
                }
            }
        }
        turns.take();
    }

    void remove(ProbeShare share, List<URI> uris) {
        List<ProbeRun> unwanted = new ArrayList<>();
        synchronized (this) {
            for (URI uri : uris) {
                ProbedTarget probed = share.own.remove(uri) == null ? null : targets.get(uri);
                if (probed != null) {
                    probed.shares =
                            probed.shares.stream().filter(s -> s != share).toList();
                    if (probed.shares.isEmpty()) {
                        leave(probed, unwanted);
                    }
                }
            }
        }
        unwanted.forEach(ProbeRun::cancel);
        turns.take();
    }

    // ---- under the monitor --------------------------------------------------------------------------------------

    /** Anywhere in the first interval, so that a fleet that starts is not asked at once (envoy#4132). */
    private long first() {
        return env.nanoTime() + (long) (check.intervalNanos() * env.random().nextDouble());
    }

    /** A probe under way is cancelled, and the target gone when that has ended. */
    private void leave(ProbedTarget probed, List<ProbeRun> unwanted) {
        probed.shares = List.of();
        news.removeIf(item -> item.probed == probed);
        ProbeRun run = probed.run;
        if (run == null) {
            queue.remove(probed);
            targets.remove(probed.target.uri());
        } else {
            run.removed = true;
            unwanted.add(run);
        }
    }

    /** Takes the result and says when the target is asked again. */
    private void settle(ProbeRun run, @Nullable String failure, boolean busy) {
        ProbedTarget probed = run.probed;
        queue.release(run);
        if (probed.shares.isEmpty()) {
            targets.remove(probed.target.uri());
        } else if (run.removed) {
            queue.add(probed, first());
        } else {
            if (probed.record(failure, check)) {
                probed.shares.forEach(share -> news.add(new News(share, probed, probed.well(), probed.reason())));
            }
            queue.add(probed, run.startNanos + pause(probed, busy));
        }
    }

    private long pause(ProbedTarget probed, boolean busy) {
        long nanos = probed.doubtful()
                ? check.intervalWhileSickNanos()
                : busy ? check.intervalNanos() : check.intervalWhileIdleNanos();
        return (long) (nanos * (0.9 + 0.2 * env.random().nextDouble())); // so that they do not fall into step
    }

    // ---- turns --------------------------------------------------------------------------------------------------

    private void turn() {
        for (News item = nextNews(); item != null; item = nextNews()) {
            News told = item;
            Turns.guarded(() -> tell(told));
        }
        for (ProbeRun run = take(); run != null; run = take()) {
            start(run);
        }
        arm();
    }

    private static void tell(News item) {
        Target target = item.share.own(item.probed);
        if (target != null) {
            item.share.result.changed(target, item.well, item.reason);
        }
    }

    private synchronized @Nullable ProbeRun take() {
        return queue.take(env.nanoTime());
    }

    private synchronized @Nullable News nextNews() {
        return news.poll();
    }

    private void start(ProbeRun run) {
        try {
            run.timeout(env.scheduler().schedule(() -> late(run), check.timeoutNanos(), TimeUnit.NANOSECONDS));
            env.executor().execute(() -> ask(run));
        } catch (RejectedExecutionException e) {
            finish(run, "the executor refused the probe");
        }
    }

    private void ask(ProbeRun run) {
        if (run.cancelled()) {
            finish(run, late);
            return;
        }
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

    private void late(ProbeRun run) {
        run.cancel(); // first, so that the next probe does not begin beside it
        finish(run, late);
    }

    private void finish(ProbeRun run, @Nullable String outcome) {
        String failure = run.cancelled() ? late : outcome;
        boolean busy = failure != null || busy(run.probed);
        synchronized (this) {
            if (run.over) {
                return;
            }
            settle(run, failure, busy);
        }
        run.stopTimer();
        turns.take();
    }

    private boolean busy(ProbedTarget probed) {
        boolean[] busy = {false};
        for (ProbeShare share : shares(probed)) {
            Target target = share.own(probed);
            if (target != null && !busy[0]) {
                Turns.guarded(() -> {
                    busy[0] = true; // and stays so if the next line throws
                    busy[0] = share.result.busy(target);
                });
            }
        }
        return busy[0];
    }

    private synchronized List<ProbeShare> shares(ProbedTarget probed) {
        return probed.shares;
    }

    private synchronized void arm() {
        ProbedTarget first = queue.first();
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
        turns.take();
    }
}
