package io.fairlead.simulator;

import io.fairlead.Environment;
import io.fairlead.Require;
import io.fairlead.Service;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A load, the servers that meet it, and the configuration of the clients between: what would it have done? The real {@code
 * BalancedClient.sendAsync} runs, with the real strategies, limits, health and retries, on a clock that jumps from event to event: an hour
 * takes seconds, and the same seed gives the same result to the byte. Immutable; {@link #run} can be called by many threads.
 *
 * <pre>{@code
 * SimResult result = Simulation.named("one of two turns slow")
 *     .servers(
 *         SimServer.named("a").phase(Phase.fixed(Duration.ofMillis(60))),
 *         SimServer.named("b").phase(Phase.fixed(Duration.ofMillis(60)).until(Duration.ofSeconds(30)))
 *                             .phase(Phase.fixed(Duration.ofSeconds(5))))
 *     .rate(200).duration(Duration.ofMinutes(1)).clients(10)
 *     .configuration((service, env) -> service.balancer(Balancers.standard()))
 *     .run(1);
 * }</pre>
 */
public final class Simulation {

    /** What is configured of the service for one client: as in production, with the environment given to what takes one. */
    @FunctionalInterface
    public interface Configuration {

        /** Sets on the builder what the client shall have; the service's name and targets are set already. */
        Service.Builder apply(Service.Builder service, Environment env);
    }

    /** What is fixed before a run; the fields are the settings of the builder's methods. */
    static final class Settings implements Cloneable {
        final String name;
        List<SimServer> servers = List.of();
        double rate = 100;
        boolean poisson;
        long durationNanos = Duration.ofMinutes(1).toNanos();
        long requests = -1;
        int clients = 1;
        String method = "POST";
        List<String> paths = List.of("/");
        boolean idempotencyKeys;

        @Nullable
        Duration timeout;

        long abortNanos = Duration.ofHours(1).toNanos();
        Configuration configuration = (service, env) -> service;

        Settings(String name) {
            this.name = name;
        }

        Settings copy() {
            try {
                return (Settings) clone();
            } catch (CloneNotSupportedException e) {
                throw new IllegalStateException(e);
            }
        }

        long requests() {
            return requests >= 0 ? requests : Math.round(rate * durationNanos / 1e9);
        }

        long durationNanos() {
            return requests >= 0 ? Math.round(requests / rate * 1e9) : durationNanos;
        }
    }

    /** Each costs four bytes, and a run takes some seconds a million. */
    private static final long MOST_REQUESTS = 100_000_000;

    private final Settings settings;

    private Simulation(Settings settings) {
        this.settings = settings;
    }

    /** A simulation of this name; by default 100 POSTs a second for a minute by one client, for at most an hour. */
    public static Simulation named(String name) {
        return new Simulation(new Settings(Require.notBlank(name, "name of the simulation")));
    }

    private interface Change {
        void on(Settings settings);
    }

    private Simulation with(Change change) {
        Settings copy = settings.copy();
        change.on(copy);
        return new Simulation(copy);
    }

    /** The servers, at least one, each of another name. */
    public Simulation servers(SimServer... servers) {
        List<SimServer> all = List.of(Require.notNull(servers, "servers of the simulation"));
        Set<String> names = new HashSet<>();
        for (SimServer server : all) {
            if (server.phases().isEmpty()) {
                throw Require.bad("phases of server " + server.name(), "none", "at least one");
            }
            if (!names.add(server.name())) {
                throw Require.bad("servers of the simulation", server.name() + " twice", "names that differ");
            }
        }
        if (all.isEmpty()) {
            throw Require.bad("servers of the simulation", "none", "at least one");
        }
        return with(s -> s.servers = all);
    }

    /** Requests a second over all clients, evenly spaced, whether answers come or not (open loop); 0.001 to 1 000 000. */
    public Simulation rate(double perSecond) {
        double rate = Require.between(perSecond, 0.001, 1e6, "requests a second");
        return with(s -> s.rate = rate);
    }

    /** The same with random (exponential) distances between the requests, as of many independent callers. */
    public Simulation poisson() {
        return with(s -> s.poisson = true);
    }

    /** How long requests are sent; default one minute. */
    public Simulation duration(Duration duration) {
        long nanos = Require.positiveNanos(duration, "duration of the simulation");
        return with(s -> {
            s.durationNanos = nanos;
            s.requests = -1;
        });
    }

    /** How many requests are sent, in place of a duration. */
    public Simulation requests(long requests) {
        Require.between(requests, 1, MOST_REQUESTS, "requests of the simulation");
        return with(s -> s.requests = requests);
    }

    /** Independent clients, each with a balancer, limits and health of its own; each request is sent by one drawn at random. Default 1. */
    public Simulation clients(int clients) {
        Require.between(clients, 1, 100_000, "clients of the simulation");
        return with(s -> s.clients = clients);
    }

    /** The method of the requests; default POST, which may not be repeated at will. */
    public Simulation method(String method) {
        Require.notBlank(method, "method of the requests");
        return with(s -> s.method = method);
    }

    /** Paths, each of which is requested with the same chance; default {@code /}. */
    public Simulation paths(String... paths) {
        List<String> all = List.of(Require.notNull(paths, "paths of the requests"));
        if (all.isEmpty()) {
            throw Require.bad("paths of the requests", "none", "at least one");
        }
        return with(s -> s.paths = all);
    }

    /** Gives each request an idempotency key. */
    public Simulation idempotencyKeys() {
        return with(s -> s.idempotencyKeys = true);
    }

    /** The deadline of each request; default none. */
    public Simulation timeout(Duration timeout) {
        Require.positiveNanos(timeout, "timeout of the requests");
        return with(s -> s.timeout = timeout);
    }

    /** Ends the run at this time although requests are unanswered; default one hour. */
    public Simulation abortAfter(Duration end) {
        long nanos = Require.positiveNanos(end, "end of the simulation");
        return with(s -> s.abortNanos = nanos);
    }

    /** What the clients are configured with; called once a client. Default: what a service has that names nothing. */
    public Simulation configuration(Configuration configuration) {
        Require.notNull(configuration, "configuration of the clients");
        return with(s -> s.configuration = configuration);
    }

    /**
     * Runs it on the calling thread.
     *
     * @param seed decides all that chance decides
     * @throws IllegalArgumentException if there are no servers, or if rate and duration give no request or more than 100 million
     */
    public SimResult run(long seed) {
        if (settings.servers.isEmpty()) {
            throw Require.bad("servers of the simulation " + settings.name, "none", "at least one");
        }
        Require.between(
                settings.requests(),
                1,
                MOST_REQUESTS,
                "requests (rate times duration) of the simulation " + settings.name);
        return new Run(settings, seed).run();
    }

    @Override
    public String toString() {
        return "Simulation[" + settings.name + "]";
    }

    /** All results of a simulation with the seeds from 1 on, in their order. */
    public List<SimResult> runSeeds(int seeds) {
        Require.between(seeds, 1, 10_000, "seeds");
        List<SimResult> results = new ArrayList<>();
        for (int seed = 1; seed <= seeds; seed++) {
            results.add(run(seed));
        }
        return results;
    }
}
