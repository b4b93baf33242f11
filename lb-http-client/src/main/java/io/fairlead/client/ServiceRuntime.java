package io.fairlead.client;

import io.fairlead.AsyncRequestSigner;
import io.fairlead.Balancer;
import io.fairlead.ConcurrencyLimit;
import io.fairlead.Discovery;
import io.fairlead.Ejection;
import io.fairlead.Environment;
import io.fairlead.HealthCheck;
import io.fairlead.Hedging;
import io.fairlead.Require;
import io.fairlead.RetryBudget;
import io.fairlead.RetryPolicy;
import io.fairlead.Service;
import io.fairlead.Target;
import io.fairlead.health.ConcurrencyLimits;
import io.fairlead.health.Ejections;
import io.fairlead.strategies.Balancers;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One service at work: its definition with every default filled in, and its cluster. */
final class ServiceRuntime {

    /** Longer than a burst takes to smooth out, shorter than people wait. */
    private static final long DEFAULT_MAX_WAIT_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** The idle time after which common servers and proxies give up a connection themselves. */
    private static final long DEFAULT_ABANDON_NANOS = TimeUnit.SECONDS.toNanos(60);

    final Service service;
    final String name;
    final Environment env;
    final Cluster cluster;
    final Events events;
    final RetryPolicy retryPolicy;
    final RetryBudget retryBudget;
    /** When calls are hedged, or null for never. */
    final @Nullable HedgeDelay hedgeDelay;

    final List<AsyncRequestSigner> signers;
    final long maxWaitNanos;
    final long abandonAfterNanos;
    private @Nullable Prober prober;
    private Discovery.@Nullable Watch watch;

    ServiceRuntime(Service service, Environment env) {
        this.service = service;
        this.name = service.name();
        this.env = env;
        this.events = new Events(service.listeners());
        this.signers = service.signers();
        RetryPolicy policy = service.retryPolicy();
        this.retryPolicy = policy != null ? policy : Retries.standard(env);
        RetryBudget budget = service.retryBudget();
        this.retryBudget = budget != null ? budget : Retries.standardBudget(env);
        Hedging hedging = service.hedging();
        this.hedgeDelay = hedging == null ? null : new HedgeDelay(hedging, retryBudget, env);
        this.maxWaitNanos = service.maxWaitNanos() > 0 ? service.maxWaitNanos() : DEFAULT_MAX_WAIT_NANOS;
        this.abandonAfterNanos = service.abandonAfterNanos() > 0 ? service.abandonAfterNanos() : DEFAULT_ABANDON_NANOS;
        Balancer balancer = service.balancer();
        Ejection ejection = service.ejection();
        ConcurrencyLimit limit = service.endpointLimit();
        this.cluster = new Cluster(
                name,
                env,
                (balancer != null ? balancer : Balancers.standard()).start(env),
                (ejection != null ? ejection : Ejections.standard()).start(env),
                limit != null ? limit : ConcurrencyLimits.aimd(),
                service.failClosed(),
                events,
                service.drainHeader());
    }

    /** Begins to watch discovery, and to probe what it reports over these transports. */
    void start(Transports transports, SharedProbes probes) {
        cluster.states().reachedBy(uri -> transports.leave(service, uri));
        HealthCheck check = service.healthCheck();
        if (check != null) {
            Prober made = new Prober(check, this, transports, probes.group(check, service));
            prober = made;
            cluster.probedBy(made);
        }
        watch = service.discovery().watch(env, cluster);
        String tlsName = service.tlsName();
        if (tlsName != null) {
            for (Target target : cluster.nodes(node -> node.target)) {
                if (!"https".equals(target.uri().getScheme())) {
                    throw Require.bad(
                            "TLS name of " + name,
                            "\"" + tlsName + "\" with the target " + target,
                            "targets that begin with https://");
                }
            }
        }
    }

    /** Nanoseconds until the next probe of a target, or −1 where it is not probed. */
    long nextProbeNanos(Target target) {
        Prober probes = prober;
        return probes == null ? -1 : probes.nextProbeNanos(target);
    }

    void close() {
        if (watch != null) {
            Discovery.Watch ongoing = watch;
            Events.guarded("discovery of " + name, ongoing::close);
        }
        Prober probes = prober;
        if (probes != null) {
            probes.close();
        }
    }
}
