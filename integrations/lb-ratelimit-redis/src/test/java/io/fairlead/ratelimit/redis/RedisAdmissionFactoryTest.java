package io.fairlead.ratelimit.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Admission;
import io.fairlead.Settings;
import io.fairlead.testing.ManualTime;
import io.fairlead.testing.ServicesFile;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RedisAdmissionFactoryTest {

    private static final Map<String, String> GOOD = Map.of(
            "uri",
            "redis://127.0.0.1:6379",
            "name",
            "payments",
            "limits",
            "500/1s burst 50, 3000/1m",
            "processes",
            "16");

    private static Admission create(String name, Map<String, String> settings) {
        return new RedisAdmissionFactory().create(name, Settings.of(settings), new ManualTime().environment(1));
    }

    private static Map<String, String> with(String... more) {
        Map<String, String> settings = new HashMap<>(GOOD);
        for (int i = 0; i < more.length; i += 2) {
            settings.put(more[i], more[i + 1]);
        }
        return settings;
    }

    @Test
    void the_module_and_the_class_path_know_the_same_factory() throws IOException {
        assertThat(ServicesFile.provided(RedisLimits.class))
                .isEqualTo(ServicesFile.listed(RedisLimits.class))
                .containsExactly(RedisAdmissionFactory.class.getName());
    }

    @Test
    void both_ways_are_made_by_name() throws Exception {
        try (RedisAdmission exact = (RedisAdmission) create("redis", GOOD);
                RedisAdmission leased = (RedisAdmission)
                        create("redis-leased", with("lease", "50ms", "key", "path", "jitter", "10ms"))) {
            assertThat(exact).hasToString("RedisLimit[payments, [500 per PT1S, burst 50, 3000 per PT1M, burst 300]]");
            assertThat(leased)
                    .hasToString("RedisLeasedLimit[payments, [500 per PT1S, burst 45, 3000 per PT1M, burst 299]]");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "uri | http://x | ",
                "cluster-uri | redis://127.0.0.1:1 | setting uri is set, and cluster-uri",
                "limits | 500 | setting limits, at is \"500\"",
                "limits | 0/1s | setting permits is 0",
                "limits | 5/1y | setting per is",
                "limits | 5/1s burst 0 | setting burst is 0",
                "limits | 5/1s,, | setting limits, at is \"\"",
                "fallback | maybe | setting fallback is \"maybe\"",
                "fallback | open | setting processes is set",
                "processes | 0 | setting processes is 0",
                "timeout | 1h | timeout of Redis",
                "lease | 50ms | setting lease is not known",
                "maximum-keys | 5 | setting key is not set",
                "name | a b | name of the limit",
            })
    void a_bad_setting_is_named(String name, String value, String why) {
        assertThatThrownBy(() -> create("redis", with(name, value)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why == null ? "" : why);
    }

    @Test
    void what_is_required_is_named() {
        for (String name : GOOD.keySet()) {
            Map<String, String> less = with();
            less.remove(name);
            assertThatThrownBy(() -> create("redis", less)).hasMessageContaining("setting " + name + " is not set");
        }
        assertThatThrownBy(() -> create("memcached", GOOD)).hasMessageContaining("memcached");
    }
}
