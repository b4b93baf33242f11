package io.fairlead.health;

import io.fairlead.Target;
import io.fairlead.testing.ManualTime;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** Probes whose answers a test gives, and a record of what was asked and told. */
final class FakeProbes implements Function<Target, CompletionStage<Void>> {

    private final ManualTime time;
    private final Map<URI, CompletableFuture<Void>> open = new LinkedHashMap<>();
    private final Map<URI, List<Long>> starts = new HashMap<>();
    private Function<Target, CompletionStage<Void>> answer;
    private int mostAtOnce;
    private boolean twiceAtOnce;

    FakeProbes(ManualTime time) {
        this.time = time;
        leaveOpen();
    }

    /** From now on probes wait for {@link #pass} or {@link #fail}. */
    void leaveOpen() {
        answer = this::hanging;
    }

    /** A probe that waits. */
    CompletableFuture<Void> hanging(Target target) {
        return new CompletableFuture<>() {
            @Override
            public boolean cancel(boolean mayInterrupt) {
                open.remove(target.uri(), this);
                return super.cancel(mayInterrupt);
            }
        };
    }

    /** From now on probes pass at once. */
    void passing() {
        answer = target -> CompletableFuture.completedFuture(null);
    }

    /** From now on probes fail at once. */
    void failing(String reason) {
        answer = target -> CompletableFuture.failedFuture(new ProbeFailedException(reason));
    }

    /** From now on probes are answered so. */
    void answering(Function<Target, CompletionStage<Void>> answer) {
        this.answer = answer;
    }

    @Override
    public CompletionStage<Void> apply(Target target) {
        starts.computeIfAbsent(target.uri(), uri -> new ArrayList<>()).add(time.nanoTime());
        CompletionStage<Void> stage = answer.apply(target);
        if (stage instanceof CompletableFuture<Void> future && !future.isDone()) {
            twiceAtOnce |= open.put(target.uri(), future) != null;
            mostAtOnce = Math.max(mostAtOnce, open.size());
        }
        return stage;
    }

    void pass(Target target) {
        open.remove(target.uri()).complete(null);
    }

    void fail(Target target, String reason) {
        open.remove(target.uri()).completeExceptionally(new ProbeFailedException(reason));
    }

    /** Targets whose probe is under way, the longest first. */
    List<URI> underWay() {
        return List.copyOf(open.keySet());
    }

    List<Long> starts(Target target) {
        return starts.getOrDefault(target.uri(), List.of());
    }

    int mostAtOnce() {
        return mostAtOnce;
    }

    boolean everTwiceAtOnce() {
        return twiceAtOnce;
    }

    /** What a watch was told, one line each: {@code +host reason} or {@code -host reason}. */
    static final class Told implements Probes.Result {

        final List<String> lines = new ArrayList<>();
        boolean busy = true;

        @Override
        public void changed(Target target, boolean well, String reason) {
            lines.add((well ? "+" : "-") + target.uri().getHost() + " " + reason);
        }

        @Override
        public boolean busy(Target target) {
            return busy;
        }
    }
}
