package io.fairlead.crypto;

import io.fairlead.Environment;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What a {@link TokenSigner} is made of. Changed only while it is made; toString shows no secret. */
final class TokenOptions implements Cloneable {

    /** A token server that answers within ten seconds is slow; one that does not is down. */
    static final Duration TIMEOUT = Duration.ofSeconds(10);

    /** Null where the token endpoint is given. */
    @Nullable
    String issuer;

    /** Null where it is discovered. */
    @Nullable
    String tokenEndpoint;

    final String clientId;
    final HttpClient client;

    /** Made with the environment that is known last. */
    Function<Environment, ClientAuth> auth;

    /** Of the form, in their order. */
    List<Map.Entry<String, String>> parameters = List.of();

    /** Thumbprint of the certificate that tokens are bound to. */
    @Nullable
    String certificate;

    /** The key of DPoP. */
    @Nullable
    JoseKey proofKey;

    /** Scheme and authority that proofs name; null for those of each request. */
    @Nullable
    URI outside;

    /** Shared by all that are made from this. */
    final Grant.Family family = new Grant.Family();

    boolean plainHttp;
    boolean rejectedUnprocessed;
    Duration timeout = TIMEOUT;
    Environment env = Environment.system();

    TokenOptions(String clientId, HttpClient client) {
        this.clientId = Values.line(io.fairlead.Require.notBlank(clientId, "client id"), "client id");
        this.client = Endpoints.client(client);
        this.auth = env -> ClientAuth.none(clientId);
    }

    TokenOptions with(Consumer<TokenOptions> change) {
        try {
            TokenOptions copy = (TokenOptions) clone();
            change.accept(copy);
            return copy;
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The issuer, or the token endpoint where that is not known. */
    String server() {
        String known = issuer != null ? issuer : tokenEndpoint;
        return known == null ? "" : known;
    }

    @Override
    public String toString() {
        return clientId + " at " + server();
    }
}
