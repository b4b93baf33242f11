package io.fairlead.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fairlead.Environment;
import io.fairlead.HealthCheck;
import io.fairlead.Target;
import io.fairlead.testing.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class ProbeScheduleTest {

    private static final long SECOND = 1_000_000_000L;
    private static final Target A = Target.of("http://a:1");
    private static final Target B = Target.of("http://b:1");

    private final ManualTime time = new ManualTime();
    private final Environment env = time.environment(11);
    private final FakeProbes probes = new FakeProbes(time);
    private final FakeProbes.Told told = new FakeProbes.Told();
    private final HealthCheck check = HealthCheck.of((target, transport) -> probes.apply(target));

    private Probes.Schedule schedule = Probes.schedule(check, env, probes);

    private Probes.Watch watching(Target... targets) {
        Probes.Watch watch = schedule.watch(told);
        for (Target target : targets) {
            watch.add(target);
        }
        return watch;
    }

    /** Runs until the target is asked again. */
    private void nextProbe(Target target) {
        int before = probes.starts(target).size();
        for (int i = 0; i < 20 && probes.starts(target).size() == before; i++) {
            time.advance(Math.max(1, schedule.nextProbeNanos(target)));
        }
        assertThat(probes.starts(target)).hasSize(before + 1);
    }

    private long lastPause(Target target) {
        List<Long> starts = probes.starts(target);
        return starts.get(starts.size() - 1) - starts.get(starts.size() - 2);
    }

    // ---- thresholds ---------------------------------------------------------------------------------------------

    @Test
    void one_pass_makes_a_new_target_well() {
        watching(A);
        assertThat(told.lines).isEmpty();
        nextProbe(A);
        probes.pass(A);
        assertThat(told.lines).containsExactly("+a a probe passed");
    }

    @Test
    void three_failures_in_a_row_make_it_sick_and_two_passes_well_again() {
        probes.passing();
        watching(A);
        nextProbe(A);
        told.lines.clear();
        probes.failing("status 503");
        nextProbe(A);
        nextProbe(A);
        assertThat(told.lines).isEmpty();
        nextProbe(A);
        assertThat(told.lines).containsExactly("-a 3 probes in a row failed, the last: status 503");
        probes.passing();
        nextProbe(A);
        probes.failing("again");
        nextProbe(A);
        probes.passing();
        nextProbe(A);
        assertThat(told.lines).hasSize(1);
        nextProbe(A);
        assertThat(told.lines)
                .containsExactly("-a 3 probes in a row failed, the last: status 503", "+a 2 probes in a row passed");
    }

    @Test
    void a_pass_in_between_begins_the_count_of_failures_anew() {
        probes.passing();
        watching(A);
        nextProbe(A);
        for (int i = 0; i < 10; i++) {
            probes.failing("no");
            nextProbe(A);
            nextProbe(A);
            probes.passing();
            nextProbe(A);
        }
        assertThat(told.lines).containsExactly("+a a probe passed");
    }

    @Test
    void a_new_target_is_sick_after_three_failures() {
        watching(A);
        probes.failing("refused");
        nextProbe(A);
        nextProbe(A);
        assertThat(told.lines).isEmpty();
        nextProbe(A);
        assertThat(told.lines).containsExactly("-a 3 probes in a row failed, the last: refused");
    }

    @Test
    void one_pass_makes_a_new_target_well_after_two_failures_too() {
        watching(A);
        probes.failing("refused");
        nextProbe(A);
        nextProbe(A);
        probes.passing();
        nextProbe(A);
        assertThat(told.lines).containsExactly("+a a probe passed");
    }

    @Test
    void the_thresholds_can_be_one() {
        schedule = Probes.schedule(check.withRise(1).withFall(1), env, probes);
        watching(A);
        probes.failing("no");
        nextProbe(A);
        probes.passing();
        nextProbe(A);
        assertThat(told.lines).containsExactly("-a a probe failed: no", "+a a probe passed");
    }

    // ---- when ---------------------------------------------------------------------------------------------------

    @Test
    void ten_thousand_new_targets_are_spread_evenly_over_the_first_interval() {
        probes.passing();
        List<Target> targets = new ArrayList<>();
        Probes.Watch watch = schedule.watch(told);
        long begun = time.nanoTime();
        for (int i = 0; i < 10_000; i++) {
            targets.add(Target.of("http://t" + i + ":1"));
            watch.add(targets.get(i));
        }
        assertThat(told.lines).isEmpty();
        time.advance(5 * SECOND);
        int[] each = new int[50];
        for (Target target : targets) {
            assertThat(probes.starts(target)).hasSizeBetween(1, 2);
            each[(int) ((probes.starts(target).get(0) - begun) / (SECOND / 10))]++;
        }
        // 200 a tenth of a second; five standard deviations of a random spread are 70
        assertThat(Arrays.stream(each).boxed().toList())
                .allSatisfy(count -> assertThat(count).isBetween(130, 270));
    }

    @Test
    void a_well_target_is_asked_every_interval_give_or_take_a_tenth() {
        probes.passing();
        watching(A);
        nextProbe(A);
        List<Long> pauses = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            nextProbe(A);
            pauses.add(lastPause(A));
        }
        assertThat(pauses).allSatisfy(pause -> assertThat(pause).isBetween(4_500_000_000L, 5_500_000_000L));
        assertThat(pauses.stream().mapToLong(p -> p).min().orElseThrow()).isLessThan(4_600_000_000L);
        assertThat(pauses.stream().mapToLong(p -> p).max().orElseThrow()).isGreaterThan(5_400_000_000L);
    }

    @Test
    void the_interval_counts_from_start_to_start_however_long_the_answer_takes() {
        probes.passing();
        watching(A);
        nextProbe(A);
        probes.leaveOpen();
        nextProbe(A);
        time.advance(SECOND);
        probes.pass(A);
        nextProbe(A);
        assertThat(lastPause(A)).isBetween(4_500_000_000L, 5_500_000_000L);
    }

    @Test
    void a_failure_is_followed_up_every_second_until_the_target_is_well() {
        probes.passing();
        watching(A);
        nextProbe(A);
        probes.failing("no");
        nextProbe(A);
        for (int i = 0; i < 5; i++) {
            nextProbe(A);
            assertThat(lastPause(A)).isCloseTo(SECOND, within(SECOND / 10));
        }
        probes.passing();
        nextProbe(A);
        nextProbe(A);
        assertThat(lastPause(A)).isCloseTo(SECOND, within(SECOND / 10));
        nextProbe(A);
        assertThat(lastPause(A)).isCloseTo(5 * SECOND, within(SECOND / 2));
    }

    @Test
    void a_well_target_without_traffic_is_asked_seldom_and_a_sick_one_still_often() {
        probes.passing();
        told.busy = false;
        watching(A);
        nextProbe(A);
        nextProbe(A);
        assertThat(lastPause(A)).isCloseTo(30 * SECOND, within(3 * SECOND));
        told.busy = true;
        nextProbe(A);
        nextProbe(A);
        assertThat(lastPause(A)).isCloseTo(5 * SECOND, within(SECOND / 2));
        told.busy = false;
        probes.failing("no");
        nextProbe(A);
        nextProbe(A);
        assertThat(lastPause(A)).isCloseTo(SECOND, within(SECOND / 10));
    }

    @Test
    void a_view_is_told_when_a_target_is_asked_next() {
        Probes.Watch watch = watching(A);
        long due = schedule.nextProbeNanos(A);
        assertThat(due).isBetween(0L, 5 * SECOND);
        time.advance(due / 2);
        assertThat(schedule.nextProbeNanos(A)).isEqualTo(due - due / 2);
        time.advance(due - due / 2);
        assertThat(probes.underWay()).containsExactly(A.uri());
        assertThat(schedule.nextProbeNanos(A)).isZero();
        assertThat(schedule.nextProbeNanos(B)).isEqualTo(-1);
        watch.remove(A);
        assertThat(schedule.nextProbeNanos(A)).isEqualTo(-1);
    }

    @Test
    void a_probe_can_be_brought_forward() {
        probes.passing();
        told.busy = false;
        watching(A);
        nextProbe(A);
        assertThat(schedule.nextProbeNanos(A)).isGreaterThan(20 * SECOND);
        schedule.probeNow(A);
        assertThat(probes.starts(A)).hasSize(2);
        schedule.probeNow(B);
        assertThat(probes.starts(B)).isEmpty();
    }

    // ---- ends ---------------------------------------------------------------------------------------------------

    @Test
    void a_probe_without_answer_is_cancelled_after_its_timeout_and_has_failed() {
        schedule = Probes.schedule(check.withFall(1), env, probes);
        CompletableFuture<Void> never = new CompletableFuture<>();
        probes.answering(target -> never);
        watching(A);
        nextProbe(A);
        time.advance(2 * SECOND - 1);
        assertThat(never).isNotDone();
        time.advance(1);
        assertThat(never).isCancelled();
        assertThat(told.lines).containsExactly("-a a probe failed: no answer within 2000 ms");
    }

    @Test
    void a_stage_that_cannot_be_cancelled_holds_no_place() {
        schedule = Probes.schedule(check.withConcurrency(1), env, probes);
        probes.answering(target -> new CompletableFuture<Void>().minimalCompletionStage());
        watching(A, B);
        time.advance(60 * SECOND);
        assertThat(probes.starts(A).size()).isGreaterThan(10);
        assertThat(probes.starts(B).size()).isGreaterThan(10);
    }

    @Test
    void an_answer_after_the_timeout_counts_no_more() {
        schedule = Probes.schedule(check.withFall(1), env, probes);
        CompletableFuture<Void> stubborn = new CompletableFuture<>() {
            @Override
            public boolean cancel(boolean mayInterrupt) {
                return false;
            }
        };
        probes.answering(target -> stubborn);
        watching(A);
        nextProbe(A);
        time.advance(2 * SECOND);
        probes.leaveOpen();
        stubborn.complete(null);
        assertThat(told.lines).hasSize(1).first().asString().startsWith("-a");
    }

    @Test
    void a_probe_that_throws_or_returns_null_has_failed_and_says_so() {
        schedule = Probes.schedule(check.withFall(1).withRise(1), env, probes);
        probes.answering(target -> {
            throw new IllegalStateException("boom");
        });
        watching(A);
        nextProbe(A);
        probes.passing();
        nextProbe(A);
        probes.answering(target -> null);
        nextProbe(A);
        probes.passing();
        nextProbe(A);
        probes.answering(target -> {
            throw new NoClassDefFoundError("Missing");
        });
        nextProbe(A);
        assertThat(told.lines)
                .containsExactly(
                        "-a a probe failed: the probe threw IllegalStateException: boom",
                        "+a a probe passed",
                        "-a a probe failed: the probe returned null",
                        "+a a probe passed",
                        "-a a probe failed: the probe threw NoClassDefFoundError: Missing");
    }

    @Test
    void an_executor_that_refuses_fails_the_probe_and_no_more() {
        boolean[] refusing = {true};
        Environment refuses = Environment.builder()
                .nanoClock(time::nanoTime)
                .random(env.random())
                .scheduler(time)
                .executor(task -> {
                    if (refusing[0]) {
                        throw new RejectedExecutionException("full");
                    }
                    task.run();
                })
                .build();
        schedule = Probes.schedule(check.withFall(1).withRise(1), refuses, probes);
        probes.passing();
        watching(A);
        time.advance(5 * SECOND);
        assertThat(told.lines).containsExactly("-a a probe failed: the executor refused the probe");
        refusing[0] = false;
        nextProbe(A);
        assertThat(told.lines).last().isEqualTo("+a a probe passed");
    }

    @Test
    void one_who_is_told_and_throws_harms_nobody() {
        List<Throwable> uncaught = new ArrayList<>();
        Thread thread = Thread.currentThread();
        Thread.UncaughtExceptionHandler before = thread.getUncaughtExceptionHandler();
        thread.setUncaughtExceptionHandler((t, e) -> uncaught.add(e));
        try {
            probes.passing();
            schedule.watch(new Probes.Result() {
                        @Override
                        public void changed(Target target, boolean well, String reason) {
                            throw new IllegalStateException("mine");
                        }

                        @Override
                        public boolean busy(Target target) {
                            throw new IllegalArgumentException("mine, too");
                        }
                    })
                    .add(A);
            told.busy = false;
            watching(A, B);
            time.advance(11 * SECOND);
        } finally {
            thread.setUncaughtExceptionHandler(before);
        }
        assertThat(uncaught).filteredOn(IllegalStateException.class::isInstance).hasSize(1);
        assertThat(uncaught).hasAtLeastOneElementOfType(IllegalArgumentException.class);
        assertThat(told.lines).containsExactlyInAnyOrder("+a a probe passed", "+b a probe passed");
        assertThat(probes.starts(A).size()).isGreaterThanOrEqualTo(2);
    }

    // ---- places -------------------------------------------------------------------------------------------------

    @Test
    void no_more_than_so_many_at_once_and_the_longest_due_first() {
        schedule = Probes.schedule(check.withConcurrency(2).withTimeout(Duration.ofSeconds(4)), env, probes);
        Probes.Watch watch = schedule.watch(told);
        List<Target> inOrder = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            inOrder.add(Target.of("http://t" + i + ":1"));
            watch.add(inOrder.get(i));
        }
        inOrder.forEach(schedule::probeNow);
        assertThat(probes.underWay()).hasSize(2);
        List<String> asked = new ArrayList<>();
        while (!probes.underWay().isEmpty()) {
            Target first = Target.of(probes.underWay().get(0));
            asked.add(first.toString());
            probes.pass(first);
        }
        assertThat(asked).isEqualTo(inOrder.stream().map(Target::toString).toList());
        assertThat(probes.mostAtOnce()).isEqualTo(2);
    }

    @Test
    void black_holes_hold_half_of_the_places_at_most_so_that_the_others_are_asked_in_time() {
        schedule = Probes.schedule(check.withConcurrency(8), env, probes);
        Probes.Watch watch = schedule.watch(told);
        List<Target> good = new ArrayList<>();
        probes.passing();
        for (int i = 0; i < 200; i++) {
            Target target = Target.of("http://t" + i + ":1");
            watch.add(target);
            if (i % 2 == 0) {
                good.add(target);
            }
        }
        time.advance(6 * SECOND);
        probes.answering(
                target -> good.contains(target) ? CompletableFuture.completedFuture(null) : probes.hanging(target));
        time.advance(120 * SECOND); // 100 first timeouts of 2 s, 8 at once, take 25 s of these
        long settled = time.nanoTime();
        time.advance(60 * SECOND);
        for (Target target : good) {
            List<Long> late = probes.starts(target).stream()
                    .filter(start -> start >= settled)
                    .toList();
            assertThat(late).hasSizeBetween(10, 14);
        }
        assertThat(probes.everTwiceAtOnce()).isFalse();
    }

    // ---- who watches --------------------------------------------------------------------------------------------

    @Test
    void a_removed_target_is_asked_no_more_and_its_probe_is_cancelled() {
        Probes.Watch watch = watching(A, B);
        CompletableFuture<Void> open = new CompletableFuture<>();
        probes.answering(target -> open);
        nextProbe(A);
        watch.remove(A);
        watch.remove(A);
        assertThat(open).isCancelled();
        int before = probes.starts(A).size();
        time.advance(60 * SECOND);
        assertThat(probes.starts(A)).hasSize(before);
        assertThat(probes.starts(B)).isNotEmpty();
        assertThat(told.lines).noneMatch(line -> line.startsWith("+a ") || line.startsWith("-a "));
    }

    @Test
    void a_target_that_returns_is_unknown_again() {
        probes.passing();
        Probes.Watch watch = watching(A);
        nextProbe(A);
        watch.remove(A);
        watch.add(A);
        nextProbe(A);
        assertThat(told.lines).containsExactly("+a a probe passed", "+a a probe passed");
    }

    @Test
    void a_target_that_returns_before_its_cancelled_probe_has_ended_is_not_asked_beside_it() {
        schedule = Probes.schedule(check.withFall(1), env, probes);
        CompletableFuture<Void> stubborn = new CompletableFuture<>() {
            @Override
            public boolean cancel(boolean mayInterrupt) {
                return false;
            }
        };
        probes.answering(target -> stubborn);
        Probes.Watch watch = watching(A);
        nextProbe(A);
        watch.remove(A);
        assertThat(schedule.nextProbeNanos(A)).isEqualTo(-1);
        watch.add(A);
        probes.passing();
        schedule.probeNow(A);
        assertThat(probes.starts(A)).hasSize(1);
        stubborn.completeExceptionally(new ProbeFailedException("of the time before"));
        assertThat(told.lines).isEmpty();
        assertThat(schedule.nextProbeNanos(A)).isBetween(0L, 5 * SECOND);
        nextProbe(A);
        assertThat(told.lines).containsExactly("+a a probe passed");
    }

    @Test
    void a_probe_that_the_executor_begins_too_late_is_not_begun() {
        List<Runnable> tasks = new ArrayList<>();
        Environment slow = Environment.builder()
                .nanoClock(time::nanoTime)
                .random(env.random())
                .scheduler(time)
                .executor(tasks::add)
                .build();
        schedule = Probes.schedule(check.withFall(1), slow, probes);
        watching(A);
        time.advance(5 * SECOND);
        assertThat(tasks).hasSize(1);
        time.advance(2 * SECOND);
        assertThat(told.lines).containsExactly("-a a probe failed: no answer within 2000 ms");
        tasks.get(0).run();
        assertThat(probes.starts(A)).isEmpty();
    }

    @Test
    void two_services_share_the_probes_of_a_target_and_each_is_told_of_its_own() {
        probes.passing();
        FakeProbes.Told other = new FakeProbes.Told();
        Probes.Watch first = watching(A, B);
        Probes.Watch second = schedule.watch(other);
        second.add(A.withWeight(3));
        time.advance(5 * SECOND);
        assertThat(told.lines).containsExactlyInAnyOrder("+a a probe passed", "+b a probe passed");
        assertThat(other.lines).containsExactly("+a a probe passed");
        int asked = probes.starts(A).size();
        assertThat(asked).isLessThanOrEqualTo(2);
        first.close();
        time.advance(30 * SECOND);
        assertThat(probes.starts(A).size()).isGreaterThan(asked + 4);
        assertThat(probes.starts(B).size()).isLessThanOrEqualTo(2);
        second.remove(A);
        assertThat(schedule.nextProbeNanos(A)).isEqualTo(-1);
        assertThat(time.pendingTimers()).isZero();
    }

    @Test
    void who_comes_later_is_told_at_once_what_is_known() {
        probes.passing();
        watching(A);
        nextProbe(A);
        FakeProbes.Told other = new FakeProbes.Told();
        schedule.watch(other).add(A);
        assertThat(other.lines).containsExactly("+a a probe passed");
    }

    @Test
    void a_target_is_idle_only_if_all_say_so() {
        probes.passing();
        told.busy = false;
        watching(A);
        FakeProbes.Told other = new FakeProbes.Told();
        Probes.Watch second = schedule.watch(other);
        second.add(A);
        nextProbe(A);
        nextProbe(A);
        assertThat(lastPause(A)).isCloseTo(5 * SECOND, within(SECOND / 2));
        second.close();
        nextProbe(A);
        nextProbe(A);
        assertThat(lastPause(A)).isCloseTo(30 * SECOND, within(3 * SECOND));
    }

    @Test
    void a_changed_weight_keeps_the_state_and_is_what_the_service_is_told() {
        List<Target> seen = new ArrayList<>();
        Probes.Watch watch = schedule.watch((target, well, reason) -> seen.add(target));
        watch.add(A);
        watch.add(A.withWeight(5));
        probes.passing();
        nextProbe(A);
        assertThat(seen).containsExactly(A.withWeight(5));
        watch.remove(A);
        assertThat(schedule.nextProbeNanos(A)).isEqualTo(-1);
    }

    @Test
    void closing_ends_everything() {
        Probes.Watch watch = watching(A, B);
        CompletableFuture<Void> open = new CompletableFuture<>();
        probes.answering(target -> open);
        nextProbe(A);
        schedule.close();
        assertThat(open).isCancelled();
        assertThat(time.pendingTimers()).isZero();
        assertThat(told.lines).isEmpty();
        assertThatThrownBy(() -> watch.add(A)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> schedule.watch(told)).isInstanceOf(IllegalStateException.class);
        watch.remove(A);
        watch.close();
        schedule.close();
    }

    @Test
    void a_callback_may_change_the_targets() {
        probes.passing();
        Probes.Watch[] watch = new Probes.Watch[1];
        List<String> seen = new ArrayList<>();
        watch[0] = schedule.watch((target, well, reason) -> {
            seen.add(target.toString());
            watch[0].remove(target);
            watch[0].add(target.equals(A) ? B : A);
        });
        watch[0].add(A);
        time.advance(60 * SECOND);
        assertThat(seen.size()).isGreaterThan(10);
        assertThat(seen.subList(0, 3)).containsExactly("http://a:1", "http://b:1", "http://a:1");
    }
}
