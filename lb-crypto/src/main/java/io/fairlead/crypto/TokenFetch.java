package io.fairlead.crypto;

import io.fairlead.Environment;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Gets a token by client credentials (RFC 6749, section 4.4). Thread-safe; shows no secret. */
final class TokenFetch implements Fetched.Source<AccessToken> {

    /** Where the token is to be had, and what it has to be. */
    private record Place(URI endpoint, String audience, AccessToken.@Nullable Confirmation bound) {}

    private final TokenOptions options;
    private final ClientAuth auth;
    private final @Nullable DpopProofs proofs;
    private final @Nullable Discovery discovery;
    private final ServerClock clock;
    private final Environment env;

    TokenFetch(TokenOptions options, ServerClock clock, @Nullable DpopProofs proofs) {
        this.options = options;
        this.auth = options.auth.apply(options.env);
        this.proofs = proofs;
        this.clock = clock;
        this.env = options.env;
        this.discovery = options.issuer == null
                ? null
                : new Discovery(options.issuer, options.plainHttp, options.client, options.timeout, env);
    }

    @Override
    public CompletionStage<Lease<AccessToken>> fetch(long from, Wire wire) {
        return place().thenCompose(place -> ask(place, wire, true));
    }

    private CompletableFuture<Place> place() {
        if (discovery == null) {
            URI endpoint = Endpoints.secure(options.server(), options.plainHttp, "token endpoint");
            return CompletableFuture.completedFuture(new Place(endpoint, options.server(), bound(false)));
        }
        return discovery.get().thenApply(found -> {
            try {
                URI own = options.certificate == null ? null : found.tokenEndpointForCertificates();
                URI endpoint = Discovery.Metadata.required(own != null ? own : found.tokenEndpoint(), "token_endpoint");
                return new Place(endpoint, found.issuer(), bound(found.boundTokens()));
            } catch (FetchFailure e) {
                throw new CompletionException(e);
            }
        });
    }

    private AccessToken.@Nullable Confirmation bound(boolean promised) {
        if (proofs != null) {
            return new AccessToken.Confirmation("jkt", proofs.thumbprint(), false);
        }
        return options.certificate == null
                ? null
                : new AccessToken.Confirmation("x5t#S256", options.certificate, promised);
    }

    /* A refused answer may teach what makes the next one pass: the nonce that proofs need, or that our clock is off. Once. */
    private CompletionStage<Lease<AccessToken>> ask(Place place, Wire wire, boolean first) {
        long from = env.nanoTime();
        return ServerAnswer.to(wire, options.client, request(place)).thenCompose(answer -> {
            boolean nonce = proofs != null && proofs.learnForToken(place.endpoint(), answer.headers());
            boolean late = (auth.isDated() || proofs != null) && clock.learn(answer);
            boolean refused = answer.status() == 400 || answer.status() == 401;
            if (first && refused && (late || (nonce && answer.errorCode().equals("use_dpop_nonce")))) {
                return ask(place, wire, false);
            }
            return CompletableFuture.completedFuture(read(answer, place, from));
        });
    }

    private Lease<AccessToken> read(ServerAnswer answer, Place place, long from) {
        try {
            if (answer.status() != 200) {
                throw answer.failure("the token of client " + options);
            }
            Map<String, Object> json = answer.json("the answer of the token endpoint " + place.endpoint());
            return AccessToken.read(json, proofs == null ? "Bearer" : "DPoP", place.bound(), from, env);
        } catch (IOException e) {
            throw new CompletionException(e);
        }
    }

    private HttpRequest request(Place place) {
        Map<String, String> form = new LinkedHashMap<>();
        HttpRequest.Builder request = HttpRequest.newBuilder(place.endpoint())
                .timeout(options.timeout)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .header("Accept", "application/json");
        auth.prove(form, request, place.audience(), clock);
        if (proofs != null) {
            request.header(DpopProofs.HEADER, proofs.proofForToken(place.endpoint()));
        }
        List<String> pairs = new ArrayList<>();
        pairs.add("grant_type=client_credentials");
        form.forEach((name, value) -> pairs.add(pair(name, value)));
        options.parameters.forEach(parameter -> pairs.add(pair(parameter.getKey(), parameter.getValue())));
        return request.POST(BodyPublishers.ofString(String.join("&", pairs))).build();
    }

    private static String pair(String name, String value) {
        return ClientAuth.encoded(name) + '=' + ClientAuth.encoded(value);
    }

    @Override
    public String toString() {
        return "TokenFetch[" + options + ", " + auth + "]";
    }
}
