// over 300: one setting is one field, one accessor, one builder method and their Javadoc; there is no logic to split
// off
package io.fairlead;

import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * The definition of one logical service: its name, where its servers come from, and how it is called.
 *
 * <pre>{@code
 * Service.named("payments")
 *         .targets("http://10.0.0.1:8080", "http://10.0.0.2:8080")
 *         .balancer(Balancers.leastRequest())
 *         .rateLimiter(RateLimiters.tokenBucket(500, Duration.ofSeconds(1)).burst(50).build())
 *         .signer(Signers.hmacSha256("key-id", secret))
 *         .build();
 * }</pre>
 *
 * <p>Immutable. What was not set stays unset (accessors return null): the client fills it in with its own defaults, which
 * {@code docs/settings.md} lists with their reasons.
 */
public final class Service {

    /** The header that carries the idempotency key unless a service says otherwise: draft-ietf-httpapi-idempotency-key-header. */
    public static final String IDEMPOTENCY_KEY_HEADER = "Idempotency-Key";

    private final Builder b;

    private Service(Builder b) {
        this.b = b;
    }

    /**
     * A builder for the service that answers to a host name: requests to {@code http://name/…} go to it.
     *
     * @param name an RFC 1123 host name without port; compared without case
     */
    public static Builder named(String name) {
        return new Builder(checkedName(name, "service name"));
    }

    private static String checkedName(String name, String setting) {
        String lower = Require.notBlank(name, setting).toLowerCase(Locale.ROOT);
        String allowed =
                "a host name: letters, digits and '-' in labels joined by '.', the last beginning with a letter";
        if (lower.length() > 253
                || !lower.matches("([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?")) {
            throw Require.bad(setting, "\"" + name + "\"", allowed);
        }
        return lower;
    }

    /** The host name, lower case. */
    public String name() {
        return b.name;
    }

    /** Where the targets come from. */
    public Discovery discovery() {
        return Objects.requireNonNull(b.discovery);
    }

    /**
     * This service with everything that was chosen by name made.
     *
     * @throws IllegalArgumentException for an unknown name or a bad setting
     */
    public Service resolve(Providers providers, Environment env) {
        if (b.byName.isEmpty()) {
            return this;
        }
        Builder made = new Builder(b);
        made.byName.clear();
        b.byName.forEach(choice -> choice.make(made, providers, env));
        return new Service(made);
    }

    /** A builder that begins with this service's settings. */
    public Builder toBuilder() {
        return new Builder(b);
    }

    /** The strategy, or null. */
    public @Nullable Balancer balancer() {
        return b.balancer;
    }

    /** The limiter, or null for none. */
    public @Nullable RateLimiter rateLimiter() {
        return b.rateLimiter;
    }

    /** The admission, or null for none. */
    public @Nullable Admission admission() {
        return b.admission;
    }

    /** How many attempts may be in flight at each endpoint, or null. */
    public @Nullable ConcurrencyLimit endpointLimit() {
        return b.endpointLimit;
    }

    /** Longest wait for permits, an admission, a place at an endpoint or a first set of targets, in nanoseconds, or 0 where unset. */
    public long maxWaitNanos() {
        return b.maxWaitNanos;
    }

    /** The signers in the order in which they sign, unmodifiable. */
    public List<AsyncRequestSigner> signers() {
        return List.copyOf(b.signers);
    }

    /** The ejection, or null. */
    public @Nullable Ejection ejection() {
        return b.ejection;
    }

    /** What answers mean. */
    public OutcomeClassifier classifier() {
        return b.classifier;
    }

    /** The retry policy, or null. */
    public @Nullable RetryPolicy retryPolicy() {
        return b.retryPolicy;
    }

    /** The retry budget, or null. */
    public @Nullable RetryBudget retryBudget() {
        return b.retryBudget;
    }

    /** How the partner is asked what became of a payment in doubt, or null for not at all. */
    public @Nullable Inquiry inquiry() {
        return b.inquiry;
    }

    /** What answers in the partner's place, or null for nothing. */
    public @Nullable Fallback fallback() {
        return b.fallback;
    }

    /** How the endpoints are probed, or null for not at all. */
    public @Nullable HealthCheck healthCheck() {
        return b.healthCheck;
    }

    /** Whether calls fail while the probes of most endpoints fail, rather than go to sick ones. */
    public boolean failClosed() {
        return b.failClosed;
    }

    /** The response header by which a server announces that it drains, or null. */
    public @Nullable String drainHeader() {
        return b.drainHeader;
    }

