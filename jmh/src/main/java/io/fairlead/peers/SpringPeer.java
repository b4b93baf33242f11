package io.fairlead.peers;

import java.util.ArrayList;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.cloud.client.DefaultServiceInstance;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.DefaultRequest;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.loadbalancer.core.RandomLoadBalancer;
import org.springframework.cloud.loadbalancer.core.ReactorServiceInstanceLoadBalancer;
import org.springframework.cloud.loadbalancer.core.RoundRobinLoadBalancer;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import reactor.core.publisher.Flux;

/** Spring Cloud LoadBalancer, over a list that does not change. */
final class SpringPeer {

    private static final String SERVICE = "payments";

    private SpringPeer() {}

    static Peer of(String strategy, int endpoints) {
        List<ServiceInstance> list = new ArrayList<>();
        for (int i = 0; i < endpoints; i++) {
            list.add(new DefaultServiceInstance("instance-" + i, SERVICE, Peer.host(i), 8080, false));
        }
        ObjectProvider<ServiceInstanceListSupplier> provider = new One(new Fixed(Flux.just(list)));
        ReactorServiceInstanceLoadBalancer balancer = switch (strategy) {
            case "round-robin" -> new RoundRobinLoadBalancer(provider, SERVICE);
            case "random" -> new RandomLoadBalancer(provider, SERVICE);
            default -> throw new IllegalArgumentException("Spring strategy: " + strategy);
        };
        Request<?> request = new DefaultRequest<>();
        return call -> balancer.choose(request).block().getServer();
    }

    private record One(ServiceInstanceListSupplier supplier) implements ObjectProvider<ServiceInstanceListSupplier> {

        @Override
        public ServiceInstanceListSupplier getObject() {
            return supplier;
        }
    }

    private record Fixed(Flux<List<ServiceInstance>> list) implements ServiceInstanceListSupplier {

        @Override
        public String getServiceId() {
            return SERVICE;
        }

        @Override
        public Flux<List<ServiceInstance>> get() {
            return list;
        }
    }
}
