package io.fairlead.strategies;

import io.fairlead.Balancer;
import io.fairlead.Delivery;
import io.fairlead.Endpoint;
import io.fairlead.EndpointSet;
import io.fairlead.Environment;
import io.fairlead.Outcome;
import io.fairlead.Picker;
import io.fairlead.Strategy;
import io.fairlead.Target;
import io.fairlead.testing.FakeAttempt;
import io.fairlead.testing.FakeEndpoint;
import io.fairlead.testing.ManualTime;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/** Endpoints of one strategy on manual time, and what attempts do to them. */
final class Fleet {

    private static final HttpHeaders NONE = HttpHeaders.of(Map.of(), (name, value) -> true);

    final ManualTime time = new ManualTime();
    final Environment env = time.environment(20260101);
    final Strategy strategy;
    final List<FakeEndpoint> endpoints = new ArrayList<>();
    Picker picker;

    Fleet(Balancer balancer, int size, IntFunction<Target> target) {
        this.strategy = balancer.start(env);
        for (int i = 0; i < size; i++) {
            endpoints.add(FakeEndpoint.of(target.apply(i), strategy));
        }
        update();
    }

    static Fleet of(Balancer balancer, double... weights) {
        return new Fleet(balancer, weights.length, i -> target(i).withWeight(weights[i]));
    }

    static Fleet equal(Balancer balancer, int size) {
        return new Fleet(balancer, size, Fleet::target);
    }

    static Target target(int i) {
        return Target.of("http://10.0." + i / 250 + "." + i % 250 + ":8080");
    }

    /** A snapshot of the endpoints that are there now. */
    void update() {
        picker = strategy.picker(EndpointSet.of(endpoints));
    }

    Endpoint pick(FakeAttempt attempt) {
        return picker.pick(attempt);
    }

    Endpoint pickKey(String key) {
        return picker.pick(FakeAttempt.fresh().affinityKey(key));
    }

    /** Picks so many times, and counts by endpoint, in the order of the endpoints. */
    int[] shares(int picks) {
        Map<Endpoint, Integer> index = new HashMap<>();
        for (int i = 0; i < endpoints.size(); i++) {
            index.put(endpoints.get(i), i);
        }
        int[] shares = new int[endpoints.size()];
        for (int i = 0; i < picks; i++) {
            shares[index.get(pick(FakeAttempt.fresh()))]++;
        }
        return shares;
    }

    /** An attempt begins. */
    FakeAttempt start(FakeEndpoint endpoint) {
        FakeAttempt attempt = FakeAttempt.fresh().at(endpoint);
        attempt.startedAt(time.nanoTime());
        endpoint.inFlight(endpoint.inFlight() + 1);
        endpoint.gauge().started(attempt);
        return attempt;
    }

    /** It ends now. */
    void end(FakeAttempt attempt, int status, Outcome outcome) {
        FakeEndpoint endpoint = (FakeEndpoint) attempt.endpoint();
        attempt.answer(status, NONE).verdict(outcome, Delivery.UNKNOWN).eventAt(time.nanoTime());
        endpoint.gauge().answered(attempt);
        endpoint.inFlight(endpoint.inFlight() - 1);
        endpoint.gauge().finished(attempt);
    }

    /** One whole attempt that takes so long. */
    void attempt(FakeEndpoint endpoint, Duration takes, int status) {
        FakeAttempt attempt = start(endpoint);
        time.advance(takes);
        end(attempt, status, status >= 500 ? Outcome.FAILED : Outcome.SUCCESS);
    }
}
