// over 300: four algorithms met by the same servers
package io.fairlead.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Admission;
import io.fairlead.ConcurrencyLimit;
import io.fairlead.Delivery;
import io.fairlead.Environment;
import io.fairlead.Factory;
import io.fairlead.Outcome;
import io.fairlead.Providers;
import io.fairlead.Settings;
import io.fairlead.testing.FakeAttempt;
import io.fairlead.testing.ManualTime;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What each limit learns from a server that it meets round by round: all that it allows is sent, answered, and sent again. */
class ConcurrencyLimitsTest {

    private static final HttpHeaders NONE = HttpHeaders.of(Map.of(), (n, v) -> true);
    private static final long MILLI = 1_000_000;

    private final ManualTime time = new ManualTime();
    private final Environment env = time.environment(3);

    private ConcurrencyLimit.Cap start(ConcurrencyLimit limit) {
        return limit.start(env);
    }

    /** Sends so many at once, of which so many are turned away, the others answered after a time. */
    private void round(ConcurrencyLimit.Cap cap, int sent, int turnedAway, long nanos) {
        round(cap, sent, turnedAway, nanos, Outcome.OVERLOADED);
    }

    private void round(ConcurrencyLimit.Cap cap, int sent, int bad, long nanos, Outcome ifBad) {
        long start = time.nanoTime();
        time.advance(nanos);
        for (int i = 0; i < sent; i++) {
            answered(cap, start, i < bad ? ifBad : Outcome.SUCCESS, sent);
        }
        time.advance(1);
    }

    private void answered(ConcurrencyLimit.Cap cap, long start, Outcome outcome, int wanted) {
        cap.answered(
                FakeAttempt.fresh()
                        .startedAt(start)
                        .eventAt(time.nanoTime())
                        .answer(outcome == Outcome.SUCCESS ? 200 : 429, NONE)
                        .verdict(outcome, outcome == Outcome.SUCCESS ? Delivery.PROCESSED : Delivery.UNKNOWN),
                wanted);
    }

    /** Rounds at a server that takes so many at once, and turns the others away. */
    private void meet(ConcurrencyLimit.Cap cap, int capacity, int rounds) {
        for (int i = 0; i < rounds; i++) {
            int sent = cap.limit();
            round(cap, sent, Math.max(0, sent - capacity), 100 * MILLI);
        }
    }

    /** Rounds at a server whose latency depends on how many it has. */
    private void meet(ConcurrencyLimit.Cap cap, LongUnaryOperator nanosOf, int rounds) {
        for (int i = 0; i < rounds; i++) {
            int sent = cap.limit();
            round(cap, sent, 0, nanosOf.applyAsLong(sent));
        }
    }

    // ---- AIMD -------------------------------------------------------------------------------------------------------

    @Test
    void aimd_doubles_with_each_round_until_it_is_turned_away_then_halves_and_grows_by_one_a_round() {
        ConcurrencyLimit.Cap cap = start(ConcurrencyLimits.aimd());
        meet(cap, 100, 1);
        assertThat(cap.limit()).isEqualTo(40);
        meet(cap, 100, 2);
        assertThat(cap.limit()).isEqualTo(160);
        meet(cap, 100, 1);
        assertThat(cap.limit()).isEqualTo(80);
        meet(cap, 100, 10);
        assertThat(cap.limit()).isBetween(88, 91);
    }

    @Test
    void aimd_stays_between_half_of_what_the_server_takes_and_a_tenth_more() {
        ConcurrencyLimit.Cap cap = start(ConcurrencyLimits.aimd());
        meet(cap, 100, 20);
        for (int i = 0; i < 500; i++) {
            meet(cap, 100, 1);
            assertThat(cap.limit()).isBetween(50, 112);
        }
    }

    @Test
    void after_an_outage_it_doubles_again_to_where_it_had_been() {
        ConcurrencyLimit.Cap cap = start(ConcurrencyLimits.aimd().initial(100));
        meet(cap, 0, 10);
        assertThat(cap.limit()).isEqualTo(1);
        meet(cap, 1_000, 6);
        assertThat(cap.limit()).isBetween(50, 52);
    }

    @Test
    void one_in_a_hundred_turned_away_holds_no_limit() {
        ConcurrencyLimit.Cap cap = start(ConcurrencyLimits.aimd().between(1, 500));
        int number = 0;
        for (int i = 0; i < 400; i++) {
            int sent = cap.limit();
            int bad = (number + sent) / 100 - number / 100;
            number += sent;
            round(cap, sent, bad, 100 * MILLI);
        }
        assertThat(cap.limit()).isEqualTo(500);
    }

    @Test
    void failures_lower_a_limit_only_where_they_are_asked_for() {
        ConcurrencyLimit.Cap plain = start(ConcurrencyLimits.aimd());
        ConcurrencyLimit.Cap counting = start(ConcurrencyLimits.aimd().countFailures());
        round(plain, 20, 10, 100 * MILLI, Outcome.FAILED);
        round(counting, 20, 10, 100 * MILLI, Outcome.FAILED);
        assertThat(plain.limit()).isEqualTo(30);
        assertThat(counting.limit()).isEqualTo(10);
    }

