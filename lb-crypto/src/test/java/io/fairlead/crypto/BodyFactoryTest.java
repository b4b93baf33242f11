package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Environment;
import io.fairlead.RequestSigner;
import io.fairlead.Settings;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Encryption by name. */
class BodyFactoryTest {

    private static final String SECRET = Base64.getEncoder().encodeToString(new byte[32]);

    @TempDir
    private Path dir;

    private static RequestSigner made(String name, Map<String, String> settings) {
        return new BodyFactory().create(name, Settings.of(settings), Environment.system());
    }

    private static Map<String, String> settings(String... more) {
        Map<String, String> all =
                new HashMap<>(Map.of("algorithm", "A256KW", "encryption", "A256GCM", "key-id", "k", "secret", SECRET));
        for (int i = 0; i < more.length; i += 2) {
            all.put(more[i], more[i + 1]);
        }
        return all;
    }

    private static String sent(RequestSigner signer) {
        return SentBody.text(signer.sign(HttpRequest.newBuilder(URI.create("http://x/"))
                .POST(BodyPublishers.ofString("{\"a\":1.50,\"b\":[2]}"))
                .build()));
    }

    @Test
    void is_found_by_the_service_loader() {
        RequestSigner signer = io.fairlead.Providers.load()
                .create(RequestSigner.class, "jwe", Settings.of(settings()), Environment.system());
        assertThat(sent(signer)).startsWith("eyJ");
    }

    @Test
    void whole_bodies_and_fields() throws Exception {
        byte[] hidden = sent(made("jwe", settings())).getBytes(StandardCharsets.US_ASCII);
        assertThat(Bodies.jwe("A256KW", "A256GCM").shared("k", new byte[32]).decrypt(hidden))
                .asString(StandardCharsets.UTF_8)
                .isEqualTo("{\"a\":1.50,\"b\":[2]}");
        assertThat(sent(made("jwe-fields", settings("paths", " $.b[0]  $.c? "))))
                .matches("\\{\"a\":1.50,\"b\":\\[\"[\\w.-]+\"]}");
        Map<String, String> open = settings(
                "algorithm",
                "RSA-OAEP-256",
                "public-key-file",
                Files.writeString(dir.resolve("k.pem"), Vectors.key("rsa-public"))
                        .toString());
        open.remove("secret");
        assertThat(sent(made("jwe", open))).startsWith("eyJ");
    }

    @Test
    void what_is_missing_wrong_or_unknown_is_named() {
        assertThatThrownBy(() -> made("jwe", Map.of())).hasMessageContaining("setting algorithm is not set");
        assertThatThrownBy(() -> made("jwe-fields", settings())).hasMessageContaining("setting paths is not set");
        assertThatThrownBy(() -> made("jwe", settings("paths", "$.a")))
                .hasMessageContaining("setting paths is not known");
        assertThatThrownBy(() -> made("jwe", settings("algorithm", "RSA1_5")))
                .hasMessageContaining("algorithm is RSA1_5");
        assertThatThrownBy(() -> made("jwe", settings("secret", "AAAA")))
                .hasMessageContaining("3 bytes")
                .hasMessageNotContaining("AAAA");
        Map<String, String> nowhere =
                settings("public-key-file", dir.resolve("none").toString());
        nowhere.remove("secret");
        assertThatThrownBy(() -> made("jwe", nowhere)).hasMessageContaining("public-key-file");
    }
}
