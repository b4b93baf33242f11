package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Service;
import io.fairlead.client.TestTls.Identity;
import io.fairlead.crypto.Tls;
import io.fairlead.crypto.TokenSigner;
import io.fairlead.crypto.TokenValidator;
import io.fairlead.crypto.Tokens;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tokens that are bound to a client's certificate (RFC 8705), over real TLS: an issuer that demands the certificate and binds the token
 * to the one it saw, and a partner that demands both.
 */
@Timeout(60)
class BoundTokenTest {

    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    @TempDir
    private Path dir;

    private final TestTls authority = new TestTls();
    private final Identity shop = authority.issue("shop");
    private final Identity thief = authority.issue("thief");
    private final KeyPair signing = authority.issue("issuer").keys();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final List<String> verdicts = new CopyOnWriteArrayList<>();
    private volatile UnaryOperator<String> binding = thumbprint -> thumbprint;
    private FaultServer issuer;
    private FaultServer partner;

    @BeforeEach
    void start() {
        issuer = FaultServer.startTls(authority.server("127.0.0.1"), this::issue);
        partner = FaultServer.startTls(authority.server("127.0.0.1"), this::take);
    }

    @AfterEach
    void stop() {
        issuer.close();
        partner.close();
    }

    private static X509Certificate peer(FaultServer.Connection connection) throws IOException {
        return (X509Certificate) connection.tls().getSession().getPeerCertificates()[0];
    }

    /* Demands a certificate, and binds the token to the one that the handshake proved. */
    private void issue(FaultServer.Connection connection) throws IOException {
        connection.tls().setNeedClientAuth(true);
        for (FaultServer.Request request = connection.read(); request != null; request = connection.read()) {
            if (request.target().startsWith("/.well-known/")) {
                connection.answer(200, metadata());
                continue;
            }
            asked.add(request.target() + "?" + request.text());
            String token = token(binding.apply(Tokens.thumbprint(peer(connection))));
            connection.answer(
                    200, "{\"access_token\":\"" + token + "\",\"token_type\":\"Bearer\",\"expires_in\":3600}");
        }
    }

    private String metadata() {
        String url = issuer.url();
        return "{\"issuer\":\"" + url + "\",\"token_endpoint\":\"" + url + "/token\",\"jwks_uri\":\"" + url
                + "/keys\",\"tls_client_certificate_bound_access_tokens\":true,\"mtls_endpoint_aliases\":"
                + "{\"token_endpoint\":\"" + url + "/mtls/token\"}}";
    }

    /* Takes a token only from whom it was given to. */
    private void take(FaultServer.Connection connection) throws IOException {
        connection.tls().setNeedClientAuth(true);
        for (FaultServer.Request request = connection.read(); request != null; request = connection.read()) {
            String bearer = request.headers().getOrDefault("authorization", "").replace("Bearer ", "");
            String verdict = "taken";
            try {
                validator().validate(bearer, Tokens.thumbprint(peer(connection)));
            } catch (SignatureException e) {
                verdict = "refused";
            }
            verdicts.add(verdict);
            connection.answer(verdict.equals("taken") ? 200 : 403, verdict);
        }
    }

    private TokenValidator validator() {
        ECPublicKey key = (ECPublicKey) signing.getPublic();
        String jwk = "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"k\",\"x\":\""
                + coordinate(key.getW().getAffineX()) + "\",\"y\":\""
                + coordinate(key.getW().getAffineY()) + "\"}";
        return Tokens.validatorOf(jwk, issuer.url(), "bank");
    }

    private static String coordinate(java.math.BigInteger value) {
        byte[] bytes = value.toByteArray();
        byte[] fixed = new byte[32];
        int length = Math.min(32, bytes.length);
        System.arraycopy(bytes, bytes.length - length, fixed, 32 - length, length);
        return BASE64.encodeToString(fixed);
    }

    private String token(String thumbprint) {
        String claims = "{\"iss\":\"" + issuer.url() + "\",\"aud\":\"bank\",\"exp\":"
                + (Instant.now().getEpochSecond() + 300) + ",\"cnf\":{\"x5t#S256\":\"" + thumbprint + "\"}}";
        String input = encoded("{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"k\"}") + '.' + encoded(claims);
        try {
            Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
            signature.initSign(signing.getPrivate());
            signature.update(input.getBytes(StandardCharsets.US_ASCII));
            return input + '.' + BASE64.encodeToString(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static String encoded(String json) {
        return BASE64.encodeToString(json.getBytes(StandardCharsets.UTF_8));
    }

    private Tls tls(Identity own) throws IOException {
        Path trust = Files.writeString(dir.resolve("ca.pem"), authority.pem());
        Certificate[] chain = {own.certificate()};
        return Tls.builder()
                .key(new KeyStore.PrivateKeyEntry(own.keys().getPrivate(), chain))
                .trust(trust)
                .build();
    }

    private TokenSigner signer(Tls tls) {
        HttpClient client = HttpClient.newBuilder().sslContext(tls.context()).build();
        return Tokens.clientCredentials(issuer.url(), "shop", client).mutualTls(shop.certificate());
    }

    private int pay(Tls tls, TokenSigner signer) throws Exception {
        try (BalancedClient client = BalancedClient.builder()
                .sslContext(tls.context())
                .service(Service.named("bank")
                        .targets(partner.url())
                        .asyncSigner(signer)
                        .build())
                .build()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create("https://bank/pay"))
                    .POST(BodyPublishers.ofString("{}"))
                    .build();
            return client.send(request, BodyHandlers.ofString()).statusCode();
        }
    }

    @Test
    void a_token_fetched_with_a_certificate_is_taken_with_it_and_with_no_other() throws Exception {
        try (Tls own = tls(shop);
                Tls other = tls(thief)) {
            TokenSigner signer = signer(own);
            assertThat(pay(own, signer)).isEqualTo(200);
            assertThat(asked).containsExactly("/mtls/token?grant_type=client_credentials&client_id=shop");
            assertThat(pay(other, signer)).isEqualTo(403);
            assertThat(verdicts).containsExactly("taken", "refused");
            assertThat(asked).hasSize(1);
        }
    }

    @Test
    void without_the_certificate_there_is_no_token() throws Exception {
        HttpClient bare = HttpClient.newBuilder().sslContext(authority.client()).build();
        TokenSigner signer =
                Tokens.clientCredentials(issuer.url(), "shop", bare).mutualTls(shop.certificate());
        assertThatThrownBy(() -> signer.sign(
                        HttpRequest.newBuilder(URI.create(partner.url())).build()))
                .hasCauseInstanceOf(IOException.class);
        assertThat(asked).isEmpty();
    }

    @Test
    void a_token_that_is_bound_to_another_certificate_is_not_sent() throws Exception {
        binding = seen -> Tokens.thumbprint(thief.certificate());
        try (Tls own = tls(shop)) {
            assertThatThrownBy(() -> pay(own, signer(own)))
                    .hasStackTraceContaining("the token is not bound to this client");
            assertThat(asked).hasSize(1);
            assertThat(verdicts).isEmpty();
        }
    }
}
