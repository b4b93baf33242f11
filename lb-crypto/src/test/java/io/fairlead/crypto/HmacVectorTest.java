package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Environment;
import io.fairlead.testing.ManualTime;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.security.SignatureException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

class HmacVectorTest {

    private static final byte[] SECRET = "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] OTHER = "fedcba9876543210fedcba9876543210".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NONE = {};

    private final ManualTime time = new ManualTime();
    private final Environment env = time.environment(5);
    private final HmacSigner signer = Signers.hmacSha256("new", SECRET).environment(env);

    private static String header(HttpRequest signed) {
        return signed.headers().firstValue(HmacSigner.HEADER).orElseThrow();
    }

    private String signedGet(HmacSigner by) {
        return header(by.sign(HttpRequest.newBuilder(URI.create("http://h/")).build()));
    }

    private static String verify(HmacVerifier by, String header) throws SignatureException {
        return by.verify("GET", "h", "/", null, List.of(header), NONE);
    }

    /** The signatures were computed with another implementation (Python's hmac module) from the lines below. */
    @Test
    void signatures_are_those_of_another_implementation() {
        Environment fixed = Environment.builder()
                .instants(InstantSource.fixed(Instant.ofEpochSecond(1_767_323_045)))
                .secureRandom(() -> 0x0123456789abcdefL)
                .build();
        HmacSigner signer = Signers.hmacSha256("shop-1", SECRET).environment(fixed);
        HttpRequest.Builder post = HttpRequest.newBuilder(
                        URI.create("https://api.bank.example:443/v1/charge?x=1&y=%26"))
                .POST(BodyPublishers.ofString("{\"amount\":1}"));
        // FAIRLEAD-HMAC-SHA256 | shop-1 | 1767323045 | nonce | POST | api.bank.example | /v1/charge | x=1&y=%26 |
        // digest
        assertThat(header(signer.sign(post.build())))
                .isEqualTo("keyid=\"shop-1\";created=1767323045;nonce=\"efcdab8967452301efcdab8967452301\";"
                        + "signature=\"c115fa9596046095f9ecc921cc349a9d0cb818615ed0e5a39a824aaf019ac708\"");
        HttpRequest get =
                HttpRequest.newBuilder(URI.create("http://10.0.0.1:8080")).build();
        // FAIRLEAD-HMAC-SHA256 | shop-1 | 1767323045 | nonce | GET | 10.0.0.1:8080 | / | | digest of nothing
        assertThat(header(signer.sign(get)))
                .isEqualTo("keyid=\"shop-1\";created=1767323045;nonce=\"efcdab8967452301efcdab8967452301\";"
                        + "signature=\"70ce71a5452404da223a31a5527b39acf6f074551301c5d9f9ec48970e2c1f59\"");
    }

    @Test
    void while_keys_are_rotated_both_are_accepted_and_a_removed_or_foreign_one_is_not() throws Exception {
        HmacSigner old = Signers.hmacSha256("old", OTHER).environment(env);
        HmacVerifier both =
                Signers.hmacVerifier(Map.of("old", OTHER, "new", SECRET)).environment(env);
        assertThat(verify(both, signedGet(old))).isEqualTo("old");
        assertThat(verify(both, signedGet(signer))).isEqualTo("new");
        HmacVerifier after = Signers.hmacVerifier(Map.of("new", SECRET)).environment(env);
        String removed = signedGet(old);
        String foreign = signedGet(Signers.hmacSha256("new", OTHER).environment(env));
        for (String header : List.of(removed, foreign)) {
            assertThatThrownBy(() -> verify(after, header)).hasMessage("wrong signature or unknown key");
        }
    }

    @Test
    void a_header_with_a_parameter_too_many_too_few_or_twice_is_refused() {
        HmacVerifier verifier = Signers.hmacVerifier(Map.of("new", SECRET)).environment(env);
        String header = signedGet(signer);
        for (String bad : List.of(
                "",
                header + ";",
                header + ";keyid=\"new\"",
                "keyid=\"new\";" + header,
                header.replaceFirst(";nonce=\"[^\"]*\"", ""),
                header.replace("created=", "created=0"),
                header.replace("created=", "created=-"),
                " " + header,
                header + "\n",
                header.replaceFirst("signature=.*", "signature=\"\""),
                header.toUpperCase(java.util.Locale.ROOT))) {
            assertThatThrownBy(() -> verify(verifier, bad)).as(bad).hasMessage("malformed signature");
        }
    }

