package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.EndpointSet;
import io.fairlead.Load;
import io.fairlead.Picker;
import io.fairlead.Service;
import io.fairlead.Strategy;
import io.fairlead.Target;
import io.fairlead.testing.ManualTime;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** What becomes of the turn to pick where a user's code throws. */
class TurnTest {

    private final List<HttpResponse.BodyHandler<Object>> handlers = new ArrayList<>();
    private final List<CompletableFuture<HttpResponse<Object>>> sent = new ArrayList<>();
    private final AtomicBoolean throwing = new AtomicBoolean();

    @Test
    void a_strategy_that_throws_once_keeps_no_turn_so_that_those_who_come_later_are_sent() {
        BalancedClient client = BalancedClient.builder()
                .transport(new HeldTransport(handlers, sent))
                .environment(new ManualTime().environment(5))
                .service(Service.named("payments")
                        .targets("http://10.0.0.1:80")
                        .balancer(env -> new Moody(throwing))
                        .endpointLimit(env -> () -> 1)
                        .build())
                .build();
        CompletableFuture<?> first = call(client);
        CompletableFuture<?> waiting = call(client);
        throwing.set(true);
        first.cancel(true);
        assertThat(waiting).isCompletedExceptionally();
        throwing.set(false);
        call(client);
        assertThat(sent).hasSize(2);
        client.shutdownNow();
    }

    private static CompletableFuture<HttpResponse<String>> call(BalancedClient client) {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create("http://payments/")).build();
        return client.sendAsync(request, BodyHandlers.ofString());
    }

    /** Always the first endpoint, in its good moods. */
    private record Moody(AtomicBoolean throwing) implements Strategy {

        @Override
        public Load newLoad(Target target) {
            return Load.NONE;
        }

        @Override
        public Picker picker(EndpointSet endpoints) {
            return attempt -> {
                if (throwing.get()) {
                    throw new IllegalStateException("the strategy's own fault");
                }
                return endpoints.get(0);
            };
        }
    }
}
