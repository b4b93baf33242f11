package io.fairlead.simulator;

import io.fairlead.simulator.SimServer.Phase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Scenarios beyond the peer's: what happens to fleets of payment servers. */
final class OwnScenarios {

    /** Of ten answers seven take 20 to 40 ms, two 60 ms and one 150 ms. */
    private static final List<Duration> LATENCIES =
            List.of(ms(20), ms(22), ms(24), ms(26), ms(30), ms(35), ms(40), ms(60), ms(60), ms(150));

    private OwnScenarios() {}

    private static Duration ms(long millis) {
        return Duration.ofMillis(millis);
    }

    private static Duration s(long seconds) {
        return Duration.ofSeconds(seconds);
    }

    private static SimServer[] servers(int n, java.util.function.IntFunction<SimServer> make) {
        SimServer[] servers = new SimServer[n];
        for (int i = 0; i < n; i++) {
            servers[i] = make.apply(i);
        }
        return servers;
    }

    private static SimServer well(int i) {
        return SimServer.named("server" + i).phase(Phase.recorded(LATENCIES));
    }

    /** Fleets of which one server turns ten times slower for ten seconds. */
    static Simulation fleet(int n) {
        return Simulation.named("fleet of " + n + ", one slow")
                .servers(servers(
                        n,
                        i -> i > 0
                                ? well(i)
                                : SimServer.named("server0")
                                        .phase(Phase.recorded(LATENCIES).until(s(10)))
                                        .phase(Phase.fixed(ms(500)).until(s(20)))
                                        .phase(Phase.recorded(LATENCIES))))
                .rate(Math.min(2000, 50 * n))
                .duration(s(30))
                .clients(5)
                .poisson();
    }

    static Simulation manySmallClients() {
        return Simulation.named("200 small clients, servers with queues")
                .servers(servers(5, i -> SimServer.named("server" + i).phase(Phase.queueing(ms(50), 8))))
                .rate(600)
                .duration(s(30))
                .clients(200)
                .poisson();
    }