    @Test
    void answers_that_were_sent_before_a_cut_neither_cut_again_nor_raise_it() {
        ConcurrencyLimit.Cap cap = start(ConcurrencyLimits.aimd());
        long start = time.nanoTime();
        time.advance(MILLI);
        answered(cap, start, Outcome.OVERLOADED, 20);
        answered(cap, start, Outcome.OVERLOADED, 20);
        assertThat(cap.limit()).isEqualTo(10);
        for (int i = 0; i < 9; i++) {
            answered(cap, start, Outcome.OVERLOADED, 20);
            answered(cap, start, Outcome.SUCCESS, 20);
        }
        assertThat(cap.limit()).isEqualTo(10);
    }

    @ParameterizedTest
    @ValueSource(strings = {"aimd", "queue-aware", "gradient2", "vegas"})
    void answers_while_little_is_wanted_do_not_raise_a_limit(String name) {
        ConcurrencyLimit.Cap cap = start(made(name, Map.of("initial", "20")));
        for (int i = 0; i < 1_000; i++) {
            round(cap, 9, 0, 10 * MILLI);
        }
        assertThat(cap.limit()).isEqualTo(20);
    }

    @ParameterizedTest
    @ValueSource(strings = {"aimd", "queue-aware", "gradient2", "vegas"})
    void what_is_ignored_or_was_refused_a_connection_tells_nothing(String name) {
        ConcurrencyLimit.Cap cap = start(made(name, Map.of("count-failures", "true")));
        int before = cap.limit();
        for (int i = 0; i < 100; i++) {
            long start = time.nanoTime();
            time.advance(MILLI);
            answered(cap, start, Outcome.IGNORED, before);
            cap.answered(
                    FakeAttempt.fresh()
                            .startedAt(start)
                            .eventAt(time.nanoTime())
                            .verdict(Outcome.FAILED, Delivery.NOT_PROCESSED),
                    before);
        }
        assertThat(cap.limit()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"aimd", "queue-aware", "gradient2", "vegas"})
    void a_limit_stays_between_its_bounds_whatever_comes(String name) {
        ConcurrencyLimit.Cap cap = start(made(name, Map.of("least", "3", "most", "50", "initial", "10")));
        var random = new java.util.SplittableRandom(11);
        for (int i = 0; i < 5_000; i++) {
            int sent = 1 + random.nextInt(80);
            int bad = random.nextInt(4) == 0 ? random.nextInt(sent + 1) : 0;
            round(cap, sent, bad, random.nextLong(1, 1_000 * MILLI));
            if (random.nextInt(50) == 0) {
                cap.full(random.nextInt(100));
            }
            assertThat(cap.limit()).isBetween(3, 50);
        }
    }

    @Test
    void who_is_told_that_the_server_is_full_holds_what_it_has_and_doubles_no_more() {
        ConcurrencyLimit.Cap cap = start(ConcurrencyLimits.aimd());
        cap.full(7);
        assertThat(cap.limit()).isEqualTo(7);
        round(cap, 7, 0, 10 * MILLI);
        round(cap, 7, 0, 10 * MILLI);
        assertThat(cap.limit()).isEqualTo(8);
    }

    @Test
    void silence_is_no_overload_until_the_server_has_said_that_it_can_be() {
        ConcurrencyLimit.Cap cap = start(ConcurrencyLimits.aimd());
        time.advance(Duration.ofSeconds(1));
        cap.waitedFor(time.nanoTime());
        assertThat(cap.limit()).isEqualTo(40);
        round(cap, 40, 20, 10 * MILLI);
        time.advance(Duration.ofSeconds(1));
        cap.waitedFor(time.nanoTime());
        assertThat(cap.limit()).isEqualTo(20);
    }

    // ---- latency ----------------------------------------------------------------------------------------------------

    /** 100 ms for up to so many, then in proportion: a queue. */
    private static LongUnaryOperator queue(int workers) {
        return n -> 100 * MILLI * Math.max(workers, n) / workers;
    }

    @Test
    void queue_aware_stops_doubling_at_the_first_queue_and_stays_where_as_many_wait_as_are_served() {
        ConcurrencyLimit.Cap cap = start(ConcurrencyLimits.queueAware());
        meet(cap, queue(30), 8);
        assertThat(cap.limit()).isBetween(45, 64);
        for (int i = 0; i < 100; i++) {
            meet(cap, queue(30), 1);
            assertThat(cap.limit()).isBetween(45, 66);
        }
    }

    @Test
    void queue_aware_is_not_misled_by_a_slow_answer_now_and_then() {
        ConcurrencyLimit.Cap cap = start(ConcurrencyLimits.queueAware());
        var random = new java.util.SplittableRandom(5);
        for (int i = 0; i < 3_000; i++) {
            round(cap, 1 + cap.limit() / 2, 0, (random.nextInt(10) < 2 ? 150 : 30) * MILLI);
        }
        assertThat(cap.limit()).isGreaterThan(100);
    }

