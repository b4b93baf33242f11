package io.fairlead.client;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.fairlead.Environment;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** What several calls, or several threads of one, change at once. */
public class CallStress {

    private static final Environment STILL =
            Environment.builder().nanoClock(() -> 1_000_000_000L).build();

    private CallStress() {}

    private static int withdraw(DecayingBudget budget) {
        return budget.withdraw() ? 1 : 0;
    }

    /** Two calls want the last retry of a budget. */
    @JCStressTest
    @State
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "one of them has it")
    public static class TwoWantTheLastRetry {

        private final DecayingBudget budget = new DecayingBudget(0, 0.1, STILL);

        @Actor
        public void one(II_Result r) {
            r.r1 = withdraw(budget);
        }

        @Actor
        public void other(II_Result r) {
            r.r2 = withdraw(budget);
        }
    }

    /** A call earns a retry while another wants it. */
    @JCStressTest
    @State
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "what is earned is spent once")
    public static class ACallEarnsARetry {

        private final DecayingBudget budget = new DecayingBudget(1, 0, STILL);

        @Actor
        public void earns() {
            budget.deposit();
        }

        @Actor
        public void wants(II_Result r) {
            r.r1 = withdraw(budget);
        }

        @Arbiter
        public void afterwards(II_Result r) {
            r.r2 = withdraw(budget);
        }
    }

    /** Two threads bring a transition of one attempt each. */
    @JCStressTest
    @State
    @Outcome(id = "2", expect = ACCEPTABLE, desc = "both are made, one after the other")
    public static class TwoTransitions {

        private final Sequence sequence = new Sequence("a transition");
        private int made; // plain: the sequence is all that orders it

        @Actor
        public void one() {
            sequence.run(() -> made++);
        }

        @Actor
        public void other() {
            sequence.run(() -> made++);
        }

        @Arbiter
        public void afterwards(I_Result r) {
            r.r1 = made;
        }
    }
}
