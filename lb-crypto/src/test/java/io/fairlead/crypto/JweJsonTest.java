package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWEObjectJSON;
import com.nimbusds.jose.util.JSONObjectUtils;
import java.lang.management.ManagementFactory;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** JWE in JSON, and messages of RFC 7520 in each form that they are printed in. */
class JweJsonTest {

    private static final BodyEncryption OURS =
            Bodies.jweJson("A256KW", "A256GCM").shared("k", new byte[32]);

    /** One message as one recipient is to have it. */
    record Printed(String id, String algorithm, String encryption, String jwk, Vectors.Case vector) {
        BodyEncryption form(boolean json) {
            return (json ? Bodies.jweJson(algorithm, encryption) : Bodies.jwe(algorithm, encryption))
                    .decryptWithJwk(jwk);
        }

        byte[] plain() {
            Vectors.Case input = vector.object("input");
            return utf8(input.text("plaintext"));
        }

        /** By the name of the form. */
        Map<String, String> forms() {
            Map<String, Object> output = vector.object("output").json();
            Map<String, String> all = new LinkedHashMap<>();
            output.forEach((name, form) -> all.put(name, form instanceof Map<?, ?> ? json(form) : form.toString()));
            return all;
        }

        @Override
        public String toString() {
            return id + " " + algorithm;
        }
    }

    static List<Printed> printed() {
        List<Printed> all = new ArrayList<>();
        for (Vectors.Case vector : Vectors.cases("jwe")) {
            if (!vector.text("id").startsWith("RFC7520")) {
                continue;
            }
            Vectors.Case input = vector.object("input");
            String enc = input.text("enc").replace("CBC-H256", "CBC-HS256"); // as 5.13 is printed
            boolean several = input.json().get("alg") instanceof List<?>;
            List<String> algorithms = several ? input.strings("alg") : List.of(input.text("alg"));
            List<Vectors.Case> keys = several ? input.list("key") : List.of();
            for (int i = 0; i < algorithms.size(); i++) {
                Map<String, Object> key = several
                        ? keys.get(i).json()
                        : input.has("key") ? input.object("key").json() : Map.of();
                all.add(new Printed(vector.text("id"), algorithms.get(i), enc, json(key), vector));
            }
        }
        assertThat(all).hasSizeGreaterThan(5);
        return all;
    }

