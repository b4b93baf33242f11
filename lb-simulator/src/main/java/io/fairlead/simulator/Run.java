package io.fairlead.simulator;

import io.fairlead.Attempt;
import io.fairlead.Environment;
import io.fairlead.Listener;
import io.fairlead.Service;
import io.fairlead.Target;
import io.fairlead.client.BalancedClient;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** One run of a simulation. */
final class Run {

    /** Which call a delivery belongs to. */
    private static final String CALL = "Sim-Call";

    private static final String SERVICE = "simulated";

    private final Simulation.Settings settings;
    private final VirtualTime time = new VirtualTime();
    private final Environment env;
    private final SplittableRandom random;
    private final Timeline timeline;
    private final Map<String, RunningServer> servers = new LinkedHashMap<>();
    private final List<BalancedClient> clients = new ArrayList<>();
    private final Tally tally;
    private final Accounts accounts = new Accounts();
    private final int[] booked;

    Run(Simulation.Settings settings, long seed) {
        this.settings = settings;
        this.env = time.environment(seed);
        this.random = new SplittableRandom(seed * 31 + 17);
        this.timeline = new Timeline(settings.durationNanos());
        this.booked = new int[(int) settings.requests()];
        this.tally = new Tally(settings.name, seed, settings.clients, settings.requests());
    }

    SimResult run() {
        for (int i = 0; i < settings.servers.size(); i++) {
            servers.put("s" + i, new RunningServer(settings.servers.get(i), time, random.split(), timeline));
        }
        SimTransport transport = new SimTransport(servers, time, this::delivered);
        for (int i = 0; i < settings.clients; i++) {
            clients.add(client(transport));
        }
        send(0);
        time.runUntil(settings.abortNanos, () -> tally.answered() == settings.requests());
        clients.forEach(BalancedClient::shutdown);
        return tally.result(servers.values(), accounts, doubled(), timeline);
    }

    private BalancedClient client(SimTransport transport) {
        Service.Builder service = settings.configuration.apply(
                Service.named(SERVICE).discovery(this::watch).listener(accounts), env);
        return BalancedClient.builder()
                .transport(transport)
                .environment(env)
                .service(service.build())
                .build();
    }

    private io.fairlead.Discovery.Watch watch(Environment ignored, io.fairlead.Discovery.Sink sink) {
        settings.servers.stream()
                .flatMap(server -> server.changes().stream())
                .distinct()
                .filter(at -> at > 0)
                .forEach(at -> time.after(at - time.elapsed(), () -> sink.targets(listed())));
        sink.targets(listed());
        return () -> {};
    }

    private List<Target> listed() {
        List<Target> targets = new ArrayList<>();
        for (int i = 0; i < settings.servers.size(); i++) {
            SimServer server = settings.servers.get(i);
            if (server.isListed(time.elapsed())) {
                targets.add(server.targetAt("http://s" + i));
            }
        }
        return targets;
    }

    /* Each request sets the timer of the next. */
    private void send(int number) {
        int client = random.nextInt(clients.size());
        String path = settings.paths.get(settings.paths.size() == 1 ? 0 : random.nextInt(settings.paths.size()));
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://" + SERVICE + path))
                .method(settings.method, BodyPublishers.noBody())
                .header(CALL, Integer.toString(number));
        if (settings.idempotencyKeys) {
            request.header("Idempotency-Key", "call-" + number);
        }
        if (settings.timeout != null) {
            request.timeout(settings.timeout);
        }
        if (number + 1 < settings.requests()) {
            time.after(distance(number), () -> send(number + 1));
        }
        long sent = time.elapsed();
        clients.get(client)
                .sendAsync(request.build(), BodyHandlers.discarding())
                .whenComplete((response, why) -> ended(client, sent, response, why));
    }

    private long distance(int number) {
        if (settings.poisson) {
            return (long) (-Math.log(1 - random.nextDouble()) / settings.rate * 1e9);
        }
        return Math.round((number + 1) / settings.rate * 1e9) - time.elapsed(); // no error adds up
    }

    private void ended(int client, long sent, @Nullable HttpResponse<Void> response, @Nullable Throwable why) {
        double took = (time.elapsed() - sent) / 1e9;
        boolean success = response != null && response.statusCode() == 200;
        timeline.ended(sent, success, took);
        if (response != null) {
            tally.answer(client, response.statusCode(), took);
        } else if (why != null) {
            Throwable cause = why instanceof CompletionException && why.getCause() != null ? why.getCause() : why;
            tally.failure(client, cause.getClass().getSimpleName(), took);
        }
    }

    /* What a server has answered in a way that does not say "not processed" may be in its ledger. */
    private void delivered(HttpRequest request, int status) {
        if (status != 429 && status != 503) {
            booked[Integer.parseInt(request.headers().firstValue(CALL).orElseThrow())]++;
        }
    }

    private long doubled() {
        boolean idempotent =
                List.of("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE").contains(settings.method);
        return idempotent ? 0 : Arrays.stream(booked).filter(times -> times > 1).count();
    }

    /** What the clients' listeners are told. */
    final class Accounts implements Listener {

        long attempts;
        long inFlight;
        final Map<String, List<Double>> ejected = new TreeMap<>();
        final Map<String, List<Double>> returned = new TreeMap<>();

        @Override
        public void attemptStarted(Attempt attempt) {
            attempts++;
            inFlight++;
        }

        @Override
        public void attemptFinished(Attempt attempt) {
            inFlight--;
        }

        @Override
        public void endpointEjected(String service, Target target, long nanos, String reason) {
            note(ejected, target);
        }

        @Override
        public void endpointReturned(String service, Target target) {
            note(returned, target);
        }

        private void note(Map<String, List<Double>> moments, Target target) {
            RunningServer server = servers.get(target.uri().getHost());
            String name = server == null ? target.toString() : server.name();
            moments.computeIfAbsent(name, any -> new ArrayList<>()).add(time.elapsed() / 1e9);
        }
    }
}