    /** When a slow call is sent a second time, or null for never. */
    public @Nullable Hedging hedging() {
        return b.hedging;
    }

    /** The listeners in the order in which they are told, unmodifiable. */
    public List<Listener> listeners() {
        return List.copyOf(b.listeners);
    }

    /** Longest time from sending an attempt to its headers, in nanoseconds, or 0 for none. */
    public long attemptTimeoutNanos() {
        return b.attemptTimeoutNanos;
    }

    /** Whether the deadline of a call ends with the headers. */
    public boolean endlessBodies() {
        return b.endlessBodies;
    }

    /** How long a body may stand still before it is given up, in nanoseconds, or 0 where unset. */
    public long abandonAfterNanos() {
        return b.abandonAfterNanos;
    }

    /** Name of the header that carries the idempotency key. */
    public String idempotencyKeyHeader() {
        return b.idempotencyKeyHeader;
    }

    /** Who makes idempotency keys. */
    public IdempotencyKeys idempotencyKeys() {
        return b.idempotencyKeys;
    }

    /** Name of the header that tells the server the number of the attempt, or null for none. */
    public @Nullable String attemptHeader() {
        return b.attemptHeader;
    }

    /** Extracts the key of strategies that route by key, or null for none. */
    public @Nullable Function<HttpRequest, @Nullable String> affinityKey() {
        return b.affinityKey;
    }

    /** Says what an attempt costs at the limiter, or null for 1. */
    public @Nullable ToIntFunction<HttpRequest> permits() {
        return b.permits;
    }

    /** How many redirects are followed within the service; 0 for none. */
    public int maxRedirects() {
        return b.maxRedirects;
    }

    /** The name that the servers' certificates bear, or null for the host of each target. */
    public @Nullable String tlsName() {
        return b.tlsName;
    }

    /** TLS keys and trust of this service, or null for the client's. */
    public @Nullable TlsSource tls() {
        return b.tls;
    }

    /** TLS parameters of this service, or null for the client's. */
    public @Nullable SSLParameters sslParameters() {
        return b.sslParameters;
    }

    @Override
    public String toString() {
        return "Service[" + b.name + "]";
    }

    /** Who makes the idempotency keys of requests whose method is not idempotent by itself. */
    public enum IdempotencyKeys {
        /** The caller, if it likes: a key that is there is honoured, a missing one is not made. */
        ACCEPTED,
        /** The client makes one per call where the caller gave none. */
        GENERATED,
        /** The caller must: a request without a key is refused, unsent. */
        REQUIRED
    }

    /** Something chosen by name, made when the client is built. */
    private interface Choice {
        void make(Builder builder, Providers providers, Environment env);
    }

    /** Makes a service. Setting something twice keeps the later; {@code signer}, {@code asyncSigner} and {@code listener} add. */
    public static final class Builder {

        private final String name;
        private final List<Choice> byName;
        private final List<AsyncRequestSigner> signers;
        private final List<Listener> listeners;
        private @Nullable Discovery discovery;
        private @Nullable Balancer balancer;
        private @Nullable RateLimiter rateLimiter;
        private @Nullable Admission admission;
        private @Nullable ConcurrencyLimit endpointLimit;
        private long maxWaitNanos;
        private @Nullable Ejection ejection;
        private OutcomeClassifier classifier = OutcomeClassifier.standard();
        private @Nullable RetryPolicy retryPolicy;
        private @Nullable RetryBudget retryBudget;
        private @Nullable Hedging hedging;
        private @Nullable Inquiry inquiry;
        private @Nullable Fallback fallback;
        private @Nullable HealthCheck healthCheck;
        private boolean failClosed;
        private @Nullable String drainHeader;
        private long attemptTimeoutNanos;
        private boolean endlessBodies;
        private long abandonAfterNanos;
        private String idempotencyKeyHeader = IDEMPOTENCY_KEY_HEADER;
        private IdempotencyKeys idempotencyKeys = IdempotencyKeys.ACCEPTED;
        private @Nullable String attemptHeader;
        private @Nullable Function<HttpRequest, @Nullable String> affinityKey;
        private @Nullable ToIntFunction<HttpRequest> permits;
        private int maxRedirects;
        private @Nullable String tlsName;
        private @Nullable TlsSource tls;
        private @Nullable SSLParameters sslParameters;

        private Builder(String name) {
            this.name = name;
            this.byName = new ArrayList<>();
            this.signers = new ArrayList<>();
            this.listeners = new ArrayList<>();
        }

