package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Environment;
import io.fairlead.RequestSigner;
import io.fairlead.testing.ManualTime;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SignatureException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys are exchanged while they are in use: nothing that is right is refused on the way, and nothing that is wrong is accepted. */
class KeyRotationTest {

    private static final HttpRequest PAY =
            HttpRequest.newBuilder(URI.create("https://bank.example/pay?a=b")).build();

    private final ManualTime time = new ManualTime();
    private final Environment env = time.environment(1);

    @TempDir
    private Path dir;

    private static byte[] secret(int of) {
        byte[] secret = new byte[32];
        java.util.Arrays.fill(secret, (byte) of);
        return secret;
    }

    private String verified(HmacVerifier verifier, HttpRequest signed) throws SignatureException {
        return verifier.verify(
                "GET", "bank.example", "/pay", "a=b", signed.headers().allValues(HmacSigner.HEADER), new byte[0]);
    }

    private RequestSigner hmac(KeyRing<byte[]> ring) {
        return Signers.rotating(ring, (id, key) -> Signers.hmacSha256(id, key).environment(env));
    }

    @Test
    void the_newest_key_signs_and_both_are_accepted_until_the_old_one_is_retired() throws Exception {
        KeyRing<byte[]> ring = KeyRing.of("old", secret(1));
        RequestSigner signer = hmac(ring);
        HmacVerifier verifier = Signers.hmacVerifier(ring).environment(env);
        HttpRequest before = signer.sign(PAY);
        HttpRequest early = signer.sign(PAY);
        ring.rotate("new", secret(2));
        assertThat(verified(verifier, before)).isEqualTo("old");
        assertThat(verified(verifier, signer.sign(PAY))).isEqualTo("new");
        assertThat(ring.keys()).containsOnlyKeys("old", "new");
        ring.retire("old");
        assertThatThrownBy(() -> verified(verifier, early))
                .isInstanceOf(SignatureException.class)
                .hasMessage("wrong signature or unknown key");
        assertThat(verified(
                        verifier, signer.signAsync(PAY).toCompletableFuture().get()))
                .isEqualTo("new");
        assertThat(ring).hasToString("KeyRing[new]");
        assertThat(signer).hasToString("HmacSigner[new]");
    }

    @Test
    void the_key_that_signs_is_not_retired_nor_one_that_is_not_there() {
        KeyRing<byte[]> ring = KeyRing.of("one", secret(1));
        for (String id : List.of("one", "two")) {
            assertThatThrownBy(() -> ring.retire(id))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("key id to retire is \"" + id + "\"");
        }
        assertThatThrownBy(() -> KeyRing.of(Map.of())).hasMessageContaining("keys is empty");
        assertThatThrownBy(() -> ring.rotate("a\"b", secret(2))).hasMessageContaining("key id");
        assertThat(ring.keys()).containsOnlyKeys("one");
    }

    @Test
    void a_memory_of_nonces_outlives_the_rotation() throws Exception {
        KeyRing<byte[]> ring = KeyRing.of("old", secret(1));
        HmacVerifier verifier = Signers.hmacVerifier(ring).environment(env);
        HttpRequest signed = hmac(ring).sign(PAY);
        verified(verifier, signed);
        ring.rotate("new", secret(2));
        assertThatThrownBy(() -> verified(verifier, signed)).hasMessage("replayed nonce");

        KeyRing<byte[]> hooks = KeyRing.of("old", secret(3));
        Verifier webhooks = Verifiers.rotating(
                hooks,
                (id, key) -> Verifiers.standardWebhooks(Base64.getEncoder().encodeToString(key))
                        .environment(env)
                        .rememberNonces(10));
        Map<String, List<String>> headers = webhook(secret(3));
        webhooks.verify(headers, new byte[0]);
        hooks.rotate("new", secret(4));
        assertThatThrownBy(() -> webhooks.verify(headers, new byte[0])).hasMessage("replayed nonce");
        webhooks.verify(webhook(secret(4)), new byte[0]);
        hooks.retire("old");
        assertThatThrownBy(() -> webhooks.verify(webhook(secret(3)), new byte[0]))
                .hasMessage("wrong signature");
    }

