package io.fairlead.peers;

import io.grpc.Attributes;
import io.grpc.ChannelLogger;
import io.grpc.ConnectivityState;
import io.grpc.ConnectivityStateInfo;
import io.grpc.EquivalentAddressGroup;
import io.grpc.LoadBalancer;
import io.grpc.LoadBalancer.SubchannelPicker;
import io.grpc.ManagedChannel;
import io.grpc.SynchronizationContext;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/** What a policy of gRPC works with: connections that become ready without a network. */
final class ReadyConnections extends LoadBalancer.Helper {

    private final SynchronizationContext context = new SynchronizationContext((thread, e) -> {
        throw new IllegalStateException(e);
    });
    private final ScheduledExecutorService timers = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "grpc-timers");
        thread.setDaemon(true);
        return thread;
    });
    private final Queue<Connection> connecting = new ArrayDeque<>();
    private SubchannelPicker picker;

    /** Runs this as the channel does; then every connection becomes ready. The picker that the policy has then. */
    SubchannelPicker pickerAfter(Runnable event) {
        context.execute(event);
        while (!connecting.isEmpty()) {
            Connection next = connecting.remove();
            context.execute(
                    () -> next.listener.onSubchannelState(ConnectivityStateInfo.forNonError(ConnectivityState.READY)));
        }
        return picker;
    }

    @Override
    public LoadBalancer.Subchannel createSubchannel(LoadBalancer.CreateSubchannelArgs args) {
        return new Connection(args);
    }

    @Override
    public void updateBalancingState(ConnectivityState state, SubchannelPicker newPicker) {
        picker = newPicker;
    }

    @Override
    public SynchronizationContext getSynchronizationContext() {
        return context;
    }

    @Override
    public ScheduledExecutorService getScheduledExecutorService() {
        return timers;
    }

    @Override
    public ManagedChannel createOobChannel(EquivalentAddressGroup group, String authority) {
        throw new UnsupportedOperationException("only chosen");
    }

    @Override
    public String getAuthority() {
        return "payments";
    }

    @Override
    public String getChannelTarget() {
        return "payments";
    }

    @Override
    public ChannelLogger getChannelLogger() {
        return new Silent();
    }

    private final class Connection extends LoadBalancer.Subchannel {

        private final LoadBalancer.CreateSubchannelArgs args;
        private LoadBalancer.SubchannelStateListener listener = state -> {};

        Connection(LoadBalancer.CreateSubchannelArgs args) {
            this.args = args;
        }

        @Override
        public void start(LoadBalancer.SubchannelStateListener toTell) {
            listener = toTell;
            connecting.add(this);
        }

        @Override
        public void requestConnection() {
            // it is on its way
        }

        @Override
        public void shutdown() {
            connecting.remove(this);
        }

        @Override
        public List<EquivalentAddressGroup> getAllAddresses() {
            return args.getAddresses();
        }

        @Override
        public Attributes getAttributes() {
            return args.getAttributes();
        }

        @Override
        public ChannelLogger getChannelLogger() {
            return new Silent();
        }

        @Override
        public Object getInternalSubchannel() {
            return this;
        }
    }

    private static final class Silent extends ChannelLogger {

        @Override
        public void log(ChannelLogLevel level, String message) {
            // not measured
        }

        @Override
        public void log(ChannelLogLevel level, String format, Object... arguments) {
            // not measured
        }
    }
}
