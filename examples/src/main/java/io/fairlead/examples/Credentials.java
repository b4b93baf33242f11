package io.fairlead.examples;

import io.fairlead.RequestSigner;
import io.fairlead.Service;
import io.fairlead.client.BalancedClient;
import io.fairlead.crypto.Bodies;
import io.fairlead.crypto.BodyEncryption;
import io.fairlead.crypto.HmacSigner;
import io.fairlead.crypto.HmacVerifier;
import io.fairlead.crypto.MessageVerifier;
import io.fairlead.crypto.Signers;
import io.fairlead.crypto.TokenSigner;
import io.fairlead.crypto.TokenValidator;
import io.fairlead.crypto.Tokens;
import io.fairlead.crypto.Verifiers;
import io.fairlead.testing.PartnerChecks;
import java.io.IOException;
import java.net.http.HttpClient;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.SignatureException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;

/** What the payment service and the embedded partner have agreed on for one run: what signs, and what checks it. */
record Credentials(UnaryOperator<Service.Builder> client, Gate partner) {

    private static final String KEY_ID = "shop-1";

    /** The usual one first. */
    private static final List<String> NAMES = List.of(
            "hmac-sha256",
            "http-message",
            "aws",
            "wechat-pay",
            "alipay-v3",
            "antom",
            "cavage",
            "open-banking",
            "mastercard",
            "bearer");

    /** The schemes that the embedded servers can check. */
    static List<String> names() {
        return NAMES;
    }

    /** Fresh keys for a scheme of {@link #names}. */
    static Credentials of(String scheme) {
        return switch (scheme) {
            case "hmac-sha256" -> hmac();
            case "http-message" -> httpMessage();
            case "aws", "bearer" -> bySecret(scheme);
            default -> byRsa(scheme, pair("RSA"));
        };
    }

    private static Credentials bySecret(String scheme) {
        String secret = HexFormat.of().formatHex(secret());
        return scheme.equals("aws")
                ? signed(Signers.aws("eu-central-1", "execute-api", "AKID", secret), PartnerChecks.aws(secret, false))
                : signed(Signers.bearer(secret), PartnerChecks.bearer(secret));
    }

    private static Credentials byRsa(String scheme, KeyPair pair) {
        PrivateKey own = pair.getPrivate();
        PublicKey shown = pair.getPublic();
        return switch (scheme) {
            case "wechat-pay" ->
                signed(
                        Signers.weChatPay("1900000001", "5F1C72E2A8931B72A2E13AF8DEE92471EB397115", own),
                        PartnerChecks.weChatPay(shown));
            case "alipay-v3" -> signed(Signers.alipayV3("2014060600164699", own), PartnerChecks.alipayV3(shown));
            case "antom" -> signed(Signers.antom("SANDBOX_5Y", 1, own), PartnerChecks.antom(shown));
            case "cavage" ->
                signed(
                        Signers.cavage(KEY_ID, "rsa-sha256", own, "(request-target)", "host", "date", "digest"),
                        PartnerChecks.cavage(shown, "(request-target)", "host", "date", "digest"));
            case "open-banking" ->
                signed(
                        Signers.openBanking(KEY_ID, "shop", "openbanking.org.uk", own),
                        PartnerChecks.openBanking(shown));
            case "mastercard" -> signed(Signers.mastercard("shop!1", own), PartnerChecks.mastercard(shown));
            default -> throw new IllegalArgumentException("the embedded servers cannot check " + scheme);
        };
    }

    private static Credentials signed(RequestSigner signer, PartnerChecks.Check check) {
        return new Credentials(service -> service.signer(signer), (arrival, body) -> {
            try {
                check.proof(arrival.with(body));
            } catch (RuntimeException e) {
                throw new SignatureException("malformed", e);
            }
            return body;
        });
    }

    private static byte[] secret() {
        byte[] secret = new byte[32];
        new SecureRandom().nextBytes(secret);
        return secret;
    }

    private static Credentials hmac() {
        byte[] secret = secret();
        HmacVerifier verifier = Signers.hmacVerifier(Map.of(KEY_ID, secret));
        return new Credentials(service -> service.signer(Signers.hmacSha256(KEY_ID, secret)), (arrival, body) -> {
            verifier.verify(
                    arrival.method(),
                    arrival.authority(),
                    arrival.path(),
                    arrival.query(),
                    arrival.header(HmacSigner.HEADER.toLowerCase(Locale.ROOT)),
                    body);
            return body;
        });
    }

    private static Credentials httpMessage() {
        KeyPair pair = pair("Ed25519");
        MessageVerifier verifier = Verifiers.httpMessage()
                .key(KEY_ID, "ed25519", pair.getPublic())
                .require("@method", "@target-uri", "content-digest")
                .rememberNonces(1 << 20);
        return new Credentials(
                service -> service.signer(Signers.httpMessage(KEY_ID, "ed25519", pair.getPrivate())),
                (arrival, body) -> {
                    verifier.verifyRequest(
                            arrival.method(),
                            "http",
                            arrival.authority(),
                            arrival.path(),
                            arrival.query(),
                            arrival.headers(),
                            body);
                    return body;
                });
    }

    /**
     * The same, and each request bears a token of this server's, which is fetched through a balanced client of its own.
     *
     * @param login closed by the caller
     */
    Credentials bearing(TokenServer login, String clientId, String secret) {
        HttpClient reaches = BalancedClient.wrap(
                HttpClient.newHttpClient(),
                Service.named("login").targets(login.url()).build());
        TokenSigner tokens = Tokens.clientCredentialsAt("http://login/token", clientId, reaches)
                .secret(secret)
                .plainHttp() // all of this is on the loopback interface
                .rejectedUnprocessed();
        TokenValidator validator = Tokens.validatorOf(login.keys(), TokenServer.ISSUER, TokenServer.AUDIENCE);
        return new Credentials(service -> client.apply(service.asyncSigner(tokens)), partner.then((arrival, body) -> {
            validate(validator, arrival);
            return body;
        }));
    }

    private static void validate(TokenValidator validator, Gate.Arrival arrival) throws SignatureException {
        String bearer = String.join(",", arrival.header("authorization"));
        if (!bearer.startsWith("Bearer ")) {
            throw new SignatureException("no bearer token");
        }
        try {
            validator.validate(bearer.substring(7));
        } catch (IOException e) {
            throw new IllegalStateException("its keys are known beforehand", e);
        }
    }

    /**
     * The same, and these values of JSON bodies are hidden from all but the partner.
     *
     * @param paths as of {@link Bodies#jweFields}
     */
    Credentials hiding(String... paths) {
        KeyPair pair = pair("EC");
        BodyEncryption fields = Bodies.jweFields("ECDH-ES+A256KW", "A256GCM", paths);
        RequestSigner hides = fields.encryptTo("bank-1", pair.getPublic()).asSigner();
        BodyEncryption opens = fields.decryptWith("bank-1", pair.getPrivate());
        return new Credentials(
                service -> client.apply(service.signer(hides)), // first: the others sign what is sent
                partner.then((arrival, body) -> body.length == 0 ? body : opens.decrypt(body)));
    }

    private static KeyPair pair(String algorithm) {
        try {
            return KeyPairGenerator.getInstance(algorithm).generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK since 15 has " + algorithm, e);
        }
    }
}