    static Stream<Printed> allowed() {
        return printed().stream();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @SuppressWarnings("unchecked") // names in JSON are strings
    private static String json(Object map) {
        return JSONObjectUtils.toJSONString((Map<String, Object>) map);
    }

    @ParameterizedTest
    @MethodSource("allowed")
    void every_form_opens(Printed message) throws Exception {
        assertThat(message.forms()).isNotEmpty();
        for (Map.Entry<String, String> form : message.forms().entrySet()) {
            boolean json = !form.getKey().equals("compact");
            assertThat(message.form(json).decrypt(utf8(form.getValue())))
                    .as(form.getKey())
                    .isEqualTo(message.plain());
            JweVectorTest.assertUnopened(message.form(!json), utf8(form.getValue()));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"RSA1_5", "PBES2-HS512+A256KW"})
    void the_two_algorithms_that_are_not_sound_cannot_be_set(String algorithm) {
        assertThatThrownBy(() -> Bodies.jweJson(algorithm, "A256GCM"))
                .hasMessageStartingWith("algorithm is " + algorithm);
    }

    /** The way there: the printed content key and nonce make the printed ciphertext and tag. */
    @ParameterizedTest
    @MethodSource("allowed")
    void the_content_is_sealed_as_it_is_printed(Printed message) {
        Vectors.Case generated = message.vector().object("generated");
        Vectors.Case printed = message.vector().object("encrypting_content");
        if (printed.has("protected") && printed.object("protected").has("zip")) {
            return; // nothing here compresses
        }
        Base64.Decoder base64 = Base64.getUrlDecoder();
        String cek = generated.text("cek", "");
        if (cek.isEmpty() && message.algorithm().equals("dir")) {
            cek = message.vector().object("input").object("key").text("k");
        }
        if (cek.isEmpty()) {
            return; // agreed on
        }
        String data = printed.text("protected_b64u", "")
                + (printed.has("aad_b64u")
                        ? "." + printed.text("aad_b64u")
                        : message.vector().object("input").has("aad")
                                ? "."
                                        + Base64.getUrlEncoder()
                                                .withoutPadding()
                                                .encodeToString(utf8(message.vector()
                                                        .object("input")
                                                        .text("aad")))
                                : "");
        byte[] sealed = JweSuite.of(message.algorithm(), message.encryption())
                .content()
                .seal(
                        new SecretKeySpec(base64.decode(cek), "AES"),
                        base64.decode(generated.text("iv")),
                        utf8(data),
                        message.plain(),
                        new byte[0],
                        utf8("."),
                        new byte[0]);
        assertThat(sealed).isEqualTo(utf8(printed.text("ciphertext") + "." + printed.text("tag")));
    }

    /** Every character of whatever is authenticated. */
    @ParameterizedTest
    @MethodSource("allowed")
    void no_mutation_opens(Printed message) {
        Vectors.Case output = message.vector().object("output");
        if (!output.has("json")) {
            return;
        }
        BodyEncryption form = message.form(true);
        int[] count = {0};
        for (String name : List.of("protected", "aad", "iv", "ciphertext", "tag")) {
            Map<String, Object> changed =
                    new LinkedHashMap<>(output.object("json").json());
            if (changed.get(name) instanceof String text) {
                mutated(text, other -> {
                    changed.put(name, other);
                    JweVectorTest.assertUnopened(form, utf8(json(changed)));
                    count[0]++;
                });
            }
        }
        if (output.has("json_flat")) {
            Map<String, Object> flat =
                    new LinkedHashMap<>(output.object("json_flat").json());
            if (flat.get("encrypted_key") instanceof String text) {
                mutated(text, other -> {
                    flat.put("encrypted_key", other);
                    JweVectorTest.assertUnopened(form, utf8(json(flat)));
                });
            }
        }
        assertThat(count[0]).isGreaterThan(100);
    }

    private static void mutated(String text, Consumer<String> each) {
        Vectors.mutations(text, each);
        each.accept(text + "A");
        each.accept(text + "=");
        each.accept("");
    }

    @ParameterizedTest
    @ValueSource(strings = {"RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A256KW", "A128KW", "A256GCMKW", "dir"})
    void every_kind_of_algorithm_there_and_back(String algorithm) throws Exception {
        for (String encryption : List.of("A256GCM", "A128CBC-HS256")) {
            BodyEncryption form =
                    JweVectorTest.keyed(Bodies.jweJson(algorithm, encryption), TestKeys.jwk(algorithm, encryption));
            for (int length : new int[] {0, 15, 16, 40_000}) {
                byte[] plain = TestKeys.bytes(length);
                byte[] hidden = form.encrypt(plain);
                assertThat(form.decrypt(hidden)).isEqualTo(plain);
                assertThat(form.encrypted(BodyPublishers.ofByteArray(plain)).contentLength())
                        .isEqualTo(hidden.length);
            }
            JWEObjectJSON independent =
                    JWEObjectJSON.parse(new String(form.encrypt(TestKeys.bytes(20)), StandardCharsets.US_ASCII));
            independent.decrypt(TestKeys.nimbus(independent.getHeader(), TestKeys.jwk(algorithm, encryption)));
            assertThat(independent.getPayload().toBytes()).isEqualTo(TestKeys.bytes(20));
        }
    }

    @Test
    void its_type_is_its_own() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(java.net.URI.create("http://127.0.0.1/"))
                .POST(BodyPublishers.ofString("{}"))
                .build();
        assertThat(OURS.asSigner().sign(request).headers().firstValue("Content-Type"))
                .contains("application/jose+json");
        assertThat(OURS).hasToString("BodyEncryption[JWE in JSON A256KW A256GCM, BodyKeys[to k, own [k]]]");
    }

