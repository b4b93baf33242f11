package io.fairlead.crypto;

import io.fairlead.Environment;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * What an issuer publishes about itself: OpenID Connect Discovery 1.0, and RFC 8414 where that is not there. Thread-safe.
 */
final class Discovery {

    /** An endpoint that moves is announced long before; asking hourly costs nothing. */
    private static final long LIFE_NANOS = Duration.ofHours(1).toNanos();

    /** As long as the document is not to be had, the last one is right. */
    private static final long USABLE_NANOS = Duration.ofDays(30).toNanos();

    /**
     * Of the document what is used here.
     *
     * @param boundTokens whether it promises tokens that are bound to the client's certificate (RFC 8705, section 3.3)
     */
    record Metadata(
            String issuer,
            @Nullable URI tokenEndpoint,
            @Nullable URI tokenEndpointForCertificates,
            @Nullable URI keys,
            boolean boundTokens) {

        /** The endpoint, which the document must name. */
        static URI required(@Nullable URI uri, String member) throws FetchFailure {
            if (uri == null) {
                throw new FetchFailure("the discovery document has no " + member);
            }
            return uri;
        }
    }

    private final String issuer;
    private final boolean plainHttp;
    private final HttpClient client;
    private final Duration timeout;
    private final Fetched<Metadata> metadata;

    Discovery(String issuer, boolean plainHttp, HttpClient client, Duration timeout, Environment env) {
        this.issuer = issuer;
        this.plainHttp = plainHttp;
        this.client = client;
        this.timeout = timeout;
        this.metadata = new Fetched<>(
                "the discovery document of " + issuer,
                timeout.toNanos(),
                env,
                (from, wire) -> openId(wire).thenApply(found -> Lease.of(found, from, LIFE_NANOS, USABLE_NANOS, env)));
    }

    CompletableFuture<Metadata> get() {
        return metadata.get();
    }

    /* OpenID's path is appended, RFC 8414's is put between host and path: section 3. */
    private CompletableFuture<Metadata> openId(Wire wire) {
        Endpoints.secure(issuer, plainHttp, "issuer");
        String base = issuer.endsWith("/") ? issuer.substring(0, issuer.length() - 1) : issuer;
        return answer(wire, base + "/.well-known/openid-configuration").thenCompose(answer -> {
            if (answer.status() == 200 || answer.status() >= 500 || answer.status() == 429) {
                return CompletableFuture.completedFuture(read(answer));
            }
            URI uri = URI.create(base);
            String origin = uri.getScheme() + "://" + uri.getRawAuthority();
            return answer(wire, origin + "/.well-known/oauth-authorization-server" + uri.getRawPath())
                    .thenApply(this::read);
        });
    }

    private CompletableFuture<ServerAnswer> answer(Wire wire, String uri) {
        return ServerAnswer.to(
                wire,
                client,
                HttpRequest.newBuilder(URI.create(uri))
                        .header("Accept", "application/json")
                        .timeout(timeout)
                        .build());
    }

    private Metadata read(ServerAnswer answer) {
        try {
            String what = "the discovery document of " + issuer;
            if (answer.status() != 200) {
                throw answer.failure(what);
            }
            Map<String, Object> json = answer.json(what);
            if (!issuer.equals(json.get("issuer"))) { // the mix-up of RFC 8414, section 6.2
                throw new FetchFailure(what + " is that of another issuer: expected is the issuer " + issuer);
            }
            Map<?, ?> aliases = json.get("mtls_endpoint_aliases") instanceof Map<?, ?> map ? map : Map.of();
            return new Metadata(
                    issuer,
                    endpoint(json, "token_endpoint"),
                    endpoint(aliases, "token_endpoint"),
                    endpoint(json, "jwks_uri"),
                    Boolean.TRUE.equals(json.get("tls_client_certificate_bound_access_tokens")));
        } catch (FetchFailure e) {
            throw new CompletionException(e);
        }
    }

    private @Nullable URI endpoint(Map<?, ?> json, String member) throws FetchFailure {
        if (!(json.get(member) instanceof String uri)) {
            return null;
        }
        try {
            return Endpoints.secure(uri, plainHttp, member);
        } catch (IllegalArgumentException e) {
            throw new FetchFailure("the discovery document of " + issuer + " has a bad " + member
                    + ": allowed is an https URI without user and fragment");
        }
    }
}