    private int sent;

    private Map<String, List<String>> webhook(byte[] secret) {
        String id = "msg_" + sent++;
        String date = Long.toString(env.now().getEpochSecond());
        byte[] signature = new Macs(secret, 32, "secret").sign(id + "." + date + ".");
        return Map.of(
                "webhook-id", List.of(id),
                "webhook-timestamp", List.of(date),
                "webhook-signature", List.of("v1," + Base64.getEncoder().encodeToString(signature)));
    }

    @Test
    void message_signatures_are_checked_by_every_key_of_the_ring() throws Exception {
        KeyPair old = TestCertificates.pair("Ed25519", 0);
        KeyPair fresh = TestCertificates.pair("Ed25519", 0);
        KeyRing<PrivateKey> ours = KeyRing.of("old", old.getPrivate());
        KeyRing<PublicKey> theirs = KeyRing.of("old", old.getPublic());
        RequestSigner signer = Signers.rotating(
                ours, (id, key) -> Signers.httpMessage(id, "ed25519", key).environment(env));
        MessageVerifier verifier =
                Verifiers.httpMessage().keys("ed25519", theirs).environment(env);
        assertThat(check(verifier, signer.sign(PAY))).isEqualTo("old");
        ours.rotate("new", fresh.getPrivate());
        HttpRequest signed = signer.sign(PAY);
        assertThatThrownBy(() -> check(verifier, signed)).hasMessage("no signature by a known key");
        theirs.rotate("new", fresh.getPublic());
        assertThat(check(verifier, signed)).isEqualTo("new");
        assertThat(verifier).hasToString("MessageVerifier[new, old]");
        MessageVerifier secrets =
                Verifiers.httpMessage().secrets(KeyRing.of("s", secret(1))).environment(env);
        RequestSigner withSecret = Signers.httpMessage("s", secret(1)).environment(env);
        assertThat(check(secrets, withSecret.sign(PAY))).isEqualTo("s");
    }

    private static String check(MessageVerifier verifier, HttpRequest signed) throws SignatureException {
        return verifier.verifyRequest(
                "GET", "https", "bank.example", "/pay", "a=b", signed.headers().map(), new byte[0]);
    }

    /** Every signer that has a key is made anew with the new one, under its id where the scheme has one. */
    @Test
    void the_signer_of_every_partner_takes_the_new_key() {
        KeyPair old = TestCertificates.pair("RSA", 2048);
        KeyPair fresh = TestCertificates.pair("RSA", 2048);
        Map<String, java.util.function.BiFunction<String, PrivateKey, RequestSigner>> partners = Map.of(
                "serial_no=\"%s\"", (id, key) -> Signers.weChatPay("1900000001", id, key),
                "app_cert_sn=%s", (id, key) -> Signers.alipayV3("2014060600164699", id, key),
                "keyId=\"%s\"", (id, key) -> Signers.cavage(id, "rsa-sha256", key, "(request-target)", "date"),
                "keyid=\"%s\"", (id, key) -> Signers.httpMessage(id, "rsa-v1_5-sha256", key),
                "OAuth ", (id, key) -> Signers.mastercard("consumer", key));
        partners.forEach((form, maker) -> {
            KeyRing<PrivateKey> ring = KeyRing.of("AAA", old.getPrivate());
            RequestSigner signer = Signers.rotating(ring, maker);
            assertThat(headers(signer.sign(PAY))).contains(form.formatted("AAA"));
            ring.rotate("BBB", fresh.getPrivate());
            assertThat(headers(signer.sign(PAY))).contains(form.formatted("BBB"));
        });
        KeyRing<String> credentials = KeyRing.of("AKIDOLD", "wJalrXUtnFEMI");
        RequestSigner aws =
                Signers.rotating(credentials, (id, key) -> Signers.aws("eu-central-1", "execute-api", id, key));
        assertThat(headers(aws.sign(PAY))).contains("Credential=AKIDOLD/");
        credentials.rotate("AKIDNEW", "K7MDENGbPxRfiCYEXAMPLEKEY");
        assertThat(headers(aws.sign(PAY))).contains("Credential=AKIDNEW/");
    }

