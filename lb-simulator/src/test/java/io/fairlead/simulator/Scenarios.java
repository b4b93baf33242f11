package io.fairlead.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fairlead.Delivery;
import io.fairlead.OutcomeClassifier;
import io.fairlead.Verdict;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The ten scenarios with a peer's published results; the file names their source. */
final class Scenarios {

    /** What the peer published for one of its strategies. */
    record Published(double successPercent, double meanSeconds) {}

    /** One scenario, without a configuration of its clients. */
    record Scenario(String name, Simulation simulation, Map<String, Published> peer) {

        double bestSuccess() {
            return peer.values().stream()
                    .mapToDouble(Published::successPercent)
                    .max()
                    .orElseThrow();
        }

        /** The mean of the strategy with the best success, the least of those within 0.1 points of it. */
        double bestMean() {
            return peer.values().stream()
                    .filter(p -> p.successPercent() >= bestSuccess() - 0.1)
                    .mapToDouble(Published::meanSeconds)
                    .min()
                    .orElseThrow();
        }
    }

    private Scenarios() {}

    /** 429 and 503 say "not processed" there. */
    static OutcomeClassifier classifier() {
        return (attempt, standard) -> attempt.status() == 429 || attempt.status() == 503
                ? new Verdict(standard.outcome(), Delivery.NOT_PROCESSED)
                : standard;
    }

    static List<Scenario> all() {
        try (InputStream in = Scenarios.class.getResourceAsStream("/scenarios.json")) {
            List<Scenario> scenarios = new ArrayList<>();
            for (JsonNode node : new ObjectMapper().readTree(in).get("scenarios")) {
                scenarios.add(scenario(node));
            }
            return scenarios;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Scenario named(String name) {
        return all().stream().filter(s -> s.name().equals(name)).findFirst().orElseThrow();
    }

    private static Scenario scenario(JsonNode node) {
        List<SimServer> servers = new ArrayList<>();
        for (JsonNode server : node.get("servers")) {
            servers.add(server(server));
        }
        Simulation simulation = Simulation.named(node.get("name").asText())
                .servers(servers.toArray(new SimServer[0]))
                .rate(node.get("requestsPerSecond").asDouble())
                .clients(node.get("clients").asInt())
                .method(node.path("method").asText("POST"))
                .abortAfter(seconds(node.get("abortAfterSeconds")));
        simulation = node.has("requests")
                ? simulation.requests(node.get("requests").asLong())
                : simulation.duration(seconds(node.get("durationSeconds")));
        Map<String, Published> peer = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> e : node.get("peer").properties()) {
            peer.put(
                    e.getKey(),
                    new Published(
                            e.getValue().get(0).asDouble(), e.getValue().get(1).asDouble()));
        }
        return new Scenario(node.get("name").asText(), simulation, peer);
    }

    private static SimServer server(JsonNode node) {
        SimServer server = SimServer.named(node.get("name").asText());
        for (JsonNode phase : node.get("phases")) {
            server = server.phase(phase(phase));
        }
        return server;
    }

    private static SimServer.Phase phase(JsonNode node) {
        Duration time = seconds(node.get("seconds"));
        SimServer.Phase phase = node.get("time").asText().equals("linear")
                ? SimServer.Phase.linear(time, node.get("capacity").asInt())
                : SimServer.Phase.fixed(time);
        phase = phase.status(node.get("status").asInt());
        if (node.has("okWhileInFlightAtMost")) {
            phase = phase.okUpTo(node.get("okWhileInFlightAtMost").asInt());
        }
        if (node.has("failureRate")) {
            phase = phase.failureRate(node.get("failureRate").asDouble());
        }
        return node.has("until") ? phase.until(seconds(node.get("until"))) : phase;
    }

    private static Duration seconds(JsonNode node) {
        return Duration.ofNanos(Math.round(node.asDouble() * 1e9));
    }
}