    /** Ten servers replaced two by two; each new one is five times slower for its first five seconds. */
    static Simulation deployInWaves() {
        List<SimServer> all = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            Duration change = s(10 + 8L * (i / 2));
            all.add(SimServer.named("old" + i).phase(Phase.recorded(LATENCIES)).listedUntil(change));
            all.add(SimServer.named("new" + i)
                    .phase(Phase.fixed(ms(200)).until(change.plusSeconds(5)))
                    .phase(Phase.recorded(LATENCIES))
                    .listedFrom(change));
        }
        return Simulation.named("deploy in waves, cold servers")
                .servers(all.toArray(new SimServer[0]))
                .rate(400)
                .duration(s(60))
                .clients(5)
                .poisson();
    }

    static Simulation slowZone() {
        return Simulation.named("one of three zones slow")
                .servers(servers(9, i -> {
                    SimServer server = SimServer.named("zone" + i / 3 + "-" + i);
                    server = i < 3
                            ? server.phase(Phase.recorded(LATENCIES).until(s(20)))
                                    .phase(Phase.fixed(ms(400)).until(s(40)))
                                    .phase(Phase.recorded(LATENCIES))
                            : server.phase(Phase.recorded(LATENCIES));
                    return server.target(t -> t.withZone("zone" + i / 3));
                }))
                .rate(300)
                .duration(s(60))
                .clients(5)
                .poisson();
    }

    /** One answer in a hundred takes two seconds, whichever server gives it: what no choice of a server avoids, but a hedge. */
    static Simulation rareStalls() {
        List<Duration> times = new ArrayList<>(Collections.nCopies(99, ms(30)));
        times.add(ms(2_000));
        return Simulation.named("one answer in a hundred stalls")
                .servers(servers(10, i -> SimServer.named("server" + i).phase(Phase.recorded(times))))
                .method("GET")
                .rate(200)
                .duration(s(60))
                .clients(2)
                .poisson();
    }

    /** Each of five servers stands still for a second now and then, one after another. */
    static Simulation garbageCollection() {
        return Simulation.named("garbage-collection pauses")
                .servers(servers(5, i -> {
                    SimServer server = SimServer.named("server" + i);
                    for (int round = 0; round < 4; round++) {
                        long pause = 5_000 + round * 10_000 + i * 1_900L;
                        server = server.phase(Phase.recorded(LATENCIES).until(ms(pause)))
                                .phase(Phase.fixed(ms(1_000)).until(ms(pause + 800)));
                    }
                    return server.phase(Phase.recorded(LATENCIES));
                }))
                .rate(200)
                .duration(s(45))
                .clients(5)
                .poisson();
    }

    /** Half of the requests are of one key. */
    static Simulation hotKey() {
        List<String> paths = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            paths.add("/hot");
            paths.add("/merchant" + i);
        }
        return Simulation.named("one hot key")
                .servers(servers(5, i -> SimServer.named("server" + i).phase(Phase.queueing(ms(20), 4))))
                .paths(paths.toArray(new String[0]))
                .rate(450)
                .duration(s(30))
                .clients(2)
                .poisson();
    }

    static Simulation halfFails() {
        return Simulation.named("half of the fleet fails together")
                .servers(servers(
                        10,
                        i -> i >= 5
                                ? well(i)
                                : SimServer.named("server" + i)
                                        .phase(Phase.recorded(LATENCIES).until(s(20)))
                                        .phase(Phase.fixed(ms(2)).status(500).until(s(40)))
                                        .phase(Phase.recorded(LATENCIES))))
                .method("GET")
                .rate(300)
                .duration(s(60))
                .clients(5)
                .poisson();
    }

    /** Everything is down for ten seconds, and a thousand clients must not make it worse. */
    static Simulation totalOutage() {
        return Simulation.named("total outage, 1000 clients")
                .servers(servers(
                        5,
                        i -> SimServer.named("server" + i)
                                .phase(Phase.recorded(LATENCIES).until(s(10)))
                                .phase(Phase.fixed(ms(5)).status(503).until(s(20)))
                                .phase(Phase.recorded(LATENCIES))))
                .method("GET")
                .rate(2000)
                .duration(s(30))
                .clients(1000)
                .poisson();
    }

    /** One of eleven servers turns slow, and a call is good within a second: the experiment of Buoyant's "Beyond Round Robin" (2016). */
    static Simulation beyondRoundRobin() {
        return Simulation.named("beyond round robin: one of eleven slow")
                .servers(servers(
                        11,
                        i -> i > 0
                                ? well(i)
                                : SimServer.named("server0")
                                        .phase(Phase.recorded(LATENCIES).until(s(15)))
                                        .phase(Phase.fixed(ms(2_000)))))
                .rate(500)
                .duration(s(45))
                .clients(1)
                .timeout(s(1))
                .poisson();
    }

    /** All servers become ten times slower for a while, whatever they are given: their database does. Nothing fails. */
    static Simulation slowByItself() {
        return Simulation.named("all ten times slower by themselves")
                .servers(servers(
                        3,
                        i -> SimServer.named("server" + i)
                                .phase(Phase.fixed(ms(50)).until(s(20)))
                                .phase(Phase.fixed(ms(500)).until(s(50)))
                                .phase(Phase.fixed(ms(50)))))
                .rate(200)
                .duration(s(60))
                .clients(1)
                .poisson();
    }

    /** A defect that has nothing to do with load fails three calls in ten, everywhere. */
    static Simulation defect() {
        return Simulation.named("three of ten calls fail for a defect")
                .servers(servers(
                        3,
                        i -> SimServer.named("server" + i)
                                .phase(Phase.fixed(ms(100)).until(s(10)))
                                .phase(Phase.fixed(ms(100)).status(500).failureRate(0.3))))
                .rate(200)
                .duration(s(60))
                .clients(1)
                .poisson();
    }

    /** A partner answers 100 calls a second, and 429 to what is beyond: it gets 150 for a while. */
    static Simulation hardQuota() {
        return Simulation.named("hard quota of 100/s answering 429, 150/s for 10 s")
                .servers(SimServer.named("partner").phase(Phase.fixed(ms(50)).quota(100)))
                .rate(150)
                .duration(s(10))
                .clients(1);
    }

    static List<Simulation> all() {
        return List.of(
                fleet(2),
                fleet(3),
                fleet(10),
                fleet(100),
                fleet(1000),
                manySmallClients(),
                deployInWaves(),
                slowZone(),
                rareStalls(),
                garbageCollection(),
                hotKey(),
                halfFails(),
                totalOutage(),
                beyondRoundRobin());
    }
}