    // ---- what a stranger may write

    private static Map<String, Object> message() throws Exception {
        return JSONObjectUtils.parse(new String(OURS.encrypt(utf8("text")), StandardCharsets.US_ASCII));
    }

    private static void refused(Consumer<Map<String, Object>> change) throws Exception {
        Map<String, Object> message = message();
        change.accept(message);
        JweVectorTest.assertUnopened(OURS, utf8(json(message)));
    }

    private static byte[] changed(Consumer<Map<String, Object>> change) throws Exception {
        Map<String, Object> message = message();
        change.accept(message);
        return utf8(json(message));
    }

    @Test
    void members_that_nobody_knows_are_left_alone() throws Exception {
        assertThat(OURS.decrypt(changed(m -> {
                    m.put("x", Map.of("y", 1));
                    m.put("unprotected", Map.of("cty", "text/plain"));
                    m.put("header", Map.of("x", List.of()));
                })))
                .isEqualTo(utf8("text"));
    }

    @Test
    void a_name_in_two_headers_is_refused() throws Exception {
        for (String name : List.of("alg", "enc", "kid")) {
            refused(m -> m.put("unprotected", Map.of(name, "A256KW")));
            refused(m -> m.put("header", Map.of(name, "k")));
        }
        refused(m -> {
            m.put("unprotected", Map.of("x", 1));
            m.put("header", Map.of("x", 1));
        });
    }

    @Test
    void what_must_be_protected_is_refused_elsewhere() throws Exception {
        refused(m -> m.put("unprotected", Map.of("zip", "DEF")));
        refused(m -> m.put("header", Map.of("zip", "DEF")));
        refused(m -> m.put("unprotected", Map.of("crit", List.of("x"), "x", 1)));
        refused(m -> m.put("header", Map.of("crit", List.of("x"), "x", 1)));
    }

    @Test
    void the_two_forms_do_not_mix() throws Exception {
        refused(m -> m.put("recipients", List.of()));
        refused(m -> m.put("recipients", List.of(Map.of())));
        refused(m -> {
            m.put("recipients", List.of(Map.of("encrypted_key", m.get("encrypted_key"))));
            m.put("header", Map.of());
            m.remove("encrypted_key");
        });
        for (Object bad : new Object[] {"x", 1, Map.of(), List.of("x"), List.of(1), List.of(List.of())}) {
            refused(m -> {
                m.put("recipients", bad);
                m.remove("encrypted_key");
            });
        }
    }

