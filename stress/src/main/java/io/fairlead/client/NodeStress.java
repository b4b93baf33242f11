package io.fairlead.client;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.fairlead.ConcurrencyLimit;
import io.fairlead.Ejection;
import io.fairlead.Environment;
import io.fairlead.Load;
import io.fairlead.Target;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/** What calls change of one endpoint at once: the lease of its trial, and what is in flight. */
public class NodeStress {

    private static final Environment ENV = Environment.system();
    private static final Target TARGET = Target.of("http://10.0.0.1:80");
    private static final long LATER = 40_000_000_000L; // a lease that was taken at 0 is over

    private NodeStress() {}

    private static Node node(int limit) {
        ConcurrencyLimit fixed = env -> () -> limit;
        Ejection.Judge judge = Ejection.none().newJudge(TARGET, ENV);
        return new Node(TARGET, Load.NONE, judge, new Room(fixed, ENV, () -> null), 0);
    }

    private static int lease(Node node, long now) {
        return node.leaseTrial(now) == Node.NO_LEASE ? 0 : 1;
    }

    private static int hold(Node node) {
        return node.tryHold() ? 1 : 0;
    }

    /** Two want to try an endpoint. */
    @JCStressTest
    @State
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "one of them does")
    public static class TwoWantTheLease {

        private final Node node = node(1);

        public TwoWantTheLease() {
            node.become(EndpointState.TRIAL, "", 0);
        }

        @Actor
        public void one(II_Result r) {
            r.r1 = lease(node, 1);
        }

        @Actor
        public void other(II_Result r) {
            r.r2 = lease(node, 1);
        }
    }

    /** An attempt whose lease is over ends while the next takes the lease: what it gives back is not the other's. */
    @JCStressTest
    @State
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "one attempt tries it")
    public static class AnOldTrialEnds {

        private final Node node = node(1);
        private final long old;

        public AnOldTrialEnds() {
            node.become(EndpointState.TRIAL, "", 0);
            old = node.leaseTrial(0);
        }

        @Actor
        public void ends() {
            node.returnLease(old, LATER);
        }

        @Actor
        public void next(II_Result r) {
            r.r1 = lease(node, LATER);
        }

        @Arbiter
        public void afterwards(II_Result r) {
            r.r2 = lease(node, LATER);
        }
    }

    /** Two calls choose an endpoint that takes one. */
    @JCStressTest
    @State
    @Outcome(
            id = {"1, 0, 1", "0, 1, 1"},
            expect = ACCEPTABLE,
            desc = "one has it")
    public static class TwoWantThePlace {

        private final Node node = node(1);

        @Actor
        public void one(III_Result r) {
            r.r1 = hold(node);
        }

        @Actor
        public void other(III_Result r) {
            r.r2 = hold(node);
        }

        @Arbiter
        public void afterwards(III_Result r) {
            r.r3 = node.inFlight();
        }
    }

    /** A place comes back while another call wants it. */
    @JCStressTest
    @State
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "it gets it")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "it was too early")
    public static class APlaceComesBack {

        private final Node node = node(1);

        public APlaceComesBack() {
            node.hold();
        }

        @Actor
        public void ends() {
            node.release();
        }

        @Actor
        public void next(II_Result r) {
            r.r1 = hold(node);
        }

        @Arbiter
        public void afterwards(II_Result r) {
            r.r2 = node.inFlight();
        }
    }
}
