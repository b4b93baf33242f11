package io.fairlead.crypto;

import io.fairlead.Environment;
import io.fairlead.Require;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.SignatureException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The platform certificates of WeChat Pay APIv3, fetched when asked and then every twelve hours, and the verifier that goes by them.
 *
 * <p>A list is believed if it was encrypted under the APIv3 key and its reply is signed, now, by one of the certificates in it. One that is not
 * changes nothing. A certificate that has left the list counts until it expires, as what it signed may still be under way. A serial that is not
 * known has the list fetched anew, at most once a minute; the message itself is refused. Thread-safe; starts no thread.
 */
public final class WeChatPayCertificates implements AutoCloseable {

    /** WeChat Pay asks for less than twelve hours; a new certificate is in the list for a day before it signs. */
    private static final Duration INTERVAL = Duration.ofHours(11);

    /** Whoever sends unknown serials must not have us flood the platform; and a failure is not repeated sooner. */
    private static final Duration LEAST_INTERVAL = Duration.ofMinutes(1);

    /** Longer than any round trip, short enough to be fetched again in time. */
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final HttpClient client;
    private final HttpRequest request;
    private final WeChatPayResource resource;
    private final Environment env;
    private final ScheduledFuture<?> timer;
    private final Object lock = new Object();
    private volatile Known known = new Known(Map.of(), null);
    private @Nullable CompletableFuture<Void> fetching;
    private long lastNanos;
    private boolean asked;
    private boolean closed;

    /** @param proof null as long as there is no certificate */
    private record Known(Map<String, X509Certificate> certificates, WeChatPay.@Nullable Replies proof) {}

    WeChatPayCertificates(HttpClient client, URI uri, WeChatPayResource resource, Environment env) {
        this.client = Require.notNull(client, "client");
        Endpoints.client(client); // its requests are signed
        this.request = HttpRequest.newBuilder(Require.notNull(uri, "URI of the certificates"))
                .header("Accept", "application/json")
                .timeout(TIMEOUT)
                .build();
        this.resource = resource;
        this.env = Require.notNull(env, "environment");
        this.timer = env.scheduler()
                .scheduleWithFixedDelay(
                        () -> refresh().exceptionally(failed -> null), // those that are known go on to count
                        INTERVAL.toNanos(),
                        INTERVAL.toNanos(),
                        TimeUnit.NANOSECONDS);
    }

    /**
     * Fetches the list now, or joins the fetch that is under way. The stage fails with an {@link IOException} or {@link
     * GeneralSecurityException} if the list cannot be had or is not believed; what was known before goes on to count.
     */
    public CompletableFuture<Void> refresh() {
        synchronized (lock) {
            if (closed) {
                return CompletableFuture.failedFuture(new IOException("the certificates are closed"));
            }
            if (fetching == null || fetching.isDone()) {
                asked = true;
                lastNanos = env.nanoTime();
                fetching = fetch();
            }
            return fetching.copy(); // so that nobody can complete it for others
        }
    }

    /* A client that is closed may throw, which would end the timer. */
    private CompletableFuture<Void> fetch() {
        try {
            CompletableFuture<HttpResponse<byte[]>> reply =
                    client.sendAsync(request, VerifiedBody.handler(BodyHandlers.ofByteArray(), (info, body) -> {}));
            ScheduledFuture<?> late =
                    env.scheduler().schedule(() -> giveUp(reply), TIMEOUT.toNanos(), TimeUnit.NANOSECONDS);
            return reply.whenComplete((done, failed) -> late.cancel(false)).thenAccept(this::take);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(new IOException("the certificates could not be asked for", e));
        }
    }

    /* The JDK's own timeout ends with the headers. Whoever waits for the list runs on the executor. */
    private void giveUp(CompletableFuture<HttpResponse<byte[]>> reply) {
        try {
            env.executor().execute(() -> reply.cancel(true));
        } catch (RejectedExecutionException e) {
            reply.cancel(true);
        }
    }

    private void take(HttpResponse<byte[]> reply) {
        try {
            if (reply.statusCode() != 200) {
                throw new IOException("the certificates were answered with status " + reply.statusCode());
            }
            Map<String, X509Certificate> fetched = resource.certificates(reply.body(), env);
            Verifier.of(replies(fetched))
                    .environment(env)
                    .verify(reply.headers().map(), reply.body());
            synchronized (lock) {
                Map<String, X509Certificate> all = new HashMap<>(known.certificates);
                all.putAll(fetched);
                all.values().removeIf(this::isExpired);
                known = new Known(Map.copyOf(all), replies(all));
            }
        } catch (IOException | GeneralSecurityException e) {
            throw new CompletionException(e);
        }
    }

    private static WeChatPay.Replies replies(Map<String, X509Certificate> certificates) {
        Map<String, PublicKey> keys = new HashMap<>();
        certificates.forEach((serial, certificate) -> keys.put(serial, certificate.getPublicKey()));
        return new WeChatPay.Replies(keys);
    }

    private boolean isExpired(X509Certificate certificate) {
        return env.now().isAfter(certificate.getNotAfter().toInstant());
    }

    /** Checks replies and notifications by the certificates that are known at that moment. */
    public Verifier verifier() {
        return Verifier.of(new Following()).environment(env);
    }

    /** The serials that are known, and the key to encrypt fields under for each; empty before the first {@link #refresh}. */
    public Map<String, PublicKey> keys() {
        Map<String, PublicKey> keys = new HashMap<>();
        known.certificates.forEach((serial, certificate) -> {
            if (!isExpired(certificate)) {
                keys.put(serial, certificate.getPublicKey());
            }
        });
        return Map.copyOf(keys);
    }

    private void askForUnknown() {
        synchronized (lock) {
            if (closed || (asked && env.nanoTime() - lastNanos < LEAST_INTERVAL.toNanos())) {
                return;
            }
        }
        refresh().exceptionally(failed -> null); // the next unknown serial asks again
    }

    /** Ends the fetching; the certificates that are known still count. */
    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
        }
        timer.cancel(false);
    }

    @Override
    public String toString() {
        return "WeChatPayCertificates" + known.certificates.keySet();
    }

    private final class Following implements Proof {

        @Override
        public Claim check(Headers headers, byte[] body) throws SignatureException {
            Known now = known;
            X509Certificate certificate = now.certificates.get(headers.one("Wechatpay-Serial"));
            if (certificate == null || now.proof == null || isExpired(certificate)) {
                askForUnknown();
                throw new SignatureException("wrong signature or unknown key");
            }
            return now.proof.check(headers, body);
        }

        @Override
        public String toString() {
            return "WeChat Pay " + known.certificates.keySet();
        }
    }
}
