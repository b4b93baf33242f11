package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Attempt;
import io.fairlead.Listener;
import io.fairlead.Outcome;
import io.fairlead.Service;
import io.fairlead.ThrottledException;
import io.fairlead.testing.ManualTime;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The way of a WebSocket's handshake to the wire, on a clock that stands still. */
class HandshakeTest {

    private final ManualTime time = new ManualTime();
    private final List<CompletableFuture<WebSocket>> handshakes = new ArrayList<>();
    private final List<CompletableFuture<HttpRequest>> signatures = new ArrayList<>();
    private final List<HttpRequest> unsigned = new ArrayList<>();
    private final List<Outcome> outcomes = new ArrayList<>();
    private final BalancedClient client = client();

    private BalancedClient client() {
        HeldTransport transport =
                new HeldTransport(new ArrayList<HttpResponse.BodyHandler<Object>>(), new ArrayList<>()) {
                    @Override
                    public WebSocket.Builder newWebSocketBuilder() {
                        return new HeldSockets(handshakes);
                    }
                };
        return BalancedClient.builder()
                .transport(transport)
                .environment(time.environment(5))
                .service(Service.named("stream")
                        .targets("http://10.0.0.1:80")
                        .endpointLimit(env -> () -> 1)
                        .maxWait(Duration.ofSeconds(5))
                        .listener(new Listener() {
                            @Override
                            public void attemptFinished(Attempt attempt) {
                                outcomes.add(attempt.outcome());
                            }
                        })
                        .asyncSigner(request -> {
                            CompletableFuture<HttpRequest> signature = new CompletableFuture<>();
                            signatures.add(signature);
                            unsigned.add(request);
                            return signature;
                        })
                        .build())
                .build();
    }

    @AfterEach
    void nothing_is_left_in_flight() {
        assertThat(client.service("stream").endpoints()).allMatch(endpoint -> endpoint.inFlight() == 0);
        client.shutdownNow();
    }

    private CompletableFuture<WebSocket> open() {
        return client.newWebSocketBuilder().buildAsync(URI.create("ws://stream/events"), new WebSocket.Listener() {});
    }

    private void sign(int i) {
        signatures.get(i).complete(unsigned.get(i));
    }

    @Test
    void a_handshake_waits_for_a_place_at_an_endpoint_that_is_full() {
        CompletableFuture<WebSocket> first = open();
        CompletableFuture<WebSocket> second = open();
        assertThat(signatures).hasSize(1);
        sign(0);
        handshakes.get(0).complete(new Socket());
        assertThat(first).isCompleted();
        assertThat(signatures).hasSize(2);
        sign(1);
        handshakes.get(1).complete(new Socket());
        assertThat(second).isCompleted();
    }

    @Test
    void one_that_waits_for_a_place_for_too_long_is_refused() {
        CompletableFuture<WebSocket> first = open();
        CompletableFuture<WebSocket> second = open();
        time.advance(Duration.ofSeconds(5));
        assertThatThrownBy(second::join).hasCauseInstanceOf(ThrottledException.class);
        sign(0);
        handshakes.get(0).complete(new Socket());
        assertThat(first).isCompleted();
        assertThat(signatures).hasSize(1);
    }

    @Test
    void one_that_is_cancelled_while_it_waits_leaves_the_line() {
        open();
        CompletableFuture<WebSocket> second = open();
        second.cancel(true);
        sign(0);
        handshakes.get(0).complete(new Socket());
        assertThat(signatures).hasSize(1);
    }

    @Test
    void one_that_is_cancelled_while_it_is_signed_is_not_sent_and_holds_no_place() {
        CompletableFuture<WebSocket> opening = open();
        opening.thenApply(socket -> socket).cancel(true); // a dependent's will is the caller's, too
        assertThat(client.service("stream").endpoints()).allMatch(endpoint -> endpoint.inFlight() == 0);
        sign(0);
        assertThat(handshakes).isEmpty();
    }

    @Test
    void one_that_is_cancelled_on_the_wire_is_closed_when_it_opens_and_says_nothing_of_its_server() {
        CompletableFuture<WebSocket> opening = open();
        sign(0);
        opening.cancel(true);
        assertThat(outcomes).containsExactly(Outcome.IGNORED);
        Socket late = new Socket();
        handshakes.get(0).complete(late);
        assertThat(late.aborted).isTrue();
        assertThatThrownBy(opening::join).isInstanceOf(CancellationException.class);
        assertThat(outcomes).hasSize(1);
    }

    @Test
    void one_that_cannot_be_signed_fails_with_the_reason() {
        CompletableFuture<WebSocket> opening = open();
        signatures.get(0).completeExceptionally(new IllegalStateException("no key"));
        assertThatThrownBy(opening::join).hasCauseInstanceOf(IllegalStateException.class);
    }

    /** Handshakes that a test ends. */
    private record HeldSockets(List<CompletableFuture<WebSocket>> handshakes) implements WebSocket.Builder {

        @Override
        public WebSocket.Builder header(String name, String value) {
            return this;
        }

        @Override
        public WebSocket.Builder connectTimeout(Duration timeout) {
            return this;
        }

        @Override
        public WebSocket.Builder subprotocols(String mostPreferred, String... lesserPreferred) {
            return this;
        }

        @Override
        public CompletableFuture<WebSocket> buildAsync(URI uri, WebSocket.Listener listener) {
            CompletableFuture<WebSocket> handshake = new CompletableFuture<>();
            handshakes.add(handshake);
            return handshake;
        }
    }

    private static final class Socket implements WebSocket {

        private boolean aborted;

        @Override
        public CompletableFuture<WebSocket> sendText(CharSequence data, boolean last) {
            return CompletableFuture.completedFuture(this);
        }

        @Override
        public CompletableFuture<WebSocket> sendBinary(ByteBuffer data, boolean last) {
            return CompletableFuture.completedFuture(this);
        }

        @Override
        public CompletableFuture<WebSocket> sendPing(ByteBuffer message) {
            return CompletableFuture.completedFuture(this);
        }

        @Override
        public CompletableFuture<WebSocket> sendPong(ByteBuffer message) {
            return CompletableFuture.completedFuture(this);
        }

        @Override
        public CompletableFuture<WebSocket> sendClose(int statusCode, String reason) {
            return CompletableFuture.completedFuture(this);
        }

        @Override
        public void request(long n) {}

        @Override
        public String getSubprotocol() {
            return "";
        }

        @Override
        public boolean isOutputClosed() {
            return aborted;
        }

        @Override
        public boolean isInputClosed() {
            return aborted;
        }

        @Override
        public void abort() {
            aborted = true;
        }
    }
}