        private Builder(Builder b) {
            name = b.name;
            byName = new ArrayList<>(b.byName);
            signers = new ArrayList<>(b.signers);
            listeners = new ArrayList<>(b.listeners);
            discovery = b.discovery;
            balancer = b.balancer;
            rateLimiter = b.rateLimiter;
            admission = b.admission;
            maxWaitNanos = b.maxWaitNanos;
            classifier = b.classifier;
            retryPolicy = b.retryPolicy;
            retryBudget = b.retryBudget;
            hedging = b.hedging;
            inquiry = b.inquiry;
            fallback = b.fallback;
            attemptTimeoutNanos = b.attemptTimeoutNanos;
            endlessBodies = b.endlessBodies;
            abandonAfterNanos = b.abandonAfterNanos;
            idempotencyKeyHeader = b.idempotencyKeyHeader;
            idempotencyKeys = b.idempotencyKeys;
            attemptHeader = b.attemptHeader;
            affinityKey = b.affinityKey;
            permits = b.permits;
            maxRedirects = b.maxRedirects;
            takeHealth(b);
            takeTls(b);
        }

        private void takeHealth(Builder b) {
            ejection = b.ejection;
            healthCheck = b.healthCheck;
            failClosed = b.failClosed;
            drainHeader = b.drainHeader;
            endpointLimit = b.endpointLimit;
        }

        private void takeTls(Builder b) {
            tlsName = b.tlsName;
            tls = b.tls;
            sslParameters = b.sslParameters;
        }

        /** Sets the servers, which never change: URIs as in {@link Target#of(String)}. */
        public Builder targets(String... uris) {
            return targets(Arrays.stream(Require.notNull(uris, "targets of " + name))
                    .map(Target::of)
                    .toList());
        }

        /** Sets the servers, which never change; at least one, none twice. */
        public Builder targets(Collection<Target> targets) {
            if (Require.notNull(targets, "targets of " + name).isEmpty()) {
                throw Require.bad("targets of " + name, "empty", "at least one");
            }
            Set<URI> seen = new HashSet<>();
            for (Target target : targets) {
                if (!seen.add(Require.notNull(target, "target of " + name).uri())) {
                    throw Require.bad("target of " + name, target, "each server once");
                }
            }
            return discovery(Discovery.fixed(targets));
        }

        /** Sets where the servers come from. */
        public Builder discovery(Discovery discovery) {
            this.discovery = Require.notNull(discovery, "discovery of " + name);
            return this;
        }

        /** Sets the strategy. */
        public Builder balancer(Balancer balancer) {
            this.balancer = Require.notNull(balancer, "balancer of " + name);
            return this;
        }

        /** Sets the strategy by the name of a provider. */
        public Builder balancer(String provider, Settings settings) {
            return byName(Balancer.class, provider, settings, Builder::balancer);
        }

        /** Sets the limiter; each attempt costs permits, because the partner counts attempts. */
        public Builder rateLimiter(RateLimiter rateLimiter) {
            this.rateLimiter = Require.notNull(rateLimiter, "rate limiter of " + name);
            return this;
        }

        /** Sets the limiter by the name of a provider. */
        public Builder rateLimiter(String provider, Settings settings) {
            return byName(RateLimiter.class, provider, settings, Builder::rateLimiter);
        }

        /** Sets what admits each attempt after the limiter. */
        public Builder admission(Admission admission) {
            this.admission = Require.notNull(admission, "admission of " + name);
            return this;
        }

        /** Sets the admission by the name of a provider. */
        public Builder admission(String provider, Settings settings) {
            return byName(Admission.class, provider, settings, Builder::admission);
        }

        /**
         * Sets how many attempts may be in flight at each endpoint, as learnt from its answers. An endpoint at its limit is not chosen;
         * where all are, callers wait in order, at most {@link #maxWait}, and are then refused, proven unsent.
         */
        public Builder endpointLimit(ConcurrencyLimit endpointLimit) {
            this.endpointLimit = Require.notNull(endpointLimit, "endpoint limit of " + name);
            return this;
        }

        /** Sets how many attempts may be in flight at each endpoint by the name of a provider. */
        public Builder endpointLimit(String provider, Settings settings) {
            return byName(ConcurrencyLimit.class, provider, settings, Builder::endpointLimit);
        }

