package io.fairlead.examples;

import io.fairlead.Service;
import io.fairlead.crypto.HmacSigner;
import io.fairlead.crypto.HmacVerifier;
import io.fairlead.crypto.MessageVerifier;
import io.fairlead.crypto.Signers;
import io.fairlead.crypto.Verifiers;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;

/** What the payment service and the embedded partner have agreed on for one run: what signs, and what checks it. */
record Credentials(UnaryOperator<Service.Builder> client, Gate partner) {

    private static final String KEY_ID = "shop-1";

    /** The schemes that the embedded servers can check. */
    static List<String> names() {
        return List.of("hmac-sha256", "http-message");
    }

    /** Fresh keys for a scheme of {@link #names}. */
    static Credentials of(String scheme) {
        return scheme.equals("http-message") ? httpMessage() : hmac();
    }

    private static Credentials hmac() {
        byte[] secret = new byte[32];
        new SecureRandom().nextBytes(secret);
        HmacVerifier verifier = Signers.hmacVerifier(Map.of(KEY_ID, secret));
        return new Credentials(
                service -> service.signer(Signers.hmacSha256(KEY_ID, secret)),
                (arrival, body) -> verifier.verify(
                        arrival.method(),
                        arrival.authority(),
                        arrival.path(),
                        arrival.query(),
                        arrival.header(HmacSigner.HEADER.toLowerCase(Locale.ROOT)),
                        body));
    }

    private static Credentials httpMessage() {
        KeyPair pair = ed25519();
        MessageVerifier verifier = Verifiers.httpMessage()
                .key(KEY_ID, "ed25519", pair.getPublic())
                .require("@method", "@target-uri", "content-digest")
                .rememberNonces(1 << 20);
        return new Credentials(
                service -> service.signer(Signers.httpMessage(KEY_ID, "ed25519", pair.getPrivate())),
                (arrival, body) -> verifier.verifyRequest(
                        arrival.method(),
                        "http",
                        arrival.authority(),
                        arrival.path(),
                        arrival.query(),
                        arrival.headers(),
                        body));
    }

    private static KeyPair ed25519() {
        try {
            return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK since 15 has Ed25519", e);
        }
    }
}
