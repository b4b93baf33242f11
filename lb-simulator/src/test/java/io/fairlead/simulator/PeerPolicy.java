package io.fairlead.simulator;

import io.fairlead.Attempt;
import io.fairlead.ConcurrencyLimit;
import io.fairlead.Ejection;
import io.fairlead.Endpoint;
import io.fairlead.EndpointSet;
import io.fairlead.Environment;
import io.fairlead.Load;
import io.fairlead.Picker;
import io.fairlead.RetryBudget;
import io.fairlead.RetryPolicy;
import io.fairlead.Service;
import io.fairlead.Strategy;
import io.fairlead.Target;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * A policy like the peer's, to see that the simulator measures what the peer's does: balanced selection without limiter (UNL). Score = in
 * flight + failures decayed in steps (half-life 30 s; 10 for a 5xx or a failure, 0.1 for other 4xx and 429), rounded; the lowest of shuffled endpoints;
 * up to 4 retries after a uniform share of 250 ms · 2^(failures − 1).
 */
final class PeerPolicy implements Strategy {

    private static final double HALF_LIFE_NANOS = 30e9;

    private final Environment env;
    private final Random random = new Random(3218974678L);

    private PeerPolicy(Environment env) {
        this.env = env;
    }

    static Service.Builder configure(Service.Builder service, Environment env) {
        return service.balancer(PeerPolicy::new)
                .classifier(Scenarios.classifier())
                .ejection(Ejection.none())
                .endpointLimit(ConcurrencyLimit.none())
                .retryPolicy(new Backoff(env))
                .retryBudget(new RetryBudget() {
                    @Override
                    public void deposit() {}

                    @Override
                    public boolean withdraw() {
                        return true;
                    }
                });
    }

    private record Backoff(Environment env) implements RetryPolicy {
        @Override
        public long nextDelayNanos(Attempt attempt) {
            return attempt.number() > 4
                    ? STOP
                    : (long) (env.random().nextDouble() * 250e6 * (1 << (attempt.number() - 1)));
        }
    }

    @Override
    public Load newLoad(Target target) {
        return new Score();
    }

    private final class Score implements Load {
        private int inFlight;
        private double failures;
        private long since = env.nanoTime();

        private double decayed() {
            // in ten steps a half-life
            double steps = Math.floor((env.nanoTime() - since) / (HALF_LIFE_NANOS / 10));
            return failures * Math.pow(2, -steps / 10);
        }

        @Override
        public void started(Attempt attempt) {
            inFlight++;
        }

        @Override
        public void answered(Attempt attempt) {
            int status = attempt.status();
            double weight = status == 0 || status >= 500 ? 10 : status >= 400 ? 0.1 : 0;
            if (weight > 0) {
                failures = decayed() + weight;
                since = env.nanoTime();
            }
        }

        @Override
        public void finished(Attempt attempt) {
            inFlight--;
        }

        @Override
        public double value() {
            return inFlight + Math.round(decayed());
        }
    }

    @Override
    public Picker picker(EndpointSet endpoints) {
        List<Endpoint> all = new ArrayList<>();
        for (int i = 0; i < endpoints.size(); i++) {
            all.add(endpoints.get(i));
        }
        return attempt -> {
            List<Endpoint> shuffled = new ArrayList<>(all);
            Collections.shuffle(shuffled, random);
            return Collections.min(shuffled, Comparator.comparingDouble(Endpoint::load));
        };
    }
}
