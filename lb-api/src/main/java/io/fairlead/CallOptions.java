package io.fairlead;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a caller asks for one request, beyond what HTTP says: it rides on the request, so that it passes through any code
 * that hands an {@link HttpRequest} on.
 *
 * <pre>{@code
 * client.send(CallOptions.none().withIdempotencyKey("order-17").withPermits(5).on(request), BodyHandlers.ofString());
 * }</pre>
 *
 * <p>Immutable.
 */
public final class CallOptions {

    /** Carries the idempotency key over copies of the request; taken off before it is sent. */
    public static final String KEY_HEADER = "Fairlead-Idempotency-Key";

    private static final CallOptions NONE = new CallOptions(null, null, 0, 0, Map.of());

    private final @Nullable String affinityKey;
    private final @Nullable String idempotencyKey;
    private final int permits;
    private final int priority;
    private final Map<String, Object> attributes;

    private CallOptions(
            @Nullable String affinityKey,
            @Nullable String idempotencyKey,
            int permits,
            int priority,
            Map<String, Object> attributes) {
        this.affinityKey = affinityKey;
        this.idempotencyKey = idempotencyKey;
        this.permits = permits;
        this.priority = priority;
        this.attributes = attributes;
    }

    /** Nothing special. */
    public static CallOptions none() {
        return NONE;
    }

    /**
     * The options that ride on a request; {@link #none()} for a plain one. Of a copy that other code has made of such a request only the
     * idempotency key is left, which no copy may lose: it also rides in the header {@value #KEY_HEADER}, which is not sent.
     */
    public static CallOptions of(HttpRequest request) {
        if (request instanceof WithOptions with) {
            return with.options;
        }
        String key = request.headers().firstValue(KEY_HEADER).orElse("");
        return key.isEmpty() ? NONE : NONE.withIdempotencyKey(key);
    }

    /** With the key for strategies that route by key: the merchant, the card's token. */
    public CallOptions withAffinityKey(String key) {
        Require.notBlank(key, "affinity key");
        return new CallOptions(key, idempotencyKey, permits, priority, attributes);
    }

    /** With the idempotency key to send; it takes the place of a header of the request. */
    public CallOptions withIdempotencyKey(String key) {
        checkedKey(key, "idempotency key");
        return new CallOptions(affinityKey, key, permits, priority, attributes);
    }

    /**
     * The key itself.
     *
     * @throws IllegalArgumentException if it cannot be sent as it is: blank, longer than 255 characters, or with others than visible ASCII and
     *     blanks within; such characters are lost on the wire, and two keys would become one
     */
    public static String checkedKey(String key, String setting) {
        Require.notBlank(key, setting);
        boolean sendable =
                key.length() <= 255 && key.equals(key.strip()) && key.chars().allMatch(c -> c >= 0x20 && c < 0x7f);
        if (!sendable) {
            throw new IllegalArgumentException(setting + " of " + key.length()
                    + " characters cannot be sent: allowed are 1 to 255 of visible ASCII, with blanks within only");
        }
        return key;
    }

    /** With what each attempt costs at the limiter, 1 or more. */
    public CallOptions withPermits(int permits) {
        Require.between(permits, 1, Integer.MAX_VALUE, "permits");
        return new CallOptions(affinityKey, idempotencyKey, permits, priority, attributes);
    }

    /** With a priority for limits that queue; 0 unless set, higher goes first. */
    public CallOptions withPriority(int priority) {
        return new CallOptions(affinityKey, idempotencyKey, permits, priority, attributes);
    }

    /** With an attribute for the user's own strategies, admissions and listeners. */
    public CallOptions withAttribute(String name, Object value) {
        Map<String, Object> more = new HashMap<>(attributes);
        more.put(Require.notBlank(name, "attribute name"), Require.notNull(value, "attribute " + name));
        return new CallOptions(affinityKey, idempotencyKey, permits, priority, Map.copyOf(more));
    }

    /** The request with these options on it, in place of options it had. */
    public HttpRequest on(HttpRequest request) {
        Require.notNull(request, "request");
        return new WithOptions(request instanceof WithOptions with ? with.request : request, this);
    }

    /** Key for strategies that route by key, or null. */
    public @Nullable String affinityKey() {
        return affinityKey;
    }

    /** Idempotency key, or null. */
    public @Nullable String idempotencyKey() {
        return idempotencyKey;
    }

    /** What each attempt costs at the limiter, or 0 for what the service says. */
    public int permits() {
        return permits;
    }

    /** Priority; higher goes first. */
    public int priority() {
        return priority;
    }

    /** The caller's attributes, never null, unmodifiable. */
    public Map<String, Object> attributes() {
        return attributes;
    }

    /** The options of a request, and otherwise the request itself. */
    private static final class WithOptions extends HttpRequest {

        final HttpRequest request;
        final CallOptions options;
        final HttpHeaders headers;

        WithOptions(HttpRequest request, CallOptions options) {
            this.request = request;
            this.options = options;
            this.headers = withKey(request.headers(), options.idempotencyKey);
        }

        private static HttpHeaders withKey(HttpHeaders headers, @Nullable String key) {
            if (key == null) {
                return headers;
            }
            Map<String, List<String>> all = new HashMap<>(headers.map());
            all.put(KEY_HEADER, List.of(key));
            return HttpHeaders.of(all, (name, value) -> true);
        }

        @Override
        public Optional<BodyPublisher> bodyPublisher() {
            return request.bodyPublisher();
        }

        @Override
        public String method() {
            return request.method();
        }

        @Override
        public Optional<Duration> timeout() {
            return request.timeout();
        }

        @Override
        public boolean expectContinue() {
            return request.expectContinue();
        }

        @Override
        public URI uri() {
            return request.uri();
        }

        @Override
        public Optional<HttpClient.Version> version() {
            return request.version();
        }

        @Override
        public HttpHeaders headers() {
            return headers;
        }

        @Override
        public String toString() {
            return request.toString();
        }
    }
}
