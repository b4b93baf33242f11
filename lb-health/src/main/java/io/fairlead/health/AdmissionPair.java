package io.fairlead.health;

import io.fairlead.Admission;
import io.fairlead.Attempt;
import io.fairlead.Environment;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Two admissions, asked in order: both give leave, or neither does. More than two are pairs of pairs. */
final class AdmissionPair implements Admission {

    private final Admission first;
    private final Admission second;
    private final Environment env;

    /** The permits given last, as one: admissions that hand out the same permit each time are not given a new pair each time. */
    private volatile @Nullable Both last;

    AdmissionPair(Admission first, Admission second, Environment env) {
        this.first = first;
        this.second = second;
        this.env = env;
    }

    @Override
    public CompletionStage<Permit> admit(Attempt attempt, long maxWaitNanos) {
        CompletionStage<Permit> stage = asked(first, attempt, maxWaitNanos);
        Permit given = given(stage);
        if (given != null) {
            return admitSecond(given, attempt, maxWaitNanos);
        }
        long began = env.nanoTime();
        CompletableFuture<Permit> result = new CompletableFuture<>();
        stage.whenComplete((permit, why) -> {
            if (why != null || permit == null) {
                result.completeExceptionally(refused(first, why));
            } else if (result.isDone()) {
                permit.cancel();
            } else {
                long left = Math.max(0, maxWaitNanos - (env.nanoTime() - began));
                admitSecondInto(result, permit, attempt, left);
            }
        });
        return result;
    }

    private void admitSecondInto(CompletableFuture<Permit> result, Permit held, Attempt attempt, long maxWaitNanos) {
        CompletionStage<Permit> stage;
        try {
            stage = admitSecond(held, attempt, maxWaitNanos);
        } catch (RuntimeException | Error e) {
            result.completeExceptionally(e);
            return;
        }
        stage.whenComplete((both, why) -> {
            if (why != null) {
                result.completeExceptionally(why);
            } else if (!result.complete(both)) {
                both.cancel();
            }
        });
    }

    /* Whatever way the second fails, the first is given back. */
    private CompletionStage<Permit> admitSecond(Permit held, Attempt attempt, long maxWaitNanos) {
        CompletionStage<Permit> stage;
        try {
            stage = asked(second, attempt, maxWaitNanos);
        } catch (RuntimeException | Error e) {
            cancelled(held, e);
            throw e;
        }
        Permit given = given(stage);
        if (given != null) {
            return both(held, given).admitted;
        }
        CompletableFuture<Permit> result = new CompletableFuture<>();
        stage.whenComplete((permit, why) -> {
            if (why != null || permit == null) {
                result.completeExceptionally(cancelled(held, refused(second, why)));
            } else if (!result.complete(both(held, permit))) {
                both(held, permit).cancel();
            }
        });
        return result;
    }

    private static CompletionStage<Permit> asked(Admission admission, Attempt attempt, long maxWaitNanos) {
        CompletionStage<Permit> stage = admission.admit(attempt, maxWaitNanos);
        if (stage == null) {
            throw new NullPointerException("admission " + admission + " returned null for a stage");
        }
        return stage;
    }

    /* A permit that throws must not keep the caller waiting for its refusal. */
    private static Throwable cancelled(Permit held, Throwable why) {
        try {
            held.cancel();
        } catch (RuntimeException | Error e) {
            why.addSuppressed(e);
        }
        return why;
    }

    private static Throwable refused(Admission admission, @Nullable Throwable why) {
        return why != null ? why : new NullPointerException("admission " + admission + " gave null as its permit");
    }

    /** The permit of a stage that has it already, or null. */
    private static @Nullable Permit given(CompletionStage<Permit> stage) {
        return stage.getClass() == CompletableFuture.class
                        && stage instanceof CompletableFuture<Permit> future
                        && future.isDone()
                        && !future.isCompletedExceptionally()
                ? future.join()
                : null;
    }

    private Both both(Permit a, Permit b) {
        Both known = last;
        if (known == null || known.a != a || known.b != b) {
            known = new Both(a, b);
            last = known;
        }
        return known;
    }

    private static final class Both implements Permit {

        final Permit a;
        final Permit b;
        final CompletionStage<Permit> admitted = CompletableFuture.completedFuture(this);

        Both(Permit a, Permit b) {
            this.a = a;
            this.b = b;
        }

        @Override
        public void release(Attempt attempt) {
            try {
                b.release(attempt);
            } finally {
                a.release(attempt);
            }
        }

        @Override
        public void cancel() {
            try {
                b.cancel();
            } finally {
                a.cancel();
            }
        }
    }
}
