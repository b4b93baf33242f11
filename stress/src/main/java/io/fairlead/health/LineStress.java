package io.fairlead.health;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.fairlead.Admission.Permit;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** Work that one thread does for all, and places that are counted. */
public class LineStress {

    private LineStress() {}

    private static int admitted(Admissions.Bulkhead bulkhead) {
        return bulkhead.admit(null, 0).toCompletableFuture().isCompletedExceptionally() ? 0 : 1;
    }

    /** Two threads ask for work to be done: whoever finds it being done goes, and it is done again. */
    @JCStressTest
    @State
    @Outcome(id = "2", expect = ACCEPTABLE, desc = "nothing that was asked for is left undone, or done by two")
    public static class TwoAskForTurns {

        private final AtomicInteger asked = new AtomicInteger();
        private int done; // plain: the turns are all that orders it
        private final Turns turns = new Turns(() -> done += asked.getAndSet(0));

        @Actor
        public void one() {
            asked.incrementAndGet();
            turns.take();
        }

        @Actor
        public void other() {
            asked.incrementAndGet();
            turns.take();
        }

        @Arbiter
        public void afterwards(I_Result r) {
            r.r1 = done;
        }
    }

    /** A place of a bulkhead comes back while another call wants it, without a line. */
    @JCStressTest
    @State
    @Outcome(
            id = {"1, 1", "0, 0"},
            expect = ACCEPTABLE,
            desc = "what is admitted is in flight, and nothing else")
    public static class APlaceComesBack {

        private final Admissions.Bulkhead bulkhead =
                Admissions.bulkhead(1).queue(0).build();
        private final Permit held =
                bulkhead.admit(null, 0).toCompletableFuture().join();

        @Actor
        public void ends() {
            held.cancel();
        }

        @Actor
        public void next(II_Result r) {
            try {
                r.r1 = admitted(bulkhead);
            } catch (NullPointerException refused) { // a refusal describes its attempt, and there is none
                r.r1 = 0;
            }
        }

        @Arbiter
        public void afterwards(II_Result r) {
            r.r2 = bulkhead.inFlight();
        }
    }
}