        /**
         * Sets the longest wait for permits, for an admission, for a place at an endpoint and for a first set of targets, each; a call with a deadline never
         * waits beyond it. Default 5 s: longer than a burst takes to smooth out, shorter than people wait.
         */
        public Builder maxWait(Duration maxWait) {
            this.maxWaitNanos = Require.positiveNanos(maxWait, "max wait of " + name);
            return this;
        }

        /** Adds a signer; it signs what earlier ones have signed. */
        public Builder signer(RequestSigner signer) {
            return asyncSigner(signer);
        }

        /** Adds a signer by the name of a provider. */
        public Builder signer(String provider, Settings settings) {
            return byName(RequestSigner.class, provider, settings, Builder::signer);
        }

        /** Adds a signer that may take its time. */
        public Builder asyncSigner(AsyncRequestSigner signer) {
            this.signers.add(Require.notNull(signer, "signer of " + name));
            return this;
        }

        /** Sets how sick servers are told from well ones by their traffic. */
        public Builder ejection(Ejection ejection) {
            this.ejection = Require.notNull(ejection, "ejection of " + name);
            return this;
        }

        /** Has the endpoints probed, over the same connections as the traffic; default not at all: traffic itself tells, and costs nobody a quota. */
        public Builder healthCheck(HealthCheck healthCheck) {
            this.healthCheck = Require.notNull(healthCheck, "health check of " + name);
            return this;
        }

        /**
         * Lets calls fail while the probes of more than half of the endpoints fail. By default the probes are not believed then, and all
         * endpoints are used: it is likelier that the probe is wrong than that everything is down, and if it is down nothing is lost.
         */
        public Builder failClosed() {
            this.failClosed = true;
            return this;
        }

        /**
         * Names the response header by which a server says that it is on its way out. An answer that has it drains the endpoint: no new
         * attempts while others are left, for as many seconds as the header's value says (60 if it is no number from 1 to 86400), and then
         * one attempt at a time tries it. The value {@code false} or {@code 0} says nothing. Default none: there is no common name.
         */
        public Builder drainHeader(String header) {
            this.drainHeader = checkedHeader(header, "drain header of " + name);
            return this;
        }

        /** Sets the ejection by the name of a provider. */
        public Builder ejection(String provider, Settings settings) {
            return byName(Ejection.class, provider, settings, Builder::ejection);
        }

        /** Sets what answers mean where this partner differs from the table. */
        public Builder classifier(OutcomeClassifier classifier) {
            this.classifier = Require.notNull(classifier, "classifier of " + name);
            return this;
        }

        /** Sets whether and when another attempt follows. */
        public Builder retryPolicy(RetryPolicy retryPolicy) {
            this.retryPolicy = Require.notNull(retryPolicy, "retry policy of " + name);
            return this;
        }

        /** Sets how many attempts the service as a whole may add. */
        public Builder retryBudget(RetryBudget retryBudget) {
            this.retryBudget = Require.notNull(retryBudget, "retry budget of " + name);
            return this;
        }

        /**
         * Sends a call that is slower than nearly all others a second time, to another endpoint, where that is safe; the first good
         * answer wins. Default never: a partner's quota may count it. {@code send} then takes a change of thread, as
         * {@code sendAsync} does.
         */
        public Builder hedging(Hedging hedging) {
            this.hedging = Require.notNull(hedging, "hedging of " + name);
            return this;
        }

        /**
         * Has the partner asked what became of a payment before it is repeated: for partners that do not honour idempotency keys. With it a
         * key protects no repetition by itself. Leave time for it: without {@link #attemptTimeout} a silent server uses up the deadline.
         */
        public Builder inquiry(Inquiry inquiry) {
            this.inquiry = Require.notNull(inquiry, "inquiry of " + name);
            return this;
        }

        /** Sets what answers in the partner's place after a call that has failed with nothing done; default nothing. */
        public Builder fallback(Fallback fallback) {
            this.fallback = Require.notNull(fallback, "fallback of " + name);
            return this;
        }

        /** Adds a listener. */
        public Builder listener(Listener listener) {
            this.listeners.add(Require.notNull(listener, "listener of " + name));
            return this;
        }

        /**
         * Sets the longest time from sending an attempt to its headers, so that one black hole does not eat the whole deadline.
         * Default none: a payment cut short is a payment in doubt.
         */
        public Builder attemptTimeout(Duration attemptTimeout) {
            this.attemptTimeoutNanos = Require.positiveNanos(attemptTimeout, "attempt timeout of " + name);
            return this;
        }