    private static String headers(HttpRequest signed) {
        return signed.headers().map().toString();
    }

    @Test
    void a_new_key_that_does_not_fit_leaves_the_old_one_signing_and_is_told_once() throws Exception {
        List<RuntimeException> told = new ArrayList<>();
        KeyPair rsa = TestCertificates.pair("RSA", 2048);
        KeyRing<PrivateKey> ring = KeyRing.of("old", rsa.getPrivate()).onFailure(told::add);
        RequestSigner signer = Signers.rotating(ring, (id, key) -> Signers.httpMessage(id, "rsa-v1_5-sha256", key));
        ring.rotate("wrong", TestCertificates.pair("EC", 256).getPrivate());
        for (int i = 0; i < 3; i++) {
            assertThat(headers(signer.sign(PAY))).contains("keyid=\"old\"");
        }
        assertThat(told).hasSize(1);
        assertThat(told.get(0)).hasMessageContaining("a key of the type EC 256");
        ring.rotate("right", rsa.getPrivate());
        assertThat(headers(signer.sign(PAY))).contains("keyid=\"right\"");
        assertThatThrownBy(() -> Signers.rotating(
                        KeyRing.of("x", TestCertificates.pair("EC", 256).getPrivate()),
                        (id, key) -> Signers.httpMessage(id, "rsa-v1_5-sha256", key)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_rotation_in_the_middle_of_the_traffic_refuses_nothing() throws Exception {
        KeyRing<byte[]> ring = KeyRing.of("k0", secret(0));
        RequestSigner signer = hmac(ring);
        HmacVerifier verifier = Signers.hmacVerifier(ring).environment(env);
        AtomicBoolean over = new AtomicBoolean();
        List<CompletableFuture<Integer>> traffic = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            traffic.add(CompletableFuture.supplyAsync(() -> {
                int calls = 0;
                while (!over.get() || calls == 0) {
                    try {
                        verified(verifier, signer.sign(PAY));
                        calls++;
                    } catch (SignatureException e) {
                        throw new IllegalStateException(e);
                    }
                }
                return calls;
            }));
        }
        for (int i = 1; i <= 200; i++) {
            ring.rotate("k" + i, secret(i));
            verified(verifier, signer.sign(PAY));
        }
        over.set(true);
        for (CompletableFuture<Integer> one : traffic) {
            assertThat(one.get()).isPositive();
        }
    }

    // ---- files -----------------------------------------------------------------------------------------------------

    private static String jwks(String... ids) {
        List<String> keys = new ArrayList<>();
        for (String id : ids) {
            String secret = Base64.getUrlEncoder().withoutPadding().encodeToString(secret(id.length()));
            keys.add("{\"kty\":\"oct\",\"kid\":\"" + id + "\",\"k\":\"" + secret + "\"}");
        }
        return "{\"keys\":[" + String.join(",", keys) + "]}";
    }

    private KeyRing<byte[]> watched(Path file) {
        return Keys.watched(List.of(file), Keys::secretJwks, Duration.ofSeconds(10), env);
    }

    @Test
    void a_file_is_followed_and_its_first_key_signs() throws Exception {
        Path file = Files.writeString(dir.resolve("keys.json"), jwks("a"));
        try (KeyRing<byte[]> ring = watched(file)) {
            RequestSigner signer = hmac(ring);
            Files.writeString(file, jwks("bb", "a"));
            assertThat(headers(signer.sign(PAY))).contains("keyid=\"a\"");
            time.advance(Duration.ofSeconds(10)); // seen
            assertThat(headers(signer.sign(PAY))).contains("keyid=\"a\"");
            time.advance(Duration.ofSeconds(1)); // confirmed
            assertThat(headers(signer.sign(PAY))).contains("keyid=\"bb\"");
            assertThat(ring.keys().keySet()).containsExactly("bb", "a");
            assertThat(time.pendingTimers()).isOne();
        }
        assertThat(time.pendingTimers()).isZero();
    }

    @Test
    void a_half_written_wrong_or_missing_file_keeps_the_old_keys_and_is_told_once_without_a_word_of_it()
            throws Exception {
        Path file = Files.writeString(dir.resolve("keys.json"), jwks("a"));
        List<RuntimeException> told = new ArrayList<>();
        try (KeyRing<byte[]> ring = watched(file).onFailure(told::add)) {
            Map<String, byte[]> before = ring.keys();
            String whole = jwks("bb");
            for (String bad : List.of(whole.substring(0, whole.length() - 7), "", "{\"keys\":[]}", jwks("c", "c"))) {
                told.clear();
                Files.writeString(file, bad);
                time.advance(Duration.ofSeconds(60));
                assertThat(ring.keys()).isSameAs(before);
                assertThat(told).hasSize(1);
                assertThat(told.get(0).getMessage())
                        .doesNotContain(Base64.getUrlEncoder().withoutPadding().encodeToString(secret(2)));
            }
            told.clear();
            Files.delete(file);
            time.advance(Duration.ofSeconds(60));
            assertThat(ring.keys()).isSameAs(before);
            assertThat(told).hasSize(1);
            assertThat(told.get(0)).hasMessage("file " + file + " cannot be read");
            Files.writeString(file, whole);
            time.advance(Duration.ofSeconds(11));
            assertThat(ring.keys()).containsOnlyKeys("bb");
        }
        assertThatThrownBy(() -> watched(dir.resolve("none")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cannot be read");
    }

    @Test
    void a_moment_without_threads_does_not_end_the_watch() throws Exception {
        Path file = Files.writeString(dir.resolve("keys.json"), jwks("a"));
        List<Throwable> bad = new ArrayList<>(List.of(new OutOfMemoryError("no thread")));
        Environment crowded = Environment.builder()
                .nanoClock(time::nanoTime)
                .scheduler(time)
                .executor(task -> {
                    if (!bad.isEmpty()) {
                        throw (Error) bad.remove(0);
                    }
                    task.run();
                })
                .build();
        try (KeyRing<byte[]> ring = Keys.watched(List.of(file), Keys::secretJwks, Duration.ofSeconds(10), crowded)) {
            Files.writeString(file, jwks("bb"));
            time.advance(Duration.ofSeconds(30));
            assertThat(ring.keys()).containsOnlyKeys("bb");
        }
    }

    /** What is half of a file, and yet a whole: the first of two keys. */
    @Test
    void a_file_that_is_still_being_written_is_not_taken() throws Exception {
        Path file = Files.writeString(dir.resolve("keys.json"), jwks("a"));
        try (KeyRing<byte[]> ring = watched(file)) {
            Files.writeString(file, jwks("bb"));
            time.advance(Duration.ofSeconds(10));
            Files.writeString(file, jwks("bb", "ccc"));
            time.advance(Duration.ofSeconds(1));
            assertThat(ring.keys()).containsOnlyKeys("a");
            time.advance(Duration.ofSeconds(1));
            assertThat(ring.keys()).containsOnlyKeys("bb", "ccc");
        }
    }

    @Test
    void a_listener_that_throws_does_not_end_the_watch() throws Exception {
        Path file = Files.writeString(dir.resolve("keys.json"), jwks("a"));
        try (KeyRing<byte[]> ring = watched(file).onFailure(e -> {
            throw new IllegalStateException("mine");
        })) {
            Files.writeString(file, "bad");
            time.advance(Duration.ofSeconds(20));
            Files.writeString(file, jwks("bb"));
            time.advance(Duration.ofSeconds(20));
            assertThat(ring.keys()).containsOnlyKeys("bb");
        }
    }

    @Test
    void keys_and_certificates_are_paired_by_serial_and_a_certificate_becomes_valid() throws Exception {
        KeyPair old = TestCertificates.pair("RSA", 2048);
        KeyPair fresh = TestCertificates.pair("EC", 256);
        X509Certificate first =
                new TestCertificates().serial("aa11").issue("shop", old.getPublic(), "root", old.getPrivate());
        X509Certificate second = new TestCertificates()
                .serial("bb22")
                .valid(Duration.ofMinutes(1), Duration.ofDays(1))
                .issue("shop", fresh.getPublic(), "root", old.getPrivate());
        Path key = Files.writeString(dir.resolve("key.pem"), TestCertificates.pkcs8(old.getPrivate()));
        Path certificate = Files.writeString(dir.resolve("cert.pem"), TestCertificates.pem(first));
        List<RuntimeException> told = new ArrayList<>();
        try (KeyRing<PrivateKey> ring = Keys.watched(
                        List.of(key, certificate),
                        pem -> Keys.privateKeysBySerial(pem, env),
                        Duration.ofSeconds(10),
                        env)
                .onFailure(told::add)) {
            assertThat(ring.signing()).isEqualTo(Map.entry("AA11", old.getPrivate()));
            Files.writeString(key, TestCertificates.pkcs8(fresh.getPrivate()));
            time.advance(Duration.ofSeconds(20));
            assertThat(told)
                    .singleElement()
                    .satisfies(e -> assertThat(e).hasMessage("private key is of none of the certificates"));
            Files.writeString(certificate, TestCertificates.pem(first, second));
            time.advance(Duration.ofSeconds(20));
            assertThat(told).hasSize(2);
            assertThat(told.get(1)).hasMessageContaining("is not valid before");
            time.advance(Duration.ofMinutes(1));
            assertThat(ring.keys()).containsOnlyKeys("BB22");
            assertThat(told).hasSize(2);
        }
        assertThat(Keys.publicKeysBySerial(TestCertificates.pem(first), env))
                .isEqualTo(Map.of("AA11", old.getPublic()));
    }

    private static X509Certificate until(String serial, int days, KeyPair pair) {
        return new TestCertificates()
                .serial(serial)
                .valid(Duration.ofDays(-60), Duration.ofDays(days))
                .issue("shop" + days, pair.getPublic(), "root", pair.getPrivate());
    }

    @Test
    void a_key_signs_no_longer_than_its_certificate_lasts() throws Exception {
        KeyPair one = TestCertificates.pair("RSA", 2048);
        KeyPair two = TestCertificates.pair("RSA", 2048);
        String pem = TestCertificates.pkcs8(one.getPrivate())
                + TestCertificates.pkcs8(two.getPrivate())
                + TestCertificates.pem(until("aa11", 20, one), until("bb22", 30, two));
        KeyRing<PrivateKey> ring = KeyRing.of(Keys.privateKeysBySerial(pem, env));
        RequestSigner signer = Signers.rotating(
                ring,
                (serial, key) -> Signers.weChatPay("1900000001", serial, key).environment(env));
        try (Warnings warnings = new Warnings()) {
            time.advance(Duration.ofDays(5));
            assertThat(headers(signer.sign(PAY))).contains("serial_no=\"AA11\"");
            assertThat(warnings.said).isEmpty();
            time.advance(Duration.ofDays(1));
            for (int i = 0; i < 3; i++) {
                assertThat(headers(signer.sign(PAY))).contains("serial_no=\"AA11\"");
            }
            assertThat(warnings.said)
                    .containsExactly("certificate CN=shop20 (serial AA11) ends at "
                            + ManualTime.EPOCH.plus(Duration.ofDays(20)) + ": exchange it before");
            time.advance(Duration.ofDays(14));
            assertThat(headers(signer.sign(PAY))).as("until the last second").contains("serial_no=\"AA11\"");
            warnings.said.clear();
            time.advance(Duration.ofSeconds(1));
            assertThat(headers(signer.sign(PAY))).contains("serial_no=\"BB22\"");
            assertThat(ring.keys()).containsOnlyKeys("BB22");
            assertThat(warnings.said)
                    .singleElement()
                    .satisfies(said -> assertThat(said).startsWith("certificate CN=shop20 (serial AA11) expired at"));
            HttpRequest last = signer.sign(PAY);
            time.advance(Duration.ofDays(10));
            assertThatThrownBy(() -> signer.sign(PAY))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("certificate CN=shop30 (serial BB22) expired at "
                            + ManualTime.EPOCH.plus(Duration.ofDays(30)));
            assertThat(signer.answered(last, 200, HttpHeaders.of(Map.of(), (a, b) -> true)))
                    .as("the answer to what was signed before")
                    .isNull();
            ring.rotate("next", one.getPrivate());
            assertThat(headers(signer.sign(PAY))).contains("serial_no=\"next\"");
        }
    }

    @Test
    void what_a_partner_signs_after_the_end_of_its_certificate_is_refused() throws Exception {
        KeyPair one = TestCertificates.pair("RSA", 2048);
        KeyPair two = TestCertificates.pair("Ed25519", 0);
        byte[] body = "{}".getBytes(StandardCharsets.US_ASCII);
        KeyRing<PublicKey> ring =
                KeyRing.of(Keys.publicKeysBySerial(TestCertificates.pem(until("aa11", 20, one)), env));
        Verifier verifier = Verifiers.rotating(ring, (id, key) -> Verifiers.detached("S", "rsa-sha256", key));
        MessageVerifier messages = Verifiers.httpMessage()
                .keys("rsa-v1_5-sha256", ring)
                .key("two", "ed25519", two.getPublic())
                .environment(env);
        String signature = Base64.getEncoder()
                .encodeToString(Signatures.maker(Algorithm.RSA_SHA256, one.getPrivate(), "key")
                        .sign("{}"));
        RequestSigner signer =
                Signers.httpMessage("AA11", "rsa-v1_5-sha256", one.getPrivate()).environment(env);
        verifier.verify(Map.of("S", List.of(signature)), body);
        assertThat(verified(messages, signer.sign(PAY))).isEqualTo("AA11");
        time.advance(Duration.ofDays(20).plusSeconds(1));
        assertThatThrownBy(() -> verifier.verify(Map.of("S", List.of(signature)), body))
                .isInstanceOf(SignatureException.class)
                .hasMessageStartingWith("certificate CN=shop20 (serial AA11) expired at");
        assertThatThrownBy(() -> verified(messages, signer.sign(PAY))).isInstanceOf(SignatureException.class);
        RequestSigner other =
                Signers.httpMessage("two", "ed25519", two.getPrivate()).environment(env);
        assertThat(verified(messages, other.sign(PAY)))
                .as("a key beside the ring")
                .isEqualTo("two");
    }

    private static String verified(MessageVerifier verifier, HttpRequest signed) throws SignatureException {
        return verifier.verifyRequest(
                "GET", "https", "bank.example", "/pay", "a=b", signed.headers().map(), new byte[0]);
    }

    @Test
    void the_key_of_a_key_store_ends_with_its_certificate() {
        KeyPair pair = TestCertificates.pair("RSA", 2048);
        X509Certificate own = until("cc33", 20, pair);
        KeyRing<PrivateKey> ring = KeyRing.of(Keys.privateKeyBySerial(
                new KeyStore.PrivateKeyEntry(pair.getPrivate(), new X509Certificate[] {own}), env));
        RequestSigner signer = Signers.rotating(
                ring, (serial, key) -> Signers.mastercard(serial, key).environment(env));
        assertThat(headers(signer.sign(PAY))).contains("CC33");
        time.advance(Duration.ofDays(20).plusSeconds(1));
        assertThatThrownBy(() -> signer.sign(PAY)).hasMessageContaining("(serial CC33) expired at");
    }

    @Test
    void key_sets_keep_their_order_and_want_ids() {
        KeyPair one = TestCertificates.pair("Ed25519", 0);
        Map<String, byte[]> secrets = new LinkedHashMap<>(Keys.secretJwks(jwks("zzz", "a", "mm")));
        assertThat(secrets.keySet()).containsExactly("zzz", "a", "mm");
        String x = Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(java.util.Arrays.copyOfRange(one.getPublic().getEncoded(), 12, 44));
        String open = "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"k\",\"x\":\"" + x + "\"}]}";
        assertThat(Keys.publicJwks(open)).containsOnlyKeys("k").containsValue(one.getPublic());
        assertThatThrownBy(() -> Keys.privateJwks(open)).hasMessage("JWK has no private key");
        assertThatThrownBy(() -> Keys.publicJwks(open.replace("\"kid\":\"k\",", "")))
                .hasMessage("JWK Set has a key without kid");
        assertThatThrownBy(() -> Keys.publicJwks("{\"keys\":" + new String(secret('x'), StandardCharsets.US_ASCII)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasNoCause()
                .hasMessageNotContaining("xxx");
    }
}
