package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Environment;
import io.fairlead.Providers;
import io.fairlead.RequestSigner;
import io.fairlead.Settings;
import io.fairlead.testing.ManualTime;
import io.fairlead.testing.ServicesFile;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SignatureException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.SubmissionPublisher;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HmacTest {

    private static final byte[] SECRET = "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] BODY = "{\"amount\":1}".getBytes(StandardCharsets.US_ASCII);

    private final ManualTime time = new ManualTime();
    private final Environment env = time.environment(3);
    private final HmacSigner signer = Signers.hmacSha256("shop-1", SECRET).environment(env);
    private final HmacVerifier verifier =
            Signers.hmacVerifier(Map.of("shop-1", SECRET)).environment(env);

    private static HttpRequest charge() {
        return HttpRequest.newBuilder(URI.create("http://10.0.0.1:8080/v1/charge%20me?x=1&y=%26"))
                .POST(BodyPublishers.ofByteArray(BODY))
                .build();
    }

    private static String header(HttpRequest signed) {
        return signed.headers().firstValue(HmacSigner.HEADER).orElseThrow();
    }

    private String verify(String header, byte[] body) throws SignatureException {
        return verifier.verify("POST", "10.0.0.1:8080", "/v1/charge%20me", "x=1&y=%26", List.of(header), body);
    }

    @Test
    void signs_the_text_that_the_documentation_says() throws Exception {
        String header = header(signer.sign(charge()));
        String nonce = header.replaceAll(".*nonce=\"([0-9a-f]+)\".*", "$1");
        String digest =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(BODY));
        String text = "FAIRLEAD-HMAC-SHA256\nshop-1\n" + ManualTime.EPOCH.getEpochSecond() + "\n" + nonce
                + "\nPOST\n10.0.0.1:8080\n/v1/charge%20me\nx=1&y=%26\n" + digest;
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(SECRET, "HmacSHA256"));
        String signature = HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        assertThat(header)
                .isEqualTo("keyid=\"shop-1\";created=" + ManualTime.EPOCH.getEpochSecond() + ";nonce=\"" + nonce
                        + "\";signature=\"" + signature + "\"");
        assertThat(verify(header, BODY)).isEqualTo("shop-1");
    }

    @Test
    void every_signature_is_fresh_and_replaces_an_earlier_one() throws Exception {
        HttpRequest once = signer.sign(charge());
        HttpRequest twice = signer.sign(once);
        assertThat(twice.headers().allValues(HmacSigner.HEADER)).hasSize(1);
        assertThat(header(twice)).isNotEqualTo(header(once));
        assertThat(verify(header(twice), BODY)).isEqualTo("shop-1");
    }

    @Test
    void nothing_that_was_signed_can_be_changed() {
        String header = header(signer.sign(charge()));
        List<String> good = List.of("POST", "10.0.0.1:8080", "/v1/charge%20me", "x=1&y=%26");
        for (int i = 0; i < good.size(); i++) {
            List<String> parts = new java.util.ArrayList<>(good);
            parts.set(i, parts.get(i) + "x");
            assertThatThrownBy(() -> verifier.verify(
                            parts.get(0), parts.get(1), parts.get(2), parts.get(3), List.of(header), BODY))
                    .isInstanceOf(SignatureException.class);
        }
        byte[] other = BODY.clone();
        other[0]++;
        assertThatThrownBy(() -> verify(header, other)).isInstanceOf(SignatureException.class);
        for (int i = 0; i < header.length(); i++) {
            char changed = header.charAt(i) == '1' ? '2' : '1';
            String mutated = header.substring(0, i) + changed + header.substring(i + 1);
            assertThatThrownBy(() -> verify(mutated, BODY)).as(mutated).isInstanceOf(SignatureException.class);
        }
    }

    @Test
    void a_missing_a_second_and_a_replayed_signature_are_refused() throws Exception {
        String header = header(signer.sign(charge()));
        assertThatThrownBy(() -> verifier.verify("POST", "h", "/", null, List.of(), BODY))
                .hasMessage("no signature");
        assertThatThrownBy(() -> verifier.verify("POST", "h", "/", null, List.of(header, header), BODY))
                .hasMessage("more than one signature");
        verify(header, BODY);
        assertThatThrownBy(() -> verify(header, BODY)).hasMessage("replayed nonce");
    }

    @Test
    void a_date_beyond_the_tolerance_is_refused_either_way() throws Exception {
        String early = header(signer.sign(charge()));
        time.jumpDate(Duration.ofSeconds(301));
        assertThatThrownBy(() -> verify(early, BODY)).hasMessageContaining("301 s away");
        String late = header(signer.sign(charge()));
        time.jumpDate(Duration.ofSeconds(-301));
        assertThatThrownBy(() -> verify(late, BODY)).hasMessageContaining("301 s away");
        time.jumpDate(Duration.ofSeconds(2));
        assertThat(verify(late, BODY)).isEqualTo("shop-1");
    }

    @Test
    void default_ports_count_for_nothing() throws Exception {
        for (String uri : List.of("http://h:80/", "http://h/", "https://h:443/", "https://H/")) {
            HttpRequest get = HttpRequest.newBuilder(URI.create(uri)).build();
            for (String authority : List.of("h", "h:80", "h:443")) {
                String header = header(signer.sign(get));
                assertThat(verifier.verify("GET", authority, "/", null, List.of(header), new byte[0]))
                        .isEqualTo("shop-1");
            }
        }
    }

    @Test
    void a_body_from_another_thread_is_signed_without_waiting_for_it() throws Exception {
        SubmissionPublisher<ByteBuffer> source = new SubmissionPublisher<>();
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://10.0.0.1:8080/v1/charge%20me?x=1&y=%26"))
                .POST(BodyPublishers.fromPublisher(source, BODY.length))
                .build();
        CompletableFuture<HttpRequest> signed = signer.signAsync(request).toCompletableFuture();
        assertThat(signed).isNotDone();
        source.submit(ByteBuffer.wrap(BODY));
        source.close();
        assertThat(verify(header(signed.get()), BODY)).isEqualTo("shop-1");
    }

    @Test
    void a_file_that_changes_after_it_was_signed_never_completes(@TempDir Path dir) throws Exception {
        Path file = dir.resolve("body");
        byte[] before = new byte[100_000];
        Files.write(file, before);
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://h/"))
                .POST(BodyPublishers.ofFile(file))
                .build();
        HttpRequest signed = signer.sign(request);
        assertThat(signed.bodyPublisher().orElseThrow().contentLength()).isEqualTo(before.length);
        Collector same = new Collector(1);
        signed.bodyPublisher().orElseThrow().subscribe(same);
        assertThat(same.failure).isNull();
        assertThat(same.bytes).isEqualTo(before.length);
        byte[] after = before.clone();
        after[0] = 1;
        Files.write(file, after);
        Collector changed = new Collector(Long.MAX_VALUE);
        signed.bodyPublisher().orElseThrow().subscribe(changed);
        assertThat(changed.failure).isInstanceOf(IOException.class).hasMessageContaining("changed after it was signed");
        assertThat(changed.bytes).isLessThan(before.length);
    }

    @Test
    void a_publisher_that_fails_fails_the_signing_with_its_cause() {
        IOException mine = new IOException("disk");
        BodyPublisher failing = BodyPublishers.fromPublisher(
                subscriber -> {
                    subscriber.onSubscribe(new Flow.Subscription() {
                        @Override
                        public void request(long n) {}

                        @Override
                        public void cancel() {}
                    });
                    subscriber.onError(mine);
                },
                5);
        HttpRequest request =
                HttpRequest.newBuilder(URI.create("http://h/")).POST(failing).build();
        assertThatThrownBy(() -> signer.sign(request)).hasCause(mine);
    }

    @Test
    void secrets_are_checked_and_never_shown() {
        assertThatThrownBy(() -> Signers.hmacSha256("k", Arrays.copyOf(SECRET, 31)))
                .hasMessageContaining("31 bytes long")
                .hasMessageNotContaining("0123456789");
        assertThatThrownBy(() -> Signers.hmacSha256("k\n", SECRET)).hasMessageContaining("key id");
        assertThat(signer.toString()).isEqualTo("HmacSigner[shop-1]");
        String encoded = Base64.getEncoder().encodeToString(SECRET);
        assertThat(Settings.of(Map.of("secret", encoded)).toString()).doesNotContain(encoded);
        assertThat(Providers.load()
                        .create(
                                RequestSigner.class,
                                "hmac-sha256",
                                Settings.of(Map.of("key-id", "k", "secret", encoded)),
                                env)
                        .sign(charge())
                        .headers()
                        .map())
                .containsKey(HmacSigner.HEADER);
        assertThatThrownBy(() -> Providers.load()
                        .create(
                                RequestSigner.class,
                                "hmac-sha256",
                                Settings.of(Map.of("key-id", "k", "secret", "not base64 at all!")),
                                env))
                .hasMessageContaining("setting secret is not base64")
                .hasMessageNotContaining("at all!");
    }

    @Test
    void module_and_class_path_provide_the_same() throws IOException {
        assertThat(ServicesFile.listed(Signers.class)).isEqualTo(ServicesFile.provided(Signers.class));
    }

    /** Asks for so many chunks at a time. */
    private static final class Collector implements Flow.Subscriber<ByteBuffer> {

        private final long atATime;
        private Flow.Subscription subscription;
        private long bytes;
        private Throwable failure;

        Collector(long atATime) {
            this.atATime = atATime;
        }

        @Override
        public void onSubscribe(Flow.Subscription s) {
            subscription = s;
            s.request(atATime);
        }

        @Override
        public void onNext(ByteBuffer chunk) {
            bytes += chunk.remaining();
            if (atATime != Long.MAX_VALUE) {
                subscription.request(atATime);
            }
        }

        @Override
        public void onError(Throwable why) {
            failure = why;
        }

        @Override
        public void onComplete() {}
    }
}