    @Test
    void a_part_cannot_pass_for_two() {
        HmacVerifier verifier = Signers.hmacVerifier(Map.of("new", SECRET)).environment(env);
        String header = header(
                signer.sign(HttpRequest.newBuilder(URI.create("http://h/a?b")).build()));
        assertThatThrownBy(() -> verifier.verify("GET\nh", "/a", "b", null, List.of(header), NONE))
                .hasMessage("malformed request");
        assertThatThrownBy(() -> verifier.verify("GET", "h", "/a\nb", "", List.of(header), NONE))
                .hasMessage("malformed request");
    }

    @Test
    void a_replay_is_refused_as_long_as_its_date_would_pass() throws Exception {
        HmacVerifier verifier = Signers.hmacVerifier(Map.of("new", SECRET)).environment(env);
        time.jumpDate(Duration.ofMillis(300_999)); // the signer's clock is ahead
        String header = signedGet(signer);
        time.jumpDate(Duration.ofMillis(-300_999));
        assertThat(verify(verifier, header)).isEqualTo("new");
        for (int seconds = 0; seconds <= 600; seconds += 25) {
            assertThatThrownBy(() -> verify(verifier, header)).hasMessage("replayed nonce");
            time.advance(Duration.ofSeconds(25));
        }
        assertThatThrownBy(() -> verify(verifier, header)).hasMessageContaining("away from now");
    }

    @Test
    void what_cannot_be_remembered_is_refused_until_older_nonces_expire() throws Exception {
        HmacVerifier verifier =
                Signers.hmacVerifier(Map.of("new", SECRET)).rememberNonces(100).environment(env);
        List<String> headers = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            headers.add(signedGet(signer));
            verify(verifier, headers.get(i));
        }
        String late = signedGet(signer);
        assertThatThrownBy(() -> verify(verifier, late)).hasMessageContaining("100 nonces");
        for (String header : headers) {
            assertThatThrownBy(() -> verify(verifier, header)).hasMessage("replayed nonce");
        }
        time.advance(Duration.ofSeconds(601));
        String fresh = signedGet(signer);
        assertThat(verify(verifier, fresh)).isEqualTo("new");
        HmacVerifier careless = verifier.rememberNonces(0);
        assertThat(verify(careless, fresh)).isEqualTo("new");
        assertThat(verify(careless, fresh)).isEqualTo("new");
    }

    @Test
    void a_signer_shared_by_threads_signs_right_and_never_repeats_a_nonce() throws Exception {
        HmacSigner shared = Signers.hmacSha256("new", SECRET);
        HmacVerifier verifier = Signers.hmacVerifier(Map.of("new", SECRET));
        ExecutorService pool = Executors.newFixedThreadPool(8);
        List<Callable<Integer>> tasks = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            tasks.add(() -> {
                for (int k = 0; k < 2_000; k++) {
                    verify(verifier, signedGet(shared)); // throws for a wrong signature as for a repeated nonce
                }
                return 2_000;
            });
        }
        int verified = 0;
        for (Future<Integer> task : pool.invokeAll(tasks)) {
            verified += task.get();
        }
        pool.shutdown();
        assertThat(verified).isEqualTo(16_000);
    }

    @Test
    void a_caller_who_wipes_the_secret_wipes_a_copy() throws Exception {
        byte[] mine = SECRET.clone();
        HmacSigner wiped = Signers.hmacSha256("new", mine).environment(env);
        java.util.Arrays.fill(mine, (byte) 0);
        HmacVerifier verifier = Signers.hmacVerifier(Map.of("new", SECRET)).environment(env);
        assertThat(verify(verifier, signedGet(wiped))).isEqualTo("new");
        assertThat(verifier.toString())
                .doesNotContain("0123456789abcdef", HexFormat.of().formatHex(SECRET));
    }

    @Test
    void the_text_has_one_line_for_each_part() throws Exception {
        String text = HmacKey.text("k", 7, "n", "PUT", "H:443", "", null, "d");
        assertThat(text).isEqualTo("FAIRLEAD-HMAC-SHA256\nk\n7\nn\nPUT\nh\n/\n\nd");
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(SECRET, "HmacSHA256"));
        assertThat(new HmacKey("k", SECRET).sign(text)).isEqualTo(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
    }
}
