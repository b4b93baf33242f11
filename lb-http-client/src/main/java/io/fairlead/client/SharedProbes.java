package io.fairlead.client;

import io.fairlead.Environment;
import io.fairlead.HealthCheck;
import io.fairlead.RateLimiter;
import io.fairlead.Service;
import io.fairlead.Target;
import io.fairlead.TlsSource;
import io.fairlead.health.Probes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * The probes of one client. Services that were given the same {@link HealthCheck} object, and reach their targets and pay for probes alike,
 * share them: a target of several is asked once, and all are told.
 */
final class SharedProbes {

    /** What two services must have in common: checks, sources, parameters and limiters count as equal only if they are the same. */
    private record Way(
            HealthCheck check,
            @Nullable String tlsName,
            @Nullable TlsSource tls,
            @Nullable SSLParameters parameters,
            @Nullable RateLimiter limiter) {

        static Way of(HealthCheck check, Service service) {
            return new Way(
                    check,
                    service.tlsName(),
                    service.tls(),
                    service.sslParameters(),
                    check.permits() > 0 ? service.rateLimiter() : null);
        }
    }

    /** Those that ask by one schedule. */
    static final class Group {

        private final List<Prober> probers = new CopyOnWriteArrayList<>();
        private final Probes.Schedule schedule;

        private Group(HealthCheck check, Environment env) {
            this.schedule = Probes.schedule(check, env, this::probe);
        }

        Probes.Schedule schedule() {
            return schedule;
        }

        /* Asked in the name of the first that has the target; told to all that have it. */
        private CompletionStage<Void> probe(Target target) {
            List<Prober> having =
                    probers.stream().filter(prober -> prober.has(target)).toList();
            if (having.isEmpty()) { // removed in this moment
                return CompletableFuture.completedFuture(null);
            }
            CompletionStage<Void> asked = having.get(0).probe(target);
            asked.whenComplete((passed, why) -> {
                if (why == null) {
                    having.forEach(prober -> prober.passed(target));
                }
            });
            return asked;
        }

        Probes.Watch join(Prober prober) {
            probers.add(prober);
            return schedule.watch(prober);
        }

        /** The last one ends the schedule. */
        void leave(Prober prober, Probes.Watch watch) {
            watch.close();
            probers.remove(prober);
            if (probers.isEmpty()) {
                schedule.close();
            }
        }
    }

    private final Environment env;
    private final Map<Way, Group> groups = new HashMap<>();

    SharedProbes(Environment env) {
        this.env = env;
    }

    /** Those that ask by this check the way this service does; called while the client is made. */
    Group group(HealthCheck check, Service service) {
        return groups.computeIfAbsent(Way.of(check, service), way -> new Group(check, env));
    }
}
