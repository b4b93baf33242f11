package io.fairlead.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SlidingWindowTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long ORIGIN = 12_345_678_901L;

    private final SlidingWindow window = new SlidingWindow(10 * SECOND, 10, ORIGIN);

    private void record(long nowNanos, int times) {
        for (int i = 0; i < times; i++) {
            window.record(nowNanos, false, false);
        }
    }

    @Test
    void a_new_window_is_empty() {
        assertThat(window.total(ORIGIN)).isZero();
        assertThat(window.failed(ORIGIN)).isZero();
        assertThat(window.slow(ORIGIN)).isZero();
    }

    @Test
    void failed_and_slow_are_counted_apart_and_a_call_may_be_both() {
        window.record(ORIGIN, false, false);
        window.record(ORIGIN, true, false);
        window.record(ORIGIN, false, true);
        window.record(ORIGIN + 3 * SECOND, true, true);
        assertThat(window.total(ORIGIN + 3 * SECOND)).isEqualTo(4);
        assertThat(window.failed(ORIGIN + 3 * SECOND)).isEqualTo(2);
        assertThat(window.slow(ORIGIN + 3 * SECOND)).isEqualTo(2);
    }

    @Test
    void a_call_is_there_for_nine_seconds_and_gone_after_ten() {
        record(ORIGIN + SECOND - 1, 1);
        record(ORIGIN + SECOND, 1);
        assertThat(window.total(ORIGIN + 10 * SECOND - 1)).isEqualTo(2);
        assertThat(window.total(ORIGIN + 10 * SECOND)).isEqualTo(1);
        assertThat(window.total(ORIGIN + 11 * SECOND - 1)).isEqualTo(1);
        assertThat(window.total(ORIGIN + 11 * SECOND)).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {10, 11, 100, 1_000_003, 3_000_000_000L})
    void an_idle_gap_of_any_length_clears_it_and_counting_goes_on(long seconds) {
        window.record(ORIGIN, true, true);
        long later = ORIGIN + seconds * SECOND;
        assertThat(window.total(later)).isZero();
        assertThat(window.failed(later)).isZero();
        window.record(later, true, false);
        assertThat(window.total(later)).isEqualTo(1);
        assertThat(window.failed(later)).isEqualTo(1);
        assertThat(window.slow(later)).isZero();
    }

    @Test
    void a_reading_that_is_behind_goes_where_it_belongs() {
        record(ORIGIN + 5 * SECOND, 1);
        record(ORIGIN + 2 * SECOND, 2);
        assertThat(window.total(ORIGIN + 2 * SECOND)).as("behind the newest").isEqualTo(3);
        assertThat(window.total(ORIGIN + 11 * SECOND)).isEqualTo(3);
        assertThat(window.total(ORIGIN + 12 * SECOND)).isEqualTo(1);
    }

    @Test
    void a_reading_before_the_first_one_counts() {
        record(ORIGIN - 2 * SECOND, 1);
        assertThat(window.total(ORIGIN)).isEqualTo(1);
        assertThat(window.total(ORIGIN + 7 * SECOND)).isEqualTo(1);
        assertThat(window.total(ORIGIN + 8 * SECOND)).isZero();
    }

    @Test
    void a_reading_older_than_the_window_counts_as_of_the_newest() {
        record(ORIGIN + 50 * SECOND, 1);
        window.record(ORIGIN, true, false);
        assertThat(window.total(ORIGIN + 50 * SECOND)).isEqualTo(2);
        assertThat(window.failed(ORIGIN + 59 * SECOND)).isEqualTo(1);
        assertThat(window.total(ORIGIN + 60 * SECOND)).isZero();
    }

    @Test
    void a_clock_that_passes_the_end_of_its_numbers_goes_on() {
        long end = Long.MAX_VALUE - SECOND / 2;
        SlidingWindow late = new SlidingWindow(10 * SECOND, 10, end);
        for (int i = 0; i < 20; i++) {
            late.record(end + i * SECOND, true, false);
        }
        assertThat(late.total(end + 19 * SECOND)).isEqualTo(10);
        assertThat(late.failed(end + 28 * SECOND)).isEqualTo(1);
        assertThat(late.total(end + 29 * SECOND)).isZero();
    }

    @Test
    void random_calls_are_counted_as_by_keeping_each() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            int buckets = 2 + random.nextInt(12);
            long bucket = 1 + random.nextInt(1_000);
            SlidingWindow counted = new SlidingWindow(buckets * bucket, buckets, ORIGIN);
            List<Long> well = new ArrayList<>();
            List<Long> bad = new ArrayList<>();
            long now = ORIGIN;
            for (int step = 0; step < 300; step++) {
                now += random.nextInt(20) == 0
                        ? random.nextLong(5 * buckets * bucket)
                        : random.nextLong(1 + bucket / 4);
                counted.record(now, false, false);
                well.add(now);
                long behind = now - random.nextLong(1 + (buckets - 1) * bucket);
                counted.record(behind, true, true);
                bad.add(behind);
                long oldest = ORIGIN + (Math.floorDiv(now - ORIGIN, bucket) - buckets + 1) * bucket;
                long failed = bad.stream().filter(at -> at >= oldest).count();
                long all = failed + well.stream().filter(at -> at >= oldest).count();
                assertThat(counted.total(now)).as("seed %d step %d", seed, step).isEqualTo(all);
                assertThat(counted.failed(now)).isEqualTo(failed);
                assertThat(counted.slow(now)).isEqualTo(failed);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 4, 8, 16})
    void threads_lose_nothing_while_the_clock_stands_still(int threads) throws Exception {
        int each = 20_000;
        Race.of(threads, thread -> {
            for (int i = 0; i < each; i++) {
                window.record(ORIGIN + 7, i % 2 == 0, i % 4 == 0);
            }
        });
        assertThat(window.total(ORIGIN)).isEqualTo((long) threads * each);
        assertThat(window.failed(ORIGIN)).isEqualTo((long) threads * each / 2);
        assertThat(window.slow(ORIGIN)).isEqualTo((long) threads * each / 4);
    }

    /** Each call moves the clock; the threads change buckets under each other's feet, and go round the ring many times. */
    @ParameterizedTest
    @ValueSource(ints = {2, 4, 8, 16})
    void threads_lose_nothing_when_the_buckets_change(int threads) throws Exception {
        int each = 10_000;
        int steps = 50; // calls a bucket
        for (int round = 0; round < 5; round++) {
            SlidingWindow fast = new SlidingWindow(10L * steps, 10, 0);
            AtomicLong clock = new AtomicLong();
            Race.of(threads, thread -> {
                for (int i = 0; i < each; i++) {
                    fast.record(clock.getAndIncrement(), true, false);
                }
            });
            long last = clock.get() - 1;
            long inWindow = last - (last / steps - 9) * steps + 1;
            assertThat(fast.total(last)).isGreaterThanOrEqualTo(inWindow);
            assertThat(fast.total(last))
                    .as("what was late counts as of the newest")
                    .isLessThan(inWindow + (long) threads * each / 10);
            assertThat(fast.failed(last)).isEqualTo(fast.total(last));
        }
    }

    @Test
    void a_reader_that_asks_for_the_bad_ones_first_never_finds_more_of_them_than_calls() throws Exception {
        Race.of(4, thread -> {
            for (int i = 0; i < 20_000; i++) {
                if (thread > 0) {
                    window.record(ORIGIN, true, true);
                } else {
                    long bad = Math.max(window.failed(ORIGIN), window.slow(ORIGIN));
                    assertThat(bad).isLessThanOrEqualTo(window.total(ORIGIN));
                }
            }
        });
    }

    @Test
    void bad_settings_are_named() {
        assertThatThrownBy(() -> new SlidingWindow(0, 10, 0)).hasMessageContaining("length of the window in ns is 0");
        assertThatThrownBy(() -> new SlidingWindow(10, 1, 0)).hasMessageContaining("buckets of the window is 1");
    }
}
