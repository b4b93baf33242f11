package io.fairlead.health;

import io.fairlead.Environment;
import io.fairlead.HealthProbe;
import io.fairlead.Target;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/** Asks by a TCP connection. */
final class TcpProbe implements HealthProbe {

    static final TcpProbe INSTANCE = new TcpProbe();

    private TcpProbe() {}

    @Override
    public CompletionStage<Void> probe(Target target, HttpClient transport) {
        CompletableFuture<Void> result = new CompletableFuture<>();
        connect(target, executor(transport), result, channel -> result.complete(null));
        return result;
    }

    /** For what may take a while (looking up a name, checking a certificate): where the transport does the same. */
    static Executor executor(HttpClient transport) {
        return transport.executor().orElseGet(() -> Environment.system().executor());
    }

    /** Connects without holding a thread, and hands on the connection, which is closed when the result is done, in whichever way. */
    static void connect(
            Target target,
            Executor executor,
            CompletableFuture<Void> result,
            Consumer<AsynchronousSocketChannel> connected) {
        try {
            executor.execute(() -> {
                try {
                    open(target, result, connected);
                } catch (IOException | RuntimeException e) {
                    result.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            result.completeExceptionally(e);
        }
    }

    private static void open(
            Target target, CompletableFuture<Void> result, Consumer<AsynchronousSocketChannel> connected)
            throws IOException {
        InetSocketAddress address =
                new InetSocketAddress(target.uri().getHost(), target.uri().getPort());
        if (address.isUnresolved()) {
            throw new ProbeFailedException("unknown host");
        }
        AsynchronousSocketChannel channel = AsynchronousSocketChannel.open();
        result.whenComplete((nothing, failure) -> close(channel));
        channel.connect(address, connected, new Connecting(channel, result));
    }

    private static void close(AsynchronousSocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            return; // the result stands, and there is nothing more to be done with the channel
        }
    }

    private record Connecting(AsynchronousSocketChannel channel, CompletableFuture<Void> result)
            implements CompletionHandler<Void, Consumer<AsynchronousSocketChannel>> {

        @Override
        public void completed(Void nothing, Consumer<AsynchronousSocketChannel> connected) {
            connected.accept(channel);
        }

        @Override
        public void failed(Throwable failure, Consumer<AsynchronousSocketChannel> connected) {
            result.completeExceptionally(failure);
        }
    }

    @Override
    public String toString() {
        return "TcpProbe";
    }
}
