package io.fairlead.crypto;

import io.fairlead.Environment;
import io.fairlead.Require;
import io.fairlead.Settings;
import java.net.http.HttpClient;
import java.time.Duration;

/** A {@link TokenSigner} from named settings, with an HTTP client of its own: to have its calls balanced, make it in code. */
final class TokenSettings {

    private static final String[] NAMES = {
        "issuer",
        "token-endpoint",
        "client-id",
        "client-secret",
        "secret-in",
        "private-key-file",
        "private-key-password",
        "key-id",
        "algorithm",
        "scope",
        "audience",
        "resource",
        "dpop",
        "rejected-unprocessed",
        "plain-http",
        "fetch-timeout"
    };

    /** A connection takes milliseconds, and a lost SYN is repeated after a second. */
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

    private TokenSettings() {}

    static TokenSigner signer(Settings settings, Environment env) {
        settings.known(NAMES);
        TokenSigner signer = authenticated(settings, begun(settings));
        String scope = settings.text("scope");
        String audience = settings.text("audience");
        String resource = settings.text("resource");
        signer = scope == null ? signer : signer.scope(scope.trim().split("\\s+"));
        signer = audience == null ? signer : signer.audience(audience);
        signer = resource == null ? signer : signer.resource(resource);
        signer = settings.flag("dpop", false) ? signer.dpop() : signer;
        signer = settings.flag("rejected-unprocessed", false) ? signer.rejectedUnprocessed() : signer;
        signer = settings.flag("plain-http", false) ? signer.plainHttp() : signer;
        return signer.fetchTimeout(settings.duration("fetch-timeout", TokenOptions.TIMEOUT))
                .environment(env);
    }

    private static TokenSigner begun(Settings settings) {
        if ((settings.text("issuer") == null) == (settings.text("token-endpoint") == null)) {
            throw new IllegalArgumentException(
                    "settings issuer and token-endpoint: one of them is required, and not both");
        }
        HttpClient client =
                HttpClient.newBuilder().connectTimeout(CONNECT_TIMEOUT).build();
        String id = settings.required("client-id");
        return settings.text("issuer") == null
                ? Tokens.clientCredentialsAt(settings.required("token-endpoint"), id, client)
                : Tokens.clientCredentials(settings.required("issuer"), id, client);
    }

    private static TokenSigner authenticated(Settings settings, TokenSigner signer) {
        String secret = settings.text("client-secret");
        if ((secret == null) == (settings.text("private-key-file") == null)) {
            throw new IllegalArgumentException(
                    "settings client-secret and private-key-file: one of them is required, and not both");
        }
        if (secret == null) {
            return signer.privateKeyJwt(
                    settings.required("key-id"), settings.required("algorithm"), SignerFactory.key(settings));
        }
        return choice(settings, "secret-in", "header", "body").equals("body")
                ? signer.secretInBody(secret)
                : signer.secret(secret);
    }

    /* The first where it is not set. */
    private static String choice(Settings settings, String name, String usual, String other) {
        String value = settings.text(name);
        if (value != null && !value.equals(usual) && !value.equals(other)) {
            throw Require.bad("setting " + name, "\"" + value + "\"", usual + " or " + other);
        }
        return value == null ? usual : value;
    }
}