        /** Lets the deadline of a call end with the headers, for streams that are meant to go on. */
        public Builder endlessBodies() {
            this.endlessBodies = true;
            return this;
        }

        /** Sets how long a body without deadline may stand still, unread or unsent, before it is given up. Default 60 s. */
        public Builder abandonBodiesAfter(Duration stillFor) {
            this.abandonAfterNanos = Require.positiveNanos(stillFor, "abandon bodies after, of " + name);
            return this;
        }

        /** Sets the header that carries the idempotency key; default {@link #IDEMPOTENCY_KEY_HEADER}. */
        public Builder idempotencyKeyHeader(String header) {
            this.idempotencyKeyHeader = checkedHeader(header, "idempotency key header of " + name);
            return this;
        }

        /** Lets the client make an idempotency key for each POST or PATCH that has none, the same on every attempt. */
        public Builder generateIdempotencyKeys() {
            this.idempotencyKeys = IdempotencyKeys.GENERATED;
            return this;
        }

        /**
         * Refuses each POST or PATCH that has no idempotency key: for applications that retry by themselves, whose second call
         * must bear the key of the first.
         */
        public Builder requireCallerKey() {
            this.idempotencyKeys = IdempotencyKeys.REQUIRED;
            return this;
        }

        /** Sends the attempt's number in this header, with {@code ;budgeted} where it came out of the retry budget. */
        public Builder attemptHeader(String header) {
            this.attemptHeader = checkedHeader(header, "attempt header of " + name);
            return this;
        }

        /** Sets where the key of strategies that route by key comes from, for requests without {@link CallOptions}. */
        public Builder affinityKey(Function<HttpRequest, @Nullable String> extractor) {
            this.affinityKey = Require.notNull(extractor, "affinity key of " + name);
            return this;
        }

        /** Sets what an attempt costs at the limiter, 1 or more, for requests without {@link CallOptions}. */
        public Builder permits(ToIntFunction<HttpRequest> cost) {
            this.permits = Require.notNull(cost, "permits of " + name);
            return this;
        }

        /**
         * Follows up to so many redirects per call, as long as they stay within this service: each hop is balanced and signed
         * anew. A redirect to another host is returned to the caller. Default 0: redirects are returned.
         */
        public Builder followRedirects(int most) {
            this.maxRedirects = Require.between(most, 0, 20, "redirects of " + name);
            return this;
        }

        /**
         * Sets the name that the servers' certificates must bear, and that they are asked for (SNI), whatever the host of the
         * target is: for targets by IP address. Not for {@code BalancedClient.wrap}, whose TLS is the wrapped client's own.
         */
        public Builder tlsName(String tlsName) {
            this.tlsName = checkedName(tlsName, "TLS name of " + name);
            return this;
        }

        /** Sets the keys and trust of this service, for mutual TLS; not for {@code BalancedClient.wrap}. */
        public Builder sslContext(SSLContext sslContext) {
            return tls(TlsSource.of(Require.notNull(sslContext, "SSL context of " + name)));
        }

        /** Sets where the keys and trust of this service come from, if they are exchanged while in use; not for {@code BalancedClient.wrap}. */
        public Builder tls(TlsSource tls) {
            this.tls = Require.notNull(tls, "TLS of " + name);
            return this;
        }

        /** Sets the TLS parameters of this service; not for {@code BalancedClient.wrap}. Start from the context's own defaults. */
        public Builder sslParameters(SSLParameters sslParameters) {
            this.sslParameters = Require.notNull(sslParameters, "SSL parameters of " + name);
            return this;
        }

        /**
         * The service.
         *
         * @throws IllegalArgumentException if it has neither targets nor a discovery
         */
        public Service build() {
            if (discovery == null) {
                throw new IllegalArgumentException(
                        "service " + name + " has no targets: set targets(…) or discovery(…)");
            }
            Builder copy = new Builder(this);
            return new Service(copy);
        }

        private <T> Builder byName(
                Class<T> type, String provider, Settings settings, java.util.function.BiConsumer<Builder, T> set) {
            Require.notBlank(provider, type.getSimpleName() + " name of " + name);
            Require.notNull(settings, "settings of " + provider);
            byName.add((b, providers, env) -> set.accept(b, providers.create(type, provider, settings, env)));
            return this;
        }

        private static String checkedHeader(String header, String setting) {
            if (!Require.notBlank(header, setting).matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+")) {
                throw Require.bad(setting, "\"" + header + "\"", "a header name (RFC 9110, section 5.1)");
            }
            return header;
        }
    }
}
