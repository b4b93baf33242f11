package io.fairlead.health;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;

/**
 * One TLS handshake over a channel, then a close_notify. Holds no thread while it waits; one step is taken at a time, each by
 * whoever ended the last.
 */
final class TlsHandshake implements CompletionHandler<Integer, TlsHandshake.Then> {

    /** What follows a transfer of bytes. */
    enum Then {
        STEP,
        FLUSH,
        DONE
    }

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final AsynchronousSocketChannel channel;
    private final SSLEngine engine;
    private final Executor executor;
    private final CompletableFuture<Void> result;
    private final ByteBuffer in;
    private final ByteBuffer out;
    private final ByteBuffer dropped;

    TlsHandshake(
            AsynchronousSocketChannel channel, SSLEngine engine, Executor executor, CompletableFuture<Void> result) {
        this.channel = channel;
        this.engine = engine;
        this.executor = executor;
        this.result = result;
        this.in = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        this.out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        this.dropped = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
    }

    void begin() {
        guarded(() -> {
            engine.beginHandshake();
            step();
        });
    }

    @FunctionalInterface
    private interface Action {
        void run() throws IOException;
    }

    private void guarded(Action action) {
        try {
            action.run();
        } catch (IOException | RuntimeException e) {
            result.completeExceptionally(e);
        }
    }

    private void step() throws IOException {
        HandshakeStatus status = engine.getHandshakeStatus();
        while (status == HandshakeStatus.NEED_UNWRAP || status == HandshakeStatus.NEED_UNWRAP_AGAIN) {
            if (!unwrap()) {
                channel.read(in, Then.STEP, this);
                return;
            }
            status = engine.getHandshakeStatus();
        }
        switch (status) {
            case NEED_TASK -> executor.execute(() -> guarded(this::runTasks));
            case NEED_WRAP -> wrap(Then.STEP);
            default -> bye();
        }
    }

    /** Returns false where more bytes are needed. */
    private boolean unwrap() throws SSLException {
        in.flip();
        dropped.clear();
        SSLEngineResult unwrapped = engine.unwrap(in, dropped);
        in.compact();
        if (unwrapped.getStatus() == Status.CLOSED) {
            throw new SSLException("the server closed the TLS handshake");
        }
        return unwrapped.getStatus() != Status.BUFFER_UNDERFLOW;
    }

    /* Checking a certificate may ask a revocation service, and so take a while. */
    private void runTasks() throws IOException {
        for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
            task.run();
        }
        step();
    }

    private void wrap(Then then) throws SSLException {
        out.clear();
        engine.wrap(NOTHING, out);
        out.flip();
        channel.write(out, then == Then.STEP ? Then.FLUSH : then, this);
    }

    /** The handshake is through: nothing of it is to be resumed, and the server is told that this is all. */
    private void bye() throws SSLException {
        engine.getSession().invalidate();
        engine.closeOutbound();
        wrap(Then.DONE);
    }

    @Override
    public void completed(Integer bytes, Then then) {
        if (then == Then.DONE) {
            result.complete(null); // whether or not all of the good-bye went out
            return;
        }
        guarded(() -> {
            if (bytes < 0) {
                throw new SSLException("the server closed the connection in the TLS handshake");
            }
            if (then == Then.FLUSH && out.hasRemaining()) {
                channel.write(out, Then.FLUSH, this);
            } else {
                step();
            }
        });
    }

    @Override
    public void failed(Throwable failure, Then then) {
        if (then == Then.DONE) {
            result.complete(null); // the handshake was through
        } else {
            result.completeExceptionally(failure);
        }
    }
}
