package io.fairlead.peers;

import com.twitter.finagle.Address;
import com.twitter.finagle.ClientConnection;
import com.twitter.finagle.NoBrokersAvailableException;
import com.twitter.finagle.Service;
import com.twitter.finagle.ServiceFactory;
import com.twitter.finagle.Stack;
import com.twitter.finagle.Status;
import com.twitter.finagle.loadbalancer.Balancers;
import com.twitter.finagle.loadbalancer.EndpointFactory;
import com.twitter.finagle.loadbalancer.LoadBalancerFactory;
import com.twitter.util.Activity;
import com.twitter.util.Await;
import com.twitter.util.Future;
import com.twitter.util.Time;
import java.util.ArrayList;
import java.util.List;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.BoxedUnit;

/** Finagle: a session is acquired and closed again, which is a pick with its records. */
final class FinaglePeer {

    private FinaglePeer() {}

    static Peer of(String strategy, int endpoints) {
        LoadBalancerFactory factory = switch (strategy) {
            case "round-robin" -> Balancers.roundRobin();
            case "p2c" -> Balancers.p2c(Balancers.p2c$default$1());
            case "p2c-peak-ewma" ->
                Balancers.p2cPeakEwma(Balancers.p2cPeakEwma$default$1(), Balancers.p2cPeakEwma$default$2());
            default -> throw new IllegalArgumentException("Finagle strategy: " + strategy);
        };
        List<EndpointFactory<Object, Object>> list = new ArrayList<>();
        for (int i = 0; i < endpoints; i++) {
            list.add(new Open(Address.apply(Peer.host(i), 8080)));
        }
        ServiceFactory<Object, Object> balancer = factory.newBalancer(
                Activity.value(CollectionConverters.asScala(list).toIndexedSeq()),
                new NoBrokersAvailableException("payments"),
                Stack.Params$.MODULE$.empty());
        return call -> {
            try {
                Service<Object, Object> session = Await.result(balancer.apply());
                session.close();
                return session;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        };
    }

    /** A server that always gives a session. */
    private static final class Open extends ServiceFactory<Object, Object> implements EndpointFactory<Object, Object> {

        private final Address address;
        private final Future<Service<Object, Object>> session = Future.value(new Session());

        Open(Address address) {
            this.address = address;
        }

        @Override
        public Future<Service<Object, Object>> apply(ClientConnection connection) {
            return session;
        }

        @Override
        public Address address() {
            return address;
        }

        @Override
        public double weight() {
            return 1;
        }

        @Override
        public void remake() {
            // nothing to make
        }

        @Override
        public Future<BoxedUnit> close(Time deadline) {
            return Future.Done();
        }

        @Override
        public Status status() {
            return Status.Open$.MODULE$;
        }
    }

    private static final class Session extends Service<Object, Object> {

        @Override
        public Future<Object> apply(Object request) {
            return Future.value(request);
        }
    }
}