    @Test
    void members_of_another_type_or_empty_ones_are_refused() throws Exception {
        for (String name : List.of("protected", "encrypted_key", "iv", "tag", "aad")) {
            for (Object bad : new Object[] {"", 1, Map.of(), List.of(), false}) {
                refused(m -> m.put(name, bad));
            }
        }
        for (String name : List.of("protected", "encrypted_key", "iv", "tag", "ciphertext")) {
            refused(m -> m.remove(name));
        }
        for (Object bad : new Object[] {1, Map.of(), "é", "=", "A", "AB CD"}) {
            refused(m -> m.put("ciphertext", bad));
        }
        for (Object bad : new Object[] {"x", 1, List.of()}) {
            refused(m -> m.put("unprotected", bad));
            refused(m -> m.put("header", bad));
        }
        refused(m -> m.put("aad", "AAAA"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "{}", "[]", "null", "\"x\"", "{\"ciphertext\":\"AAAA\"}", "{\"ciphertext\":null}", "{", "1"})
    void what_is_no_message_is_refused(String text) {
        JweVectorTest.assertUnopened(OURS, utf8(text));
    }

    @Test
    void a_member_that_is_there_twice_is_refused() {
        String text = new String(OURS.encrypt(utf8("x")), StandardCharsets.US_ASCII);
        JweVectorTest.assertUnopened(OURS, utf8(text.replace("{\"protected\"", "{\"iv\":\"AAAA\",\"protected\"")));
        JweVectorTest.assertUnopened(OURS, utf8(text + "{}"));
    }

    // ---- recipients

    private static Map<String, Object> recipient(String keyId, String encryptedKey) {
        Map<String, Object> header = keyId.isEmpty() ? Map.of() : Map.of("kid", keyId);
        return Map.of("header", header, "encrypted_key", encryptedKey);
    }

    /** A message whose key id stands with the recipients, ours being where it is put. */
    private static byte[] forMany(String... keyIds) throws Exception {
        BodyEncryption nameless = Bodies.jweJson("A256KW", "A256GCM").shared("", new byte[32]);
        Map<String, Object> message =
                JSONObjectUtils.parse(new String(nameless.encrypt(utf8("text")), StandardCharsets.US_ASCII));
        String ours = message.remove("encrypted_key").toString();
        message.put(
                "recipients",
                Arrays.stream(keyIds)
                        .map(id -> recipient(id, id.equals("k") || id.isEmpty() ? ours : "AAAA"))
                        .toList());
        return utf8(json(message));
    }

    @Test
    void the_recipient_of_our_key_id_is_found_wherever_it_stands() throws Exception {
        for (String[] ids : new String[][] {{"k"}, {"k", "a"}, {"a", "b", "k"}, {"", "k"}}) {
            assertThat(OURS.decrypt(forMany(ids))).as(Arrays.toString(ids)).isEqualTo(utf8("text"));
        }
        JweVectorTest.assertUnopened(OURS, forMany("a", "b"));
    }

    @Test
    void only_a_single_recipient_may_go_without_a_key_id() throws Exception {
        assertThat(OURS.decrypt(forMany(""))).isEqualTo(utf8("text"));
        JweVectorTest.assertUnopened(OURS, forMany("", ""));
        JweVectorTest.assertUnopened(OURS, forMany("", "a"));
    }

    @Test
    void recipients_are_many_but_not_any_number() throws Exception {
        String[] ids = new String[101];
        Arrays.setAll(ids, i -> "a" + i);
        ids[99] = "k";
        assertThat(OURS.decrypt(forMany(Arrays.copyOf(ids, 100)))).isEqualTo(utf8("text"));
        JweVectorTest.assertUnopened(OURS, forMany(ids));
    }

    /** Each recipient's header is that of all and its own: a hundred times a header as large as the body would fill the memory. */
    @Test
    void what_all_recipients_share_is_not_multiplied_by_their_number() {
        StringBuilder shared = new StringBuilder("{\"alg\":\"A256KW\",\"enc\":\"A256GCM\"");
        for (int i = 0; shared.length() < 700_000; i++) {
            shared.append(",\"y").append(Integer.toString(i, 36)).append("\":1");
        }
        String header = shared.append('}').toString();
        String many = "{}" + ",{}".repeat(99);
        String content = "\"iv\":\"AAAA\",\"ciphertext\":\"AAAA\",\"tag\":\"AAAA\",\"recipients\":[" + many + "]}";
        String shielded = Base64.getUrlEncoder().withoutPadding().encodeToString(utf8(header));
        JweVectorTest.assertUnopened(OURS, utf8("{\"ciphertext\":1}")); // classes are loaded
        for (String message : List.of(
                "{\"unprotected\":" + header + "," + content, "{\"protected\":\"" + shielded + "\"," + content)) {
            long before = allocated();
            JweVectorTest.assertUnopened(OURS, utf8(message));
            assertThat(allocated() - before).isLessThan(100L << 20);
        }
    }

    private static long allocated() {
        return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean())
                .getThreadAllocatedBytes(Thread.currentThread().getId());
    }
}
