package io.fairlead.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Admission;
import io.fairlead.Delivery;
import io.fairlead.Outcome;
import io.fairlead.Providers;
import io.fairlead.Settings;
import io.fairlead.health.Admissions.CircuitBreaker;
import io.fairlead.testing.FakeAttempt;
import io.fairlead.testing.ManualTime;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Circuit breaker and bulkhead by name. */
class AdmissionFactoryTest {

    private final ManualTime time = new ManualTime();

    private Admission make(String name, Map<String, String> settings) {
        return Providers.load().create(Admission.class, name, Settings.of(settings), time.environment(1));
    }

    private Admission.Permit permit(Admission admission) {
        return admission.admit(FakeAttempt.fresh(), 0).toCompletableFuture().join();
    }

    @Test
    void a_bulkhead_has_its_size_and_queue() {
        Admission bulkhead = make("bulkhead", Map.of("in-flight", "2", "queue", "1"));
        permit(bulkhead);
        permit(bulkhead);
        long second = Duration.ofSeconds(1).toNanos();
        assertThat(bulkhead.admit(FakeAttempt.fresh(), second).toCompletableFuture())
                .isNotDone();
        assertThat(bulkhead.admit(FakeAttempt.fresh(), second).toCompletableFuture())
                .isCompletedExceptionally();
    }

    @Test
    void a_circuit_breaker_obeys_its_settings() {
        CircuitBreaker breaker = (CircuitBreaker) make(
                "circuit-breaker",
                Map.of("minimum-calls", "4", "failure-ratio", "0.75", "open-time", "90s", "trials", "2"));
        for (int i = 0; i < 4; i++) {
            assertThat(breaker.state()).isEqualTo(CircuitBreaker.State.CLOSED);
            Outcome outcome = i == 0 ? Outcome.SUCCESS : Outcome.FAILED;
            permit(breaker).release(FakeAttempt.fresh().verdict(outcome, Delivery.PROCESSED));
        }
        assertThat(breaker.state()).isEqualTo(CircuitBreaker.State.OPEN);
        time.advance(Duration.ofSeconds(80));
        assertThat(breaker.admit(FakeAttempt.fresh(), 0).toCompletableFuture()).isCompletedExceptionally();
        time.advance(Duration.ofSeconds(20));
        permit(breaker);
        permit(breaker);
        assertThat(breaker.admit(FakeAttempt.fresh(), 0).toCompletableFuture()).isCompletedExceptionally();
    }

    @ParameterizedTest
    @CsvSource({
        "bulkhead,queue,1,setting in-flight is not set",
        "bulkhead,in-flight,0,setting in-flight",
        "bulkhead,size,3,size",
        "circuit-breaker,slow-time,1s,setting slow-ratio is not set",
        "circuit-breaker,failure-ratio,1.5,setting failure-ratio",
        "circuit-breaker,hold,-1,setting hold",
        "circuit-breaker,max-open-time,1s,longest open time of the circuit breaker",
    })
    void what_cannot_be_used_is_named(String name, String setting, String value, String message) {
        assertThatThrownBy(() -> make(name, Map.of(setting, value)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }
}
