package io.fairlead.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import io.fairlead.crypto.Possession;
import io.fairlead.crypto.TokenSigner;
import io.fairlead.crypto.TokenValidator;
import io.fairlead.crypto.Tokens;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.SignatureException;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tokens of oidc-provider, a certified OpenID provider that others wrote: fetched in each way it knows, and judged by its keys. */
@Timeout(300)
class OidcProviderTest {

    private static final String API = "https://api.shop.example";
    private static final HttpRequest PAY = HttpRequest.newBuilder(URI.create(API + "/pay?a=b"))
            .POST(BodyPublishers.ofString("{}"))
            .build();

    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static ECKey key;
    private static NodeIssuer issuer;

    @BeforeAll
    static void start() throws Exception {
        if (System.getenv("CI") == null) {
            assumeTrue(NodeIssuer.isPossible(), "node and npm are not installed");
        }
        NodeIssuer.install();
        key = new ECKeyGenerator(Curve.P_256).keyID("key-1").generate();
        issuer = NodeIssuer.start("[{\"client_id\":\"shop\",\"client_secret\":\"hush+/: %\"},"
                + "{\"client_id\":\"signing shop\",\"token_endpoint_auth_method\":\"private_key_jwt\",\"jwks\":"
                + new JWKSet(key).toString(true) + "},"
                + "{\"client_id\":\"proving shop\",\"client_secret\":\"hush\",\"dpop_bound_access_tokens\":true}]");
    }

    @AfterAll
    static void stop() {
        if (issuer != null) {
            issuer.close();
        }
    }

    private static TokenSigner client(String id) {
        return Tokens.clientCredentials(issuer.url(), id, CLIENT).resource(API).scope("pay");
    }

    private static TokenValidator validator() {
        return Tokens.validator(issuer.url(), API, CLIENT).type("at+jwt");
    }

    private static String token(HttpRequest signed) {
        String header = signed.headers().firstValue("Authorization").orElseThrow();
        return header.substring(header.indexOf(' ') + 1);
    }

    @Test
    void a_secret_gets_a_token_for_the_resource_and_scope() throws Exception {
        String token = token(client("shop").secret("hush+/: %").sign(PAY));
        assertThat(validator().validate(token))
                .containsEntry("iss", issuer.url())
                .containsEntry("client_id", "shop")
                .containsEntry("scope", "pay");
        assertThatThrownBy(() -> Tokens.validator(issuer.url(), "https://other.example", CLIENT)
                        .validate(token))
                .isInstanceOf(SignatureException.class);
        int middle = token.lastIndexOf('.') + 20;
        String altered =
                token.substring(0, middle) + (token.charAt(middle) == 'A' ? 'B' : 'A') + token.substring(middle + 1);
        assertThatThrownBy(() -> validator().validate(altered)).isInstanceOf(SignatureException.class);
    }

    @Test
    void a_wrong_secret_is_told_by_the_servers_code_and_not_shown() {
        assertThatThrownBy(() -> client("shop").secret("guessed").sign(PAY))
                .hasStackTraceContaining("(invalid_client)")
                .hasMessageNotContaining("guessed");
    }

    @Test
    void an_assertion_gets_a_token() throws Exception {
        TokenSigner signer = client("signing shop").privateKeyJwt("key-1", "ES256", key.toECPrivateKey());
        assertThat(validator().validate(token(signer.sign(PAY)))).containsEntry("client_id", "signing shop");
        ECKey other = new ECKeyGenerator(Curve.P_256).generate();
        TokenSigner stranger = client("signing shop").privateKeyJwt("key-1", "ES256", other.toECPrivateKey());
        assertThatThrownBy(() -> stranger.sign(PAY)).hasStackTraceContaining("(invalid_client)");
    }

    /** The server wants a nonce in each proof, which is learned from its refusal. */
    @Test
    void a_proof_with_the_servers_nonce_gets_a_token_bound_to_its_key() throws Exception {
        HttpRequest signed = client("proving shop").secret("hush").dpop().sign(PAY);
        assertThat(signed.headers().firstValue("Authorization").orElse("")).startsWith("DPoP ");
        String proof = signed.headers().firstValue("DPoP").orElseThrow();
        TokenValidator validator = validator();
        Possession shown = Possession.dpop(proof, "POST", URI.create(API + "/pay"));
        assertThat(validator.validate(token(signed), shown)).containsKey("cnf");
        assertThatThrownBy(() -> validator.validate(token(signed), shown)).isInstanceOf(SignatureException.class);
        assertThatThrownBy(() -> validator.validate(token(signed))).isInstanceOf(SignatureException.class);
    }

    @Test
    void a_server_that_rotates_its_key_fails_no_validation() throws Exception {
        TokenValidator validator = validator();
        String last = token(client("shop").secret("hush+/: %").sign(PAY));
        for (int i = 0; i < 3; i++) {
            assertThat(validator.validate(last)).isNotEmpty();
            rotate();
            String next = token(client("shop").secret("hush+/: %").sign(PAY));
            Map<String, Object> claims = validator.validate(next);
            assertThat(claims).containsEntry("client_id", "shop");
            assertThat(validator.validate(last)).isNotEmpty(); // which the server still publishes
            assertThat(keyId(next)).isNotEqualTo(keyId(last));
            last = next;
        }
    }

    private static void rotate() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(issuer.url() + "/rotate"))
                .POST(BodyPublishers.noBody())
                .build();
        assertThat(CLIENT.send(request, BodyHandlers.discarding()).statusCode()).isEqualTo(204);
    }

    private static String keyId(String token) throws java.text.ParseException {
        return com.nimbusds.jwt.SignedJWT.parse(token).getHeader().getKeyID();
    }
}
