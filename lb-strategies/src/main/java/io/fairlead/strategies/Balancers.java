package io.fairlead.strategies;

import io.fairlead.Attempt;
import io.fairlead.Balancer;
import io.fairlead.Require;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Ways to choose an endpoint; {@code docs/strategies.md} says when to choose which. Each is a definition: shareable between services, its
 * state made per service by {@code start}. All give an endpoint of weight 0 nothing unless all have weight 0 (of its shard, with {@link #shards}), and avoid endpoints
 * that were tried in the same call while others are left.
 */
public final class Balancers {

    /**
     * Finagle has 10 s, with which a server is shunned for long after one pause of its garbage collector, and the others get its
     * load; less than 3 s gains little there and loses a little where a server stays slow ({@code docs/strategies.md}).
     */
    private static final Duration DECAY = Duration.ofSeconds(3);

    private static final Duration WARM_UP = Duration.ofSeconds(10);

    private Balancers() {}

    /**
     * What a service uses that names no balancer: {@link #peakEwma()} with a {@linkplain #slowStart slow start} of ten seconds. {@code
     * docs/strategies.md} tells why.
     */
    public static Balancer standard() {
        return slowStart(WARM_UP, peakEwma());
    }

    /**
     * Every endpoint in turn, from a random start, so that many clients do not begin at the same server; the turn is kept when
     * endpoints come and go, and a retry takes nobody's. Unequal weights are honoured by static strides, up to 128 times the mean.
     */
    public static Balancer roundRobin() {
        return RoundRobin::new;
    }

    /**
     * Round robin by weight in nginx's order: weights 5, 1, 1 give a a b a c a a. For up to 32 endpoints whose weights have a ratio in
     * whole numbers of a sum up to 8192; beyond, weights are rounded to that sum, and more endpoints take the strides of {@link
     * #roundRobin}.
     */
    public static Balancer smoothRoundRobin() {
        return SmoothRoundRobin::new;
    }

    /** Every endpoint with a chance in proportion to its weight. */
    public static Balancer random() {
        return RandomChoice::new;
    }

    /**
     * The endpoint with the fewest requests in flight for its weight: of all up to 8 endpoints, of two distinct random ones
     * above (drawn by weight). A failed attempt weighs like ten requests in flight and halves every five seconds, so that a server
     * that fails fast does not attract traffic.
     */
    public static Balancer leastRequest() {
        return env -> new LeastRequest(env, false);
    }

    /** As {@link #leastRequest()}, with each request in flight weighing as many as the permits that it costs. */
    public static Balancer leastCost() {
        return env -> new LeastRequest(env, true);
    }

    /** As {@link #peakEwma(Duration)} with three seconds. */
    public static Balancer peakEwma() {
        return peakEwma(DECAY);
    }

    /**
     * The endpoint that is expected to answer first: its latency (a decaying mean that jumps to each peak, or the time since it last
     * answered while a request waits, whichever is more) times its requests in flight, for its weight. Of all up to 8 endpoints, of two
     * distinct ones above. One that fails, or declines what its siblings accept, is avoided for 5 s, then 10 s and so on up to a minute,
     * or for its {@code Retry-After}, and then tried by one request at a time; where what failed may have been processed, from the first so
     * long that at most one call in 600 is such a try, up to a minute. Where more than half of few endpoints are avoided, they count as ten
     * times as slow.
     *
     * @param decay the time after which a sample counts 1/e; longer than a millisecond
     */
    public static Balancer peakEwma(Duration decay) {
        long nanos = Require.between(
                Require.positiveNanos(decay, "decay of the latency"),
                1_000_000,
                Long.MAX_VALUE,
                "decay of the latency (ns)");
        return env -> new PeakEwma(env, nanos);
    }

    /** By the load that servers report in the ORCA header {@code endpoint-load-metrics: TEXT cpu_utilization=0.4}. */
    public static Balancer loadReported() {
        return loadReported(LoadReported::ofHeader);
    }

    /**
     * Shares in proportion to 1/(1 + L/C) times the weight, for the load L and capacity C that the server reports with its answers; smoothed;
     * forgotten after 180 s; counted as at most 9. One that reports nothing counts as the mean of all reports.
     *
     * @param loadOf L/C by an answered attempt, or NaN if it says nothing; called on every answer, by many threads
     */
    public static Balancer loadReported(ToDoubleFunction<Attempt> loadOf) {
        Require.notNull(loadOf, "load of an attempt");
        return env -> new LoadReported(env, loadOf);
    }

    /** By the affinity key on a ring with 160 points an endpoint. */
    public static KeyedBalancer ring() {
        return KeyedBalancer.ring();
    }

    /** By the affinity key in a Maglev table of 65 537 places. */
    public static KeyedBalancer maglev() {
        return KeyedBalancer.maglev();
    }

    /** By the affinity key and the highest random weight: exact shares, no key moves but those of an endpoint that left. */
    public static KeyedBalancer rendezvous() {
        return KeyedBalancer.rendezvous();
    }

    /** Sessions that stay where they went, over another strategy. */
    public static StickyBalancer sticky(Balancer within) {
        return StickyBalancer.over(within);
    }

    /**
     * Calls of a key go only to the endpoints of the key's shard, which bear its name in a tag; among them by another strategy. Without a
     * key, for an unknown shard or one without endpoints that were not tried, there is no endpoint, and the call fails with a {@link
     * io.fairlead.NoEndpointException}: it never goes to another shard.
     *
     * @param tag the name of the tag
     * @param shardOf the shard of an affinity key, or null if there is none; called on every pick, by many threads
     */
    public static Balancer shards(String tag, Function<String, @Nullable String> shardOf, Balancer within) {
        Require.notBlank(tag, "tag of the shards");
        Require.notNull(shardOf, "shard of a key");
        Require.notNull(within, "balancer within a shard");
        return env ->
                new Filtered(within.start(env), (inner, endpoints) -> Groups.shards(inner, endpoints, tag, shardOf));
    }

    /**
     * Lower {@linkplain io.fairlead.Target#priority() priority} levels get only what the better ones cannot carry: a level with the part h of its
     * endpoints healthy carries 1.4 · h of the traffic. An endpoint that was out counts again when it has been back for ten seconds.
     */
    public static Balancer priorities(Balancer within) {
        Require.notNull(within, "balancer within a priority");
        return env -> new Levels(within.start(env), env, target -> target.priority());
    }

    /** The endpoints of a zone first, those of others as a lower priority level (see {@link #priorities}). */
    public static Balancer preferZone(String zone, Balancer within) {
        Require.notBlank(zone, "preferred zone");
        Require.notNull(within, "balancer within a zone");
        return env -> new Levels(within.start(env), env, target -> zone.equals(target.zone()) ? 0 : 1);
    }

    /**
     * Only so many of the endpoints, chosen by the client's id: for large fleets, where connections of every client to every server cost too
     * much. Each client chooses its own, always the same; when an endpoint leaves, only those who had it choose another.
     *
     * @param size 1 or more
     * @param clientId differs between clients and stays over restarts, such as the number of the pod
     */
    public static Balancer subset(int size, String clientId, Balancer within) {
        Require.between(size, 1, Integer.MAX_VALUE, "size of the subset");
        Require.notBlank(clientId, "client id of the subset");
        Require.notNull(within, "balancer within the subset");
        return env ->
                new Filtered(within.start(env), (inner, endpoints) -> Groups.subset(inner, endpoints, size, clientId));
    }

    /**
     * Over any strategy: an endpoint that has just become ready gets a tenth of its share, growing linearly to the whole within the
     * window. Where all are new, all get their shares.
     */
    public static Balancer slowStart(Duration window, Balancer within) {
        long nanos = Require.positiveNanos(window, "window of the slow start");
        Require.notNull(within, "balancer of the slow start");
        return env ->
                new Filtered(within.start(env), (inner, endpoints) -> SlowStart.over(inner, endpoints, env, nanos));
    }
}
