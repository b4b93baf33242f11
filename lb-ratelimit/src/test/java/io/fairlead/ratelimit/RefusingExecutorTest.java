package io.fairlead.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Admission;
import io.fairlead.Attempt;
import io.fairlead.Environment;
import io.fairlead.ThrottledException;
import io.fairlead.testing.FakeAttempt;
import io.fairlead.testing.ManualTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A machine that is out of threads when those who wait are to be told: no permit and no answer is lost by it. */
class RefusingExecutorTest {

    private final ManualTime time = new ManualTime();
    private Throwable thrown;

    private TokenBucketBuilder bucket() {
        Environment env = Environment.builder()
                .nanoClock(time::nanoTime)
                .scheduler(time)
                .executor(task -> {
                    if (thrown instanceof Error e) {
                        throw e;
                    }
                    if (thrown instanceof RuntimeException e) {
                        throw e;
                    }
                    task.run();
                })
                .build();
        return RateLimiters.tokenBucket(10, Duration.ofSeconds(1)).burst(1).environment(env);
    }

    static Stream<Throwable> refusals() {
        return Stream.of(
                new OutOfMemoryError("unable to create native thread"),
                new java.util.concurrent.RejectedExecutionException("full"),
                new IllegalStateException("closed"));
    }

    private static CompletableFuture<Admission.Permit> ask(Admission admission, Duration wait) {
        return admission
                .admit(FakeAttempt.fresh().affinityKey("a"), wait.toNanos())
                .toCompletableFuture();
    }

    private void allAreTold(Admission admission) {
        List<CompletableFuture<Admission.Permit>> asked = List.of(
                ask(admission, Duration.ofSeconds(9)),
                ask(admission, Duration.ofSeconds(9)),
                ask(admission, Duration.ofSeconds(9)));
        assertThat(asked).extracting(CompletableFuture::isDone).containsExactly(true, false, false);
        time.advance(Duration.ofMillis(100));
        assertThat(asked).extracting(CompletableFuture::isDone).containsExactly(true, true, false);
        time.advance(Duration.ofMillis(100));
        assertThat(asked).allMatch(CompletableFuture::isDone);
        time.advance(Duration.ofMillis(100));
        assertThat(ask(admission, Duration.ZERO)).isCompleted();
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void those_in_a_fair_queue_get_their_permits(Throwable refusal) {
        thrown = refusal;
        allAreTold(RateLimiters.fairQueue(bucket().build(), Attempt::affinityKey, 10));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void those_who_wait_for_a_key_get_their_permits(Throwable refusal) {
        thrown = refusal;
        allAreTold(RateLimiters.keyed(Attempt::affinityKey, bucket(), 10));
    }

    @Test
    void one_whose_time_is_up_in_a_fair_queue_hears_so_and_the_next_is_served() {
        Admission queue = RateLimiters.fairQueue(bucket().build(), Attempt::affinityKey, 10);
        ask(queue, Duration.ZERO);
        ask(queue, Duration.ofMillis(500));
        CompletableFuture<Admission.Permit> behind = ask(queue, Duration.ofMillis(150)); // 200 would be its turn
        assertThat(behind).isNotDone();
        thrown = new OutOfMemoryError("unable to create native thread");
        time.advance(Duration.ofMillis(150));
        assertThatThrownBy(behind::join).hasCauseInstanceOf(ThrottledException.class);
        time.advance(Duration.ofMillis(50));
        assertThat(ask(queue, Duration.ZERO)).isCompleted();
    }
}
