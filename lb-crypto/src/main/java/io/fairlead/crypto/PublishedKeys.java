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

    /** After a fetch in vain: a stranger who invents key ids must not have us ask the issuer for each. */
    private static final long COOL_DOWN_NANOS = Duration.ofSeconds(30).toNanos();

    private final HttpClient client;
    private final Duration timeout;
    private final Environment env;
    private final Fetched<JwsKeys> keys;
    private volatile long quietUntil;

    private PublishedKeys(
            String issuer, HttpClient client, Duration timeout, Environment env, Supplier<CompletableFuture<URI>> uri) {
        this.client = client;
        this.timeout = timeout;
        this.env = env;
        this.quietUntil = env.nanoTime();
        this.keys = new Fetched<>(
                "the key set of " + issuer,
                timeout.toNanos(),
                env,
                (from, wire) -> uri.get()
                        .thenCompose(at -> ask(at, wire))
                        .thenApply(found -> Lease.of(found, from, LIFE_NANOS, USABLE_NANOS, env)));
    }

    /** Where the issuer's discovery document says. */
    static PublishedKeys of(String issuer, HttpClient client, Duration timeout, Environment env) {
        Discovery discovery = new Discovery(issuer, false, client, timeout, env);
        return new PublishedKeys(
                issuer,
                client,
                timeout,
                env,
                () -> discovery.get().thenApply(found -> {
                    try {
                        return Discovery.Metadata.required(found.keys(), "jwks_uri");
                    } catch (FetchFailure e) {
                        throw new CompletionException(e);
                    }
                }));
    }

    /** At this address. */
    static PublishedKeys at(String uri, String issuer, HttpClient client, Duration timeout, Environment env) {
        return new PublishedKeys(
                issuer,
                client,
                timeout,
                env,
                () -> CompletableFuture.completedFuture(Endpoints.secure(uri, false, "key set URI")));
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
        return keys.usable();
    }

    @Override
    public CompletableFuture<JwsKeys> get() {
        return keys.get();
    }

    /* One fetch for all who want one; the pause begins only after one in vain, so that a rotation is never in its way. */
    @Override
    public CompletableFuture<JwsKeys> newer(JwsKeys than, Predicate<JwsKeys> wanted) {
        if (env.nanoTime() - quietUntil < 0) {
            return CompletableFuture.completedFuture(than);
        }
        return keys.newer(than).handle((found, failed) -> {
            if (found == null || !wanted.test(found)) {
                quietUntil = env.nanoTime() + COOL_DOWN_NANOS;
            }
            return found == null ? than : found;
        });
    }

    @Override
    public String toString() {
        return keys.toString();
    }
}