    @Test
    void gradient2_settles_where_the_latency_is_half_again_its_mean() {
        ConcurrencyLimit.Cap cap = start(ConcurrencyLimits.gradient2());
        meet(cap, queue(60), 200);
        assertThat(cap.limit()).isBetween(60, 180);
        int grown = cap.limit();
        meet(cap, n -> 5_000 * MILLI, 3);
        assertThat(cap.limit()).isLessThan(grown);
    }

    @Test
    void gradient2_forgets_an_overload_when_it_is_over() {
        ConcurrencyLimit.Cap cap = start(ConcurrencyLimits.gradient2());
        meet(cap, n -> 2_000 * MILLI, 40); // the long-term latency is now two seconds
        meet(cap, n -> 50 * MILLI, 100);
        meet(cap, n -> 500 * MILLI, 3); // slow again: seen, because two seconds are forgotten
        int seen = cap.limit();
        meet(cap, n -> 500 * MILLI, 1);
        assertThat(cap.limit()).isLessThan(1_000);
        assertThat(seen).isGreaterThan(cap.limit());
    }

    @Test
    void vegas_lets_a_few_wait_at_the_server() {
        ConcurrencyLimit.Cap cap = start(ConcurrencyLimits.vegas());
        meet(cap, queue(30), 20);
        for (int i = 0; i < 10; i++) {
            meet(cap, queue(30), 1);
            assertThat(cap.limit()).isBetween(28, 60);
        }
    }

    @Test
    void vegas_learns_a_latency_that_has_changed_for_good() {
        ConcurrencyLimit.Cap cap = start(ConcurrencyLimits.vegas());
        meet(cap, n -> 10 * MILLI, 3);
        meet(cap, n -> 100 * MILLI, 5);
        int held = cap.limit();
        meet(cap, n -> 100 * MILLI, 200);
        assertThat(cap.limit()).isGreaterThan(2 * held);
    }

    // ---- by name, bounds, bytes -------------------------------------------------------------------------------------

    private static ConcurrencyLimit made(String name, Map<String, String> settings) {
        return new ConcurrencyLimitFactory().create(name, Settings.of(settings), Environment.system());
    }

    @Test
    void they_are_made_by_name_for_each_endpoint_and_for_a_service() {
        Providers providers = Providers.load();
        for (String name : new ConcurrencyLimitFactory().names()) {
            assertThat(providers
                            .create(ConcurrencyLimit.class, name, Settings.none(), env)
                            .start(env)
                            .limit())
                    .isPositive();
        }
        Factory<Admission> admissions = new AdmissionFactory();
        for (String name : List.of("aimd", "queue-aware", "gradient2", "vegas")) {
            Admission one = admissions.create(name, Settings.of(Map.of("initial", "2", "queue", "0")), env);
            Calls calls = new Calls(time, one);
            calls.admitted();
            calls.admitted();
            assertThat(calls.refused()).hasMessageContaining("2 of 2 in flight, 0 of 0 waiting");
        }
        assertThat(made("none", Map.of()).start(env).limit()).isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void bad_settings_are_told_by_name_and_value() {
        assertThatThrownBy(() -> made("aimd", Map.of("initial", "0"))).hasMessageContaining("initial");
        assertThatThrownBy(() -> made("aimd", Map.of("least", "9", "most", "8")))
                .hasMessageContaining("most");
        assertThatThrownBy(() -> made("aimd", Map.of("count-failures", "yes"))).hasMessageContaining("\"yes\"");
        assertThatThrownBy(() -> made("vegas", Map.of("alpha", "3"))).hasMessageContaining("alpha is not known");
        assertThatThrownBy(() -> ConcurrencyLimits.aimd().initial(0)).hasMessageContaining("initial concurrency limit");
        assertThatThrownBy(() -> ConcurrencyLimits.aimd().between(5, 4)).hasMessageContaining("most");
    }

    @Test
    void a_bulkhead_learns_how_many_the_service_takes_and_lets_the_others_wait() {
        Admissions.Bulkhead bulkhead = Admissions.bulkhead(
                        ConcurrencyLimits.aimd().initial(2))
                .environment(env)
                .build();
        Calls calls = new Calls(time, bulkhead);
        Admission.Permit a = calls.admitted();
        Admission.Permit b = calls.admitted();
        var third = calls.ask(Duration.ofSeconds(1));
        var fourth = calls.ask(Duration.ofSeconds(1));
        assertThat(third).isNotDone();
        time.advance(MILLI);
        a.release(calls.success()); // three may be in flight now
        assertThat(third).isCompleted();
        assertThat(fourth).isCompleted();
        b.release(calls.ended(Outcome.OVERLOADED, 429, Duration.ZERO));
        assertThat(bulkhead.inFlight()).isEqualTo(2);
        assertThat(calls.refused()).hasMessageContaining("in flight");
    }
}
