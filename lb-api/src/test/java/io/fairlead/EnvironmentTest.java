package io.fairlead;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

/** What becomes of a task where the executor throws. */
class EnvironmentTest {

    private int runs;

    private static Environment with(Executor executor) {
        return Environment.builder().executor(executor).build();
    }

    /** As a ForkJoinPool does on a machine that is out of threads: the task is in its queue by then. */
    @Test
    void a_task_that_was_taken_by_an_executor_that_throws_runs_once() {
        List<Runnable> taken = new ArrayList<>();
        with(task -> {
                    taken.add(task);
                    throw new OutOfMemoryError("no thread");
                })
                .handOver(() -> runs++);
        assertThat(taken).hasSize(1).allSatisfy(Runnable::run);
        assertThat(runs).isOne();
    }

    @Test
    void what_a_task_throws_on_this_thread_is_its_own() {
        assertThatThrownBy(() -> with(Runnable::run).handOver(() -> {
                    runs++;
                    throw new IllegalStateException("own");
                }))
                .hasMessage("own");
        assertThat(runs).isOne();
    }
}
