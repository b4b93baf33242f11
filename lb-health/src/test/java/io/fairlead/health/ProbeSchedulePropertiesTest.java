package io.fairlead.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Environment;
import io.fairlead.HealthCheck;
import io.fairlead.Target;
import io.fairlead.testing.ManualTime;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProbeSchedulePropertiesTest {

    private static final long SECOND = 1_000_000_000L;
    private static final int PLACES = 5;

    private static List<Target> fleet(int size) {
        return IntStream.range(0, size)
                .mapToObj(i -> Target.of("http://t" + i + ":1"))
                .toList();
    }

    /** What the thresholds should make of the results, in another way: from the list of all results since the target was added. */
    private static final class Model {

        private final HealthCheck check;
        private final Map<URI, List<Boolean>> results = new HashMap<>();
        private final Map<URI, Boolean> well = new HashMap<>();
        private final List<Map<URI, Boolean>> watched = List.of(new HashMap<>(), new HashMap<>());
        private final List<List<String>> told = List.of(new ArrayList<>(), new ArrayList<>());

        Model(HealthCheck check) {
            this.check = check;
        }

        void add(int watch, Target target) {
            if (watched.get(watch).put(target.uri(), true) == null && well.containsKey(target.uri())) {
                tell(watch, target.uri());
            }
        }

        void remove(int watch, Target target) {
            watched.get(watch).remove(target.uri());
            if (!anyWatches(target)) {
                results.remove(target.uri());
                well.remove(target.uri());
            }
        }

        boolean anyWatches(Target target) {
            return watched.stream().anyMatch(set -> set.containsKey(target.uri()));
        }

        private void tell(int watch, URI uri) {
            told.get(watch).add((well.get(uri) ? "+" : "-") + uri.getHost());
        }

        void result(Target target, boolean passed) {
            URI uri = target.uri();
            List<Boolean> all = results.computeIfAbsent(uri, u -> new ArrayList<>());
            all.add(passed);
            Boolean before = well.get(uri);
            int needed = !passed ? check.fall() : before == null ? 1 : check.rise();
            boolean enough = all.size() >= needed
                    && all.subList(all.size() - needed, all.size()).stream().allMatch(r -> r == passed);
            if (enough && (before == null || before != passed)) {
                well.put(uri, passed);
                for (int watch = 0; watch < 2; watch++) {
                    if (watched.get(watch).containsKey(uri)) {
                        tell(watch, uri);
                    }
                }
            }
        }
    }

    /** A schedule, its model, and probes that answer at random. */
    private static final class World {

        final ManualTime time = new ManualTime();
        final Random random;
        final HealthCheck check;
        final Model model;
        final Probes.Schedule schedule;
        final List<Probes.Watch> watches = new ArrayList<>();
        final List<List<String>> told = List.of(new ArrayList<>(), new ArrayList<>());
        final Map<Target, CompletableFuture<Void>> open = new LinkedHashMap<>();
        final Map<Target, List<Long>> starts = new HashMap<>();
        boolean calm;
        int mostAtOnce;

        World(long seed) {
            random = new Random(seed);
            check = HealthCheck.of((target, transport) -> ask(target))
                    .withConcurrency(PLACES)
                    .withRise(1 + random.nextInt(3))
                    .withFall(1 + random.nextInt(4));
            model = new Model(check);
            schedule = Probes.schedule(check, time.environment(seed), this::ask);
            for (List<String> lines : told) {
                watches.add(schedule.watch((target, well, reason) ->
                        lines.add((well ? "+" : "-") + target.uri().getHost())));
            }
        }

        CompletionStage<Void> ask(Target target) {
            assertThat(open).as("one probe at a time").doesNotContainKey(target);
            starts.computeIfAbsent(target, t -> new ArrayList<>()).add(time.nanoTime());
            int kind = calm ? 0 : random.nextInt(10);
            if (kind < 3) {
                model.result(target, true);
                return CompletableFuture.completedFuture(null);
            } else if (kind < 5) {
                model.result(target, false);
                return CompletableFuture.failedFuture(new ProbeFailedException("no"));
            } else if (kind == 5) {
                model.result(target, false);
                return null;
            } else if (kind == 6) {
                model.result(target, false);
                throw new IllegalStateException("thrown");
            }
            CompletableFuture<Void> answer = new CompletableFuture<>() {
                @Override
                public boolean cancel(boolean mayInterrupt) {
                    open.remove(target, this);
                    // by its timeout, which counts, or because nobody watches it any more
                    if (model.anyWatches(target)) {
                        model.result(target, false);
                    }
                    return super.cancel(mayInterrupt);
                }
            };
            open.put(target, answer);
            mostAtOnce = Math.max(mostAtOnce, open.size());
            return answer;
        }

        void step(List<Target> fleet) {
            Target target = fleet.get(random.nextInt(fleet.size()));
            int watch = random.nextInt(2);
            switch (random.nextInt(8)) {
                case 0, 1 -> {
                    model.add(watch, target);
                    watches.get(watch).add(target);
                }
                case 2 -> {
                    model.remove(watch, target);
                    watches.get(watch).remove(target);
                }
                case 3 -> schedule.probeNow(target);
                case 4, 5 -> answerOne();
                default -> time.advance((long) (random.nextDouble() * SECOND));
            }
            assertThat(open.size()).isLessThanOrEqualTo(PLACES);
            assertThat(told).isEqualTo(model.told);
        }

        private void answerOne() {
            if (!open.isEmpty()) {
                List<Target> asked = List.copyOf(open.keySet());
                Target target = asked.get(random.nextInt(asked.size()));
                CompletableFuture<Void> answer = open.remove(target);
                boolean passed = random.nextBoolean();
                model.result(target, passed);
                if (passed) {
                    answer.complete(null);
                } else {
                    answer.completeExceptionally(new ProbeFailedException("no"));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void whatever_happens_the_thresholds_are_exact_and_no_more_probes_run_than_may(long seed) {
        World world = new World(seed);
        List<Target> fleet = fleet(24);
        for (int i = 0; i < 4_000; i++) {
            world.step(fleet);
        }
        assertThat(world.mostAtOnce).isEqualTo(PLACES);
        assertThat(world.told.get(0)).hasSizeGreaterThan(50);

        // all becomes calm: every watched target is asked in time and found well, no place is lost
        world.calm = true;
        world.time.advance(30 * SECOND);
        long from = world.time.nanoTime();
        world.time.advance(60 * SECOND);
        for (Target target : fleet) {
            if (world.model.anyWatches(target)) {
                List<Long> starts = world.starts.get(target).stream()
                        .filter(start -> start > from - 6 * SECOND)
                        .toList();
                for (int i = 1; i < starts.size(); i++) {
                    assertThat(starts.get(i) - starts.get(i - 1)).isLessThanOrEqualTo((long) (5.5 * SECOND));
                }
                assertThat(starts).hasSizeGreaterThanOrEqualTo(11);
            }
        }
        assertThat(world.told).isEqualTo(world.model.told);

        world.watches.forEach(Probes.Watch::close);
        assertThat(world.open).isEmpty();
        assertThat(world.time.pendingTimers()).isZero();
    }

    @Test
    void ten_thousand_targets_are_each_asked_within_the_interval_and_a_tenth() {
        ManualTime time = new ManualTime();
        Map<URI, List<Long>> starts = new HashMap<>();
        AtomicInteger open = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        Environment env = time.environment(5);
        HealthCheck check = HealthCheck.of(Probes.tcp());
        // each answer takes 20 ms: 40 places are busy on average
        Probes.Schedule schedule = Probes.schedule(check, env, target -> {
            starts.computeIfAbsent(target.uri(), u -> new ArrayList<>()).add(time.nanoTime());
            most.accumulateAndGet(open.incrementAndGet(), Math::max);
            CompletableFuture<Void> answer = new CompletableFuture<>();
            time.schedule(
                    () -> {
                        open.decrementAndGet();
                        answer.complete(null);
                    },
                    20,
                    TimeUnit.MILLISECONDS);
            return answer;
        });
        Probes.Watch watch = schedule.watch((target, well, reason) -> {});
        fleet(10_000).forEach(watch::add);
        time.advance(30 * SECOND);
        assertThat(most.get()).isBetween(45, 64);
        assertThat(starts).hasSize(10_000);
        for (List<Long> each : starts.values()) {
            assertThat(each.size()).isBetween(5, 7);
            for (int i = 1; i < each.size(); i++) {
                // and what it waits for a place in the densest moments
                assertThat(each.get(i) - each.get(i - 1)).isLessThanOrEqualTo((long) (5.6 * SECOND));
            }
        }
    }

    @Test
    void under_many_threads_no_target_is_asked_twice_at_once_and_no_place_is_lost() throws Exception {
        HealthCheck check =
                HealthCheck.of(Probes.tcp()).withInterval(Duration.ofMillis(10)).withConcurrency(PLACES);
        List<Target> fleet = fleet(40);
        Map<URI, CompletableFuture<Void>> open = new ConcurrentHashMap<>();
        AtomicInteger faults = new AtomicInteger();
        AtomicInteger told = new AtomicInteger();
        AtomicInteger asked = new AtomicInteger();
        Environment env = Environment.system();
        try (Probes.Schedule schedule = Probes.schedule(check, env, target -> {
            CompletableFuture<Void> answer = new CompletableFuture<>();
            CompletableFuture<Void> before = open.put(target.uri(), answer);
            faults.addAndGet(before != null && !before.isDone() ? 1 : 0);
            int number = asked.incrementAndGet();
            if (number % 7 != 0) { // every seventh has to be ended by its timeout
                env.executor().execute(() -> answer.complete(null));
            }
            return answer;
        })) {
            AtomicInteger telling = new AtomicInteger();
            Probes.Result result = (target, well, reason) -> {
                faults.addAndGet(telling.incrementAndGet() > 1 ? 1 : 0);
                told.incrementAndGet();
                telling.decrementAndGet();
            };
            CountDownLatch done = new CountDownLatch(4);
            for (int i = 0; i < 4; i++) {
                Random random = new Random(i);
                Probes.Watch watch = schedule.watch(result);
                env.executor().execute(() -> {
                    for (int n = 0; n < 20_000 || asked.get() <= 100; n++) { // a busy machine asks fewer
                        Target target = fleet.get(random.nextInt(fleet.size()));
                        switch (random.nextInt(3)) {
                            case 0 -> watch.add(target);
                            case 1 -> watch.remove(target);
                            default -> schedule.probeNow(target);
                        }
                    }
                    watch.close();
                    done.countDown();
                });
            }
            assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
            assertThat(faults).hasValue(0);
            assertThat(asked.get()).isGreaterThan(100);

            // had a place been lost, so many targets would no longer get round
            CountDownLatch well = new CountDownLatch(fleet.size());
            Probes.Watch last = schedule.watch((target, isWell, reason) -> well.countDown());
            fleet.forEach(last::add);
            assertThat(well.await(60, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(told.get()).isPositive();
    }
}
