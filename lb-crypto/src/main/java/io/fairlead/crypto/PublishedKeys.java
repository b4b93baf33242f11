package io.fairlead.crypto;

import io.fairlead.Environment;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The keys that an issuer publishes, kept and refreshed. Thread-safe. */
final class PublishedKeys implements KeySource {

    /** How soon a key that the issuer withdrew is withdrawn here; nimbus and panva/jose have 5 to 10 minutes. */
    private static final long LIFE_NANOS = Duration.ofMinutes(10).toNanos();

    /** An issuer that is down for a day has other worries than a withdrawn key. */
    private static final long USABLE_NANOS = Duration.ofHours(24).toNanos();

    /**
     * A stranger who invents key ids must not have us ask the issuer for each: one fetch in vain in three seconds. Nor may he keep us
     * from noticing a rotation, so it is no longer: the fetch that he causes brings the new keys too.
     */
    private static final long PAUSE_NANOS = Duration.ofSeconds(3).toNanos();

    /** So many fetches in vain at once: those of a few clients that confuse two issuers delay nobody. */
    private static final int BURST = 10;

    /** @param from when it was asked for, on the nano clock */
    private record Published(JwsKeys set, long from) {}

    private final HttpClient client;
    private final Duration timeout;
    private final Environment env;
    private final Fetched<Published> keys;
    private long spentUntil; // under the lock, as is the next: each fetch in vain moves it a pause ahead
    private @Nullable Published spentOn;

    private PublishedKeys(
            String issuer, HttpClient client, Duration timeout, Environment env, Supplier<CompletableFuture<URI>> uri) {
        this.client = client;
        this.timeout = timeout;
        this.env = env;
        this.spentUntil = env.nanoTime();
        this.keys = new Fetched<>(
                "the key set of " + issuer,
                timeout.toNanos(),
                env,
                (from, wire) -> uri.get()
                        .thenCompose(at -> ask(at, wire))
                        .thenApply(found -> Lease.of(new Published(found, from), from, LIFE_NANOS, USABLE_NANOS, env)));
    }

    /** Where the issuer's discovery document says. */
    static PublishedKeys of(TokenRules rules, HttpClient client, Duration timeout) {
        Discovery discovery = new Discovery(rules.issuer(), rules.plainHttp(), client, timeout, rules.env());
        return new PublishedKeys(
                rules.issuer(),
                client,
                timeout,
                rules.env(),
                () -> discovery.get().thenApply(found -> {
                    try {
                        return Discovery.Metadata.required(found.keys(), "jwks_uri");
                    } catch (FetchFailure e) {
                        throw new CompletionException(e);
                    }
                }));
    }

    /** At this address. */
    static PublishedKeys at(String uri, TokenRules rules, HttpClient client, Duration timeout) {
        return new PublishedKeys(
                rules.issuer(),
                client,
                timeout,
                rules.env(),
                () -> CompletableFuture.completedFuture(Endpoints.secure(uri, rules.plainHttp(), "key set URI")));
    }

    private CompletableFuture<JwsKeys> ask(URI uri, Wire wire) {
        HttpRequest request = HttpRequest.newBuilder(uri)
                .header("Accept", "application/jwk-set+json, application/json")
                .timeout(timeout)
                .build();
        return ServerAnswer.to(wire, client, request).thenApply(answer -> {
            if (answer.status() != 200) {
                throw new CompletionException(answer.failure("the key set " + uri));
            }
            try {
                return JwsKeys.parse(answer.body(), false);
            } catch (IllegalArgumentException e) {
                throw new CompletionException(
                        new FetchFailure("the key set " + uri + " is refused: " + e.getMessage()));
            }
        });
    }

    @Override
    public @Nullable JwsKeys usable() {
        Published found = keys.usable();
        return found == null ? null : found.set();
    }

    @Override
    public CompletableFuture<JwsKeys> get() {
        return keys.get().thenApply(Published::set);
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // a set that is fetched again is another
    public CompletableFuture<JwsKeys> newer(JwsKeys than, Predicate<JwsKeys> wanted) {
        Published latest = keys.latest();
        if (latest != null && latest.set() != than && wanted.test(latest.set())) {
            return CompletableFuture.completedFuture(latest.set());
        }
        return after(latest, than, wanted, env.nanoTime());
    }

    /*
     * One fetch for all who want one; only those in vain are counted, so that a rotation is never in its own way. A fetch that was on its
     * way before may have missed it: of that one the answer is no, and the next is waited for.
     */
    private CompletableFuture<JwsKeys> after(
            @Nullable Published latest, JwsKeys known, Predicate<JwsKeys> wanted, long since) {
        if (isSpent()) {
            return CompletableFuture.completedFuture(known);
        }
        return keys.newer(latest)
                .handle((found, failed) -> {
                    if (found == null) {
                        return CompletableFuture.completedFuture(known); // a failed fetch has a pause of its own
                    }
                    if (wanted.test(found.set())) {
                        return CompletableFuture.completedFuture(found.set());
                    }
                    spend(found);
                    return found.from() - since < 0
                            ? after(found, known, wanted, since)
                            : CompletableFuture.completedFuture(found.set());
                })
                .thenCompose(result -> result);
    }

    private synchronized boolean isSpent() {
        return spentUntil - env.nanoTime() > (BURST - 1) * PAUSE_NANOS;
    }

    /* Once for each set, however many waited for it. */
    @SuppressWarnings("ReferenceEquality") // a set that is fetched again is another
    private synchronized void spend(Published found) {
        if (found == spentOn) {
            return;
        }
        spentOn = found;
        long now = env.nanoTime();
        spentUntil = (spentUntil - now > 0 ? spentUntil : now) + PAUSE_NANOS;
    }

    @Override
    public String toString() {
        return keys.toString();
    }
}
