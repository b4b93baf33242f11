package io.fairlead.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Admission;
import io.fairlead.CallOptions;
import io.fairlead.Environment;
import io.fairlead.Providers;
import io.fairlead.RateLimiter;
import io.fairlead.Settings;
import io.fairlead.testing.FakeAttempt;
import io.fairlead.testing.ManualTime;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FactoriesTest {

    private static final long SECOND = 1_000_000_000L;

    private final ManualTime time = new ManualTime();
    private final Environment env = time.environment(1);

    private static Settings settings(String text) {
        Map<String, String> settings = new HashMap<>();
        for (String pair : text.isEmpty() ? new String[0] : text.split(";")) {
            settings.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
        }
        return Settings.of(settings);
    }

    private RateLimiter limiter(String name, String settings) {
        return Providers.load().create(RateLimiter.class, name, settings(settings), env);
    }

    private Admission admission(String name, String settings) {
        return Providers.load().create(Admission.class, name, settings(settings), env);
    }

    @Test
    void every_limiter_has_a_name() {
        assertThat(Providers.load().names(RateLimiter.class))
                .containsExactly(
                        "all", "fixed-window", "leaky-bucket", "sliding-log", "sliding-window", "token-bucket");
        assertThat(Providers.load().names(Admission.class)).containsExactly("fair-queue", "keyed", "learning");
    }

    @ParameterizedTest
    @CsvSource({
        "token-bucket,   permits=500;burst=50,                                  50",
        "token-bucket,   permits=500,                                           50",
        "token-bucket,   permits=500;burst=50;jitter=20ms,                      40",
        "token-bucket,   permits=500;burst=50;warm-up=10s;cold-part=0.5,        25",
        "token-bucket,   permits=500;burst=60;warm-up=10s,                      20",
        "leaky-bucket,   permits=500;per=1m,                                    1",
        "fixed-window,   permits=500;per=1m,                                    500",
        "sliding-window, permits=500;per=1m;jitter=50ms,                        500",
        "sliding-log,    permits=500;per=PT1M,                                  500",
        "all,            'limits=500/1s burst 50, 30/1m burst 30',              30",
        "all,            'limits=sliding-log 40/1m,500/1s   burst   50 jitter 20ms', 40",
        "all,            limits=fixed-window 7/1s,                              7",
    })
    void a_limiter_that_was_made_by_name_grants_so_many_at_once(String name, String settings, int expected) {
        RateLimiter limiter = limiter(name, settings);
        int granted = 0;
        while (limiter.reserve(1, 0) == 0) {
            granted++;
        }
        assertThat(granted).isEqualTo(expected);
    }

    @Test
    void the_jitter_lengthens_the_period_of_the_sliding_ones() {
        for (String name : new String[] {"sliding-log", "sliding-window"}) {
            RateLimiter limiter = limiter(name, "permits=1;per=1s;jitter=100ms");
            assertThat(limiter.toString()).contains("per 1100000000 ns");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "token-bucket | '' | setting permits is not set: a value is required",
                "token-bucket | permits=0 | setting permits is 0: allowed is at least 1",
                "token-bucket | permits=-3 | setting permits is -3: allowed is at least 1",
                "token-bucket | permits=NaN | 'setting permits is \"NaN\": allowed is a whole number'",
                "token-bucket | permits=99999999999999999999 | 'setting permits is \"99999999999999999999\": allowed is'",
                "token-bucket | permits=5;burst=0 | setting burst is 0: allowed is at least 1",
                "token-bucket | permits=5;per=0s | setting per is PT0S: allowed is longer than zero",
                "token-bucket | permits=5;per=soon | 'setting per is \"soon\": allowed is a duration such as'",
                "token-bucket | permits=5;brust=3 | 'setting brust is not known: allowed is burst, cold-part'",
                "token-bucket | permits=5;cold-part=NaN;warm-up=1s | setting cold-part is NaN",
                "token-bucket | permits=5;cold-part=0.5 | 'setting warm-up is not set: cold-part needs it'",
                "token-bucket | permits=500;burst=50;jitter=100ms | jitter of the token bucket is PT0.1S: allowed is one in which the rate brings less than the burst of 50",
                "leaky-bucket | permits=5;burst=3 | 'setting burst is not known: allowed is per, permits'",
                "fixed-window | permits=2000000000 | permits of the fixed window (one a nanosecond at most) is 2000000000: allowed is 1 to 1000000000",
                "sliding-window | permits=70000 | permits of the sliding window in that period is 70000: allowed is 1 to 65535",
                "sliding-log | permits=2000000 | permits of the sliding log (eight bytes each) is 2000000: allowed is 1 to 1048576",
                "all | '' | setting limits is not set: a value is required",
                "all | limits= | 'setting limits, at \"\": limit is \"\": allowed is such as 500/1s'",
                "all | 'limits=500/1s,' | 'setting limits, at \"\": limit is \"\": allowed is such as 500/1s'",
                "all | limits=500 | 'setting limits, at \"500\": limit is \"500\": allowed is such as 500/1s, 500/1s burst 50 or'",
                "all | 'limits=5/1s, 500/1s burst' | 'setting limits, at \"500/1s burst\": limit is'",
                "all | limits=500/1s burst x | 'setting limits, at \"500/1s burst x\": setting burst is \"x\": allowed is a whole number'",
                "all | limits=500/1s burst 5 burst 6 | setting burst is given twice",
                "all | limits=500/1s/2 | 'setting limits, at \"500/1s/2\": limit is'",
                "all | limits=sliding-lag 5/1s | 'setting limits, at \"sliding-lag 5/1s\": limiter sliding-lag is not known'",
                "all | limits=all 5/1s | limiter all is not known",
                "all | limits=leaky-bucket | 'setting limits, at \"leaky-bucket\": limit is'",
            })
    void a_bad_setting_is_named_with_its_value_and_what_is_allowed(String name, String settings, String message) {
        assertThatThrownBy(() -> limiter(name, settings))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "keyed | '' | setting permits is not set",
                "keyed | permits=5;maximum-keys=0 | setting maximum-keys is 0: allowed is 1 to 2147483647",
                "keyed | permits=5;key=merchant | 'setting key is \"merchant\": allowed is affinity, path, header:name or attribute:name'",
                "keyed | permits=5;key=header: | 'setting key is \"header:\": allowed is'",
                "keyed | permits=5;warm-up=1s | setting warm-up is not known",
                "learning | permits=5;maximum-waiting=x | 'setting maximum-waiting is \"x\": allowed is a whole number'",
                "fair-queue | '' | setting limits is not set",
                "fair-queue | limits=5/1s;maximum-waiting=0 | setting maximum-waiting is 0: allowed is 1 to 1000000",
                "fair-queue | limits=5/1s;permits=5 | setting permits is not known",
            })
    void a_bad_setting_of_an_admission_is_named_too(String name, String settings, String message) {
        assertThatThrownBy(() -> admission(name, settings))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource({"affinity", "path", "header:Merchant", "attribute:merchant"})
    void an_admission_that_was_made_by_name_finds_its_key(String key) {
        Admission keyed = admission("keyed", "permits=1;burst=1;key=" + key);
        assertThat(keyed.admit(of("one"), 0).toCompletableFuture()).isCompleted();
        assertThat(keyed.admit(of("one"), 0).toCompletableFuture()).isCompletedExceptionally();
        assertThat(keyed.admit(of("two"), 0).toCompletableFuture()).isCompleted();
    }

    private static FakeAttempt of(String merchant) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://payments/" + merchant + "/charge"))
                .header("Merchant", merchant)
                .build();
        return FakeAttempt.fresh()
                .affinityKey(merchant)
                .request(CallOptions.none().withAttribute("merchant", merchant).on(request));
    }

    @Test
    void a_fair_queue_that_was_made_by_name_waits_for_all_its_limits() {
        Admission queue = admission("fair-queue", "limits=10/1s burst 1, fixed-window 2/1m");
        assertThat(queue.admit(of("a"), 0).toCompletableFuture()).isCompleted();
        var second = queue.admit(of("a"), SECOND).toCompletableFuture();
        var third = queue.admit(of("a"), 99 * SECOND).toCompletableFuture();
        time.advance(SECOND / 10);
        assertThat(second).isCompleted();
        time.advance(Duration.ofSeconds(59));
        assertThat(third).isNotDone();
        time.advance(Duration.ofSeconds(1));
        assertThat(third).isCompleted();
    }
}
