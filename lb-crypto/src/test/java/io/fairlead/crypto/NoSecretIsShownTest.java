package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Environment;
import io.fairlead.RequestSigner;
import io.fairlead.testing.ManualTime;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.interfaces.RSAPrivateCrtKey;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

/** Everything that signers and verifiers say — text forms, exceptions with their causes, logs, what is printed — is searched for every secret. */
class NoSecretIsShownTest {

    private static final String MARK = "hunter2hunter2hunter2hunter2hun2";
    private static final byte[] SECRET = MARK.getBytes(StandardCharsets.US_ASCII);
    private static final String HEX = HexFormat.of().formatHex(SECRET);
    private static final String BASE64 = Base64.getEncoder().encodeToString(SECRET);

    private final KeyPair pair = TestCertificates.pair("RSA", 2048);
    private final Environment env = new ManualTime().environment(1);
    private final StringBuilder said = new StringBuilder();

    private List<String> secrets() {
        RSAPrivateCrtKey key = (RSAPrivateCrtKey) pair.getPrivate();
        List<String> secrets = new ArrayList<>(List.of(MARK, HEX, HEX.toUpperCase(java.util.Locale.ROOT), BASE64));
        for (var part : List.of(key.getPrivateExponent(), key.getPrimeP(), key.getPrimeQ())) {
            secrets.add(part.toString());
            secrets.add(part.toString(16));
        }
        secrets.add(Base64.getEncoder().encodeToString(key.getEncoded()).substring(100, 160));
        return secrets;
    }

    private Map<String, RequestSigner> signers() {
        var key = pair.getPrivate();
        Map<String, RequestSigner> all = new LinkedHashMap<>();
        all.put("hmac", Signers.hmacSha256("k", SECRET).environment(env));
        all.put("message", Signers.httpMessage("k", SECRET).environment(env));
        all.put("message rsa", Signers.httpMessage("k", "rsa-pss-sha512", key).environment(env));
        all.put("aws", Signers.aws("r", "s", "id", MARK).environment(env));
        all.put("wechat", Signers.weChatPay("1", "AB", key).environment(env));
        all.put("alipay", Signers.alipay("1", key).environment(env));
        all.put("alipay v3", Signers.alipayV3("1", key).environment(env));
        all.put("antom", Signers.antom("1", 1, key).environment(env));
        all.put("cavage", Signers.cavage("k", "rsa-sha256", key, "x-missing").environment(env));
        all.put("open banking", Signers.openBanking("k", "i", "t", key).environment(env));
        all.put("mastercard", Signers.mastercard("c", key).environment(env));
        all.put("following", Signers.followingClock(Signers.hmacSha256("k", SECRET)::environment, env));
        all.put("allowing", Signers.allowing(Signers.bearer(MARK), "GET https://other.example/"));
        all.put("bearer", Signers.bearer(MARK));
        return all;
    }

    private List<Object> verifiers() {
        var key = pair.getPublic();
        return List.of(
                Signers.hmacVerifier(Map.of("k", SECRET)),
                Verifiers.httpMessage().secret("k", SECRET),
                Verifiers.stripe("whsec_" + MARK),
                Verifiers.standardWebhooks("whsec_" + BASE64),
                Verifiers.adyen(HEX),
                Verifiers.adyenPayload(HEX),
                Verifiers.weChatPay(Map.of("A", key)),
                Verifiers.cavage(Map.of("A", key), "rsa-sha256", "date"),
                Verifiers.weChatPayResource(MARK),
                Verifiers.weChatPayFields(key, pair.getPrivate()));
    }

    private void say(Callable<?> call) {
        try {
            said.append(call.call()).append('\n');
        } catch (Exception e) {
            for (Throwable one = e; one != null; one = one.getCause()) {
                said.append(one).append('\n');
            }
        }
    }

    private static HttpRequest.Builder request(String uri) {
        return HttpRequest.newBuilder(URI.create(uri)).header("X-A", "b");
    }

    private void use() {
        signers().forEach((name, signer) -> {
            said.append(signer).append('\n');
            say(() -> signer.sign(request("http://plain.example/x").build()).uri());
            say(() -> signer.sign(request("https://bank.example/x")
                            .POST(BodyPublishers.ofString("a=b&a=c"))
                            .build())
                    .method());
            say(() -> signer.sign(request("https://bank.example/x")
                    .POST(BodyPublishers.ofInputStream(() -> {
                        throw new IllegalStateException("no body");
                    }))
                    .build()));
        });
        for (Object verifier : verifiers()) {
            said.append(verifier).append('\n');
            if (verifier instanceof Verifier one) {
                Map<String, List<String>> headers = new LinkedHashMap<>();
                headers.put("Stripe-Signature", List.of("t=1767323045,v1=" + "0".repeat(64)));
                headers.put("webhook-id", List.of("1"));
                headers.put("webhook-timestamp", List.of("1767323045"));
                headers.put("webhook-signature", List.of("v1,AAAA"));
                headers.put("HmacSignature", List.of("AAAA"));
                say(() -> {
                    one.environment(env).verify(headers, "{}".getBytes(StandardCharsets.US_ASCII));
                    return "verified";
                });
            }
        }
        say(() -> Verifiers.weChatPayResource(MARK).open("AEAD_AES_256_GCM", "a", "0123456789ab", "A".repeat(64)));
        say(() -> Verifiers.weChatPayFields(pair.getPublic(), pair.getPrivate()).open("AAAA"));
        refusedSettings();
    }

    /** A secret that is refused is not shown either. */
    private void refusedSettings() {
        say(() -> Signers.hmacSha256("k", MARK.substring(0, 20).getBytes(StandardCharsets.US_ASCII)));
        say(() -> Signers.aws("r", "s", "id", MARK + "\n"));
        say(() -> Signers.aws("r", "s", "id", "s").sessionToken(MARK + "\""));
        say(() -> Signers.bearer(MARK + "\n"));
        say(() -> Verifiers.stripe(MARK + "\n"));
        say(() -> Verifiers.standardWebhooks("whsec_" + MARK + "!"));
        say(() -> Verifiers.adyen(MARK));
        say(() -> Verifiers.adyen(HEX + "\n"));
        say(() -> Verifiers.weChatPayResource(MARK + MARK));
        say(() -> Keys.privateKey(MARK));
        say(() -> Keys.privateKey("-----BEGIN PRIVATE KEY-----\n" + BASE64 + "\n-----END PRIVATE KEY-----\n"));
    }

    @Test
    void nothing_that_is_said_has_a_secret_in_it() {
        Handler log = new Handler() {
            @Override
            public synchronized void publish(LogRecord record) {
                said.append(record.getMessage()).append(record.getThrown()).append('\n');
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger root = Logger.getLogger("");
        Level before = root.getLevel();
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        root.addHandler(log);
        root.setLevel(Level.ALL);
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            use();
        } finally {
            System.setOut(out);
            System.setErr(err);
            root.removeHandler(log);
            root.setLevel(before);
        }
        said.append(printed.toString(StandardCharsets.UTF_8));
        assertThat(said.toString()).contains("HmacSigner[k]", "wrong signature", "may not have signed", "https alone");
        assertThat(said.toString().lines().count()).isGreaterThan(60);
        for (String secret : secrets()) {
            assertThat(said.toString()).doesNotContain(secret);
        }
        assertThat(said.toString()).doesNotContain(MARK.substring(0, 20));
    }
}
