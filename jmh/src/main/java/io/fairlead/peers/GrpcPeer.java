package io.fairlead.peers;

import io.grpc.Attributes;
import io.grpc.CallOptions;
import io.grpc.EquivalentAddressGroup;
import io.grpc.LoadBalancer;
import io.grpc.LoadBalancer.PickSubchannelArgs;
import io.grpc.LoadBalancer.SubchannelPicker;
import io.grpc.LoadBalancerProvider;
import io.grpc.LoadBalancerRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.xds.RingHashOptions;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** gRPC: the pickers of its policies, over connections that are always ready. */
final class GrpcPeer {

    /** As many points an endpoint, and at the most, as Fairlead's ring has. */
    private static final int POINTS = 160;

    private static final int MOST_POINTS = 1_000_000;

    private GrpcPeer() {}

    static Peer of(String strategy, int endpoints) {
        String policy = switch (strategy) {
            case "round-robin" -> "round_robin";
            case "weighted-round-robin" -> "weighted_round_robin";
            case "least-request" -> "least_request_experimental";
            case "ring-hash" -> "ring_hash_experimental";
            default -> throw new IllegalArgumentException("gRPC strategy: " + strategy);
        };
        LoadBalancerProvider provider =
                LoadBalancerRegistry.getDefaultRegistry().getProvider(policy);
        Map<String, ?> config = config(strategy, endpoints);
        ReadyConnections connections = new ReadyConnections();
        LoadBalancer balancer = provider.newLoadBalancer(connections);
        SubchannelPicker first = connections.pickerAfter(
                () -> balancer.acceptResolvedAddresses(LoadBalancer.ResolvedAddresses.newBuilder()
                        .setAddresses(addresses(endpoints))
                        .setAttributes(Attributes.EMPTY)
                        .setLoadBalancingPolicyConfig(
                                provider.parseLoadBalancingPolicyConfig(config).getConfig())
                        .build()));
        PickSubchannelArgs[] calls = calls();
        // The ring connects what is picked.
        SubchannelPicker picker = connections.pickerAfter(() -> Stream.of(calls).forEach(first::pickSubchannel));
        if (strategy.equals("weighted-round-robin")) {
            setWeights(picker, endpoints);
        }
        return call -> picker.pickSubchannel(calls[call & (Peer.KEYS - 1)]).getSubchannel();
    }

    private static Map<String, ?> config(String strategy, int endpoints) {
        RingHashOptions.setRingSizeCap(MOST_POINTS);
        double points = Math.min(POINTS * endpoints, MOST_POINTS);
        return switch (strategy) {
            case "ring-hash" -> Map.of("minRingSize", points, "maxRingSize", points);
            case "weighted-round-robin" -> Map.of("weightUpdatePeriod", "3600s"); // what is set stays
            default -> Map.of();
        };
    }

    private static List<EquivalentAddressGroup> addresses(int endpoints) {
        List<EquivalentAddressGroup> addresses = new ArrayList<>();
        for (int i = 0; i < endpoints; i++) {
            addresses.add(new EquivalentAddressGroup(InetSocketAddress.createUnresolved(Peer.host(i), 8080)));
        }
        return addresses;
    }

    /* What reports of the servers would do after the first seconds. */
    private static void setWeights(SubchannelPicker reporting, int endpoints) {
        float[] weights = new float[endpoints];
        for (int i = 0; i < endpoints; i++) {
            weights[i] = Peer.weight(i);
        }
        try {
            Object picker = read(reporting.getClass(), "delegate", reporting);
            Method update = picker.getClass().getDeclaredMethod("updateWeight", float[].class);
            update.setAccessible(true);
            update.invoke(picker, (Object) weights);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Object read(Class<?> type, String field, Object of) throws ReflectiveOperationException {
        Field declared = type.getDeclaredField(field);
        declared.setAccessible(true);
        return declared.get(of);
    }

    @SuppressWarnings("unchecked") // read by reflection: gRPC declares this key as one of a Long
    private static PickSubchannelArgs[] calls() {
        CallOptions.Key<Long> hashOfCall;
        try {
            hashOfCall =
                    (CallOptions.Key<Long>) read(Class.forName("io.grpc.xds.XdsNameResolver"), "RPC_HASH_KEY", null);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
        PickSubchannelArgs[] calls = new PickSubchannelArgs[Peer.KEYS];
        for (int i = 0; i < calls.length; i++) {
            long hash = (i + 1) * 0x9E37_79B9_7F4A_7C15L; // gRPC hashes when it finds the route, before the pick
            calls[i] = new Args(CallOptions.DEFAULT.withOption(hashOfCall, hash));
        }
        return calls;
    }

    private static final class Args extends PickSubchannelArgs {

        private final CallOptions options;
        private final Metadata headers = new Metadata();

        Args(CallOptions options) {
            this.options = options;
        }

        @Override
        public CallOptions getCallOptions() {
            return options;
        }

        @Override
        public Metadata getHeaders() {
            return headers;
        }

        @Override
        public MethodDescriptor<?, ?> getMethodDescriptor() {
            throw new UnsupportedOperationException("only chosen");
        }
    }
}
