package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Environment;
import io.fairlead.testing.ManualTime;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CavageTest {

    private final Environment env = new ManualTime().environment(3);
    private final PrivateKey key = Keys.privateKey(Vectors.key("rsa-pkcs8"));

    static Stream<Vectors.Case> cases() {
        return Vectors.cases("cavage").stream();
    }

    /** The draft's key has 1024 bits, which the signer refuses: here the JDK signs the text that the signer would. */
    @ParameterizedTest
    @MethodSource("cases")
    void the_examples_of_the_draft(Vectors.Case test) throws Exception {
        Map<String, List<String>> headers = new LinkedHashMap<>();
        test.object("headers").json().forEach((name, value) -> headers.put(name, List.of((String) value)));
        String[] target = test.text("target").split("\\?", 2);
        HttpMessage message = new HttpMessage(
                new HttpMessage.Target(test.text("method"), "https", "example.com", target[0], target[1]),
                0,
                headers,
                null);
        String text = Cavage.text(test.strings("signed_headers"), message);
        assertThat(text).isEqualTo(test.text("signing_string"));
        try (PEMParser parser = new PEMParser(new java.io.StringReader(test.text("private_key_pem")))) {
            byte[] encoded =
                    ((PEMKeyPair) parser.readObject()).getPrivateKeyInfo().getEncoded();
            Signature jdk = Signature.getInstance("SHA256withRSA");
            jdk.initSign(KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(encoded)));
            jdk.update(text.getBytes(StandardCharsets.UTF_8));
            assertThat(Base64.getEncoder().encodeToString(jdk.sign())).isEqualTo(test.text("signature_b64"));
        }
        assertThatThrownBy(() -> Keys.privateKey(test.text("private_key_pem"))).hasMessageContaining("1024 bits");
    }

    private static HttpRequest.Builder payment() {
        return HttpRequest.newBuilder(URI.create("https://api.bank.example:8443/v1/payments?a=b%20c"))
                .header("X-Request-ID", "99391c7e-ad88-49ec-a2ad-99ddcb1f7721")
                .header("Content-Type", "application/json");
    }

    @Test
    void a_payment_of_the_berlin_group() {
        SchemeSigner signer = Signers.cavage(
                        "SN=9FA1,CA=CN=Some CA,O=Some Org,C=DE",
                        "rsa-sha256",
                        key,
                        "(request-target)",
                        "host",
                        "Digest",
                        "X-Request-ID",
                        "date",
                        "PSU-ID?",
                        "TPP-Redirect-URI?")
                .environment(env);
        HttpRequest signed = signer.sign(payment()
                .header("PSU-ID", "PSU-1234")
                .POST(BodyPublishers.ofString("{\"hello\": \"world\"}"))
                .build());
        assertThat(signed.headers().firstValue("Digest"))
                .hasValue("SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=");
        assertThat(signed.headers().firstValue("Date")).hasValue("Fri, 02 Jan 2026 03:04:05 GMT");
        String header = signed.headers().firstValue("Signature").orElseThrow();
        assertThat(header)
                .startsWith("keyId=\"SN=9FA1,CA=CN=Some CA,O=Some Org,C=DE\",algorithm=\"rsa-sha256\","
                        + "headers=\"(request-target) host digest x-request-id date psu-id\",signature=\"");
        String text = "(request-target): post /v1/payments?a=b%20c\nhost: api.bank.example:8443\n"
                + "digest: SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=\n"
                + "x-request-id: 99391c7e-ad88-49ec-a2ad-99ddcb1f7721\ndate: Fri, 02 Jan 2026 03:04:05 GMT\n"
                + "psu-id: PSU-1234";
        byte[] signature = Base64.getDecoder().decode(header.replaceAll(".*signature=\"(.*)\"", "$1"));
        assertThat(Signatures.checker(Algorithm.RSA_SHA256, Keys.publicKey(Vectors.key("rsa-public")), "key")
                        .isValid(signature, text))
                .isTrue();
    }

    @Test
    void the_host_is_signed_as_it_is_sent() {
        for (String host : List.of("Bank.Example", "Bank.Example:443")) {
            HttpRequest request =
                    HttpRequest.newBuilder(URI.create("https://" + host + "/")).build();
            assertThat(Cavage.text(List.of("host"), HttpMessage.of(request))).isEqualTo("host: Bank.Example");
        }
        HttpRequest other =
                HttpRequest.newBuilder(URI.create("https://bank.example:80/")).build();
        assertThat(Cavage.text(List.of("host"), HttpMessage.of(other))).isEqualTo("host: bank.example:80");
    }

    @Test
    void an_empty_body_has_a_digest_too_and_a_date_of_the_caller_stays() {
        HttpRequest signed = Signers.cavage("k", "rsa-sha512", key, "digest", "date")
                .sign(payment().header("Date", "Sun, 05 Jan 2014 21:31:40 GMT").build());
        assertThat(signed.headers().firstValue("Digest"))
                .hasValue("SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        assertThat(signed.headers().allValues("Date")).containsExactly("Sun, 05 Jan 2014 21:31:40 GMT");
    }

    @Test
    void what_cannot_be_signed_is_refused_by_name() {
        assertThatThrownBy(() -> Signers.cavage("k", "rsa-sha256", key, "psu-id")
                        .sign(payment().build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("header psu-id is to be signed and the request has none");
        assertThatThrownBy(() -> Signers.cavage("k", "rsa-sha1", key, "date")).hasMessageContaining("algorithm is");
        assertThatThrownBy(() -> Signers.cavage("k", "ecdsa-sha256", key, "date"))
                .hasMessageContaining("private key of k");
        assertThatThrownBy(() -> Signers.cavage("k\"", "rsa-sha256", key, "date"))
                .hasMessageStartingWith("key id");
        for (String[] bad : new String[][] {{}, {"(created)"}, {"date", "Date"}, {"a b"}, {"a\n"}}) {
            assertThatThrownBy(() -> Signers.cavage("k", "rsa-sha256", key, bad))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("header");
        }
    }
}
