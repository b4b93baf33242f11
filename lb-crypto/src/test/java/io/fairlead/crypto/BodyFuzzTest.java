package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What a stranger can send in place of a hidden body ends in the one exception; seeded, so that a failure can be repeated. */
class BodyFuzzTest {

    private static final int ROUNDS = 3_000;

    private final Random random = new Random(20260103);

    private byte[] mutated(byte[] seed) {
        byte[] bytes = seed.clone();
        for (int i = random.nextInt(4); i >= 0; i--) {
            int at = bytes.length == 0 ? 0 : random.nextInt(bytes.length);
            switch (random.nextInt(6)) {
                case 0 -> bytes = Arrays.copyOf(bytes, at);
                case 1 -> bytes = Arrays.copyOf(bytes, bytes.length + random.nextInt(40));
                case 2 -> bytes = spliced(bytes, at, ".{}[]\":,$\\eyJ0=-_ \n\0".charAt(random.nextInt(20)));
                case 3 -> bytes = spliced(bytes, at, random.nextInt(256));
                case 4 -> bytes = Arrays.copyOfRange(bytes, Math.min(at, 30), bytes.length);
                default -> {
                    if (bytes.length > 0) {
                        bytes[at] = (byte) random.nextInt(256);
                    }
                }
            }
        }
        return bytes;
    }

    private static byte[] spliced(byte[] bytes, int at, int b) {
        byte[] all = Arrays.copyOf(bytes, bytes.length + 1);
        System.arraycopy(bytes, at, all, at + 1, bytes.length - at);
        all[at] = (byte) b;
        return all;
    }

    private void fuzzed(BodyEncryption form, byte[]... seeds) {
        int refused = 0;
        for (int round = 0; round < ROUNDS; round++) {
            byte[] seed = seeds[random.nextInt(seeds.length)];
            byte[] bytes = mutated(seed);
            try {
                form.decrypt(bytes);
                assertThat(new String(bytes, StandardCharsets.ISO_8859_1))
                        .as("nothing but blanks may differ")
                        .isEqualToIgnoringWhitespace(new String(seed, StandardCharsets.ISO_8859_1));
            } catch (GeneralSecurityException e) {
                assertThat(e).isExactlyInstanceOf(Unopened.class);
                refused++;
            } catch (RuntimeException e) {
                fail(Arrays.toString(bytes), e);
            }
        }
        assertThat(refused).isGreaterThan(ROUNDS / 2);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void jwe() {
        BodyEncryption form = Bodies.jwe("A256KW", "A256GCM", "A128CBC-HS256").shared("k", new byte[32]);
        byte[] cbc =
                Bodies.jwe("A256KW", "A128CBC-HS256").shared("k", new byte[32]).encrypt(utf8("text"));
        fuzzed(form, form.encrypt(utf8("text")), cbc, utf8("eyJhbGciOiJub25lIn0...."), utf8("...."));
    }

    @Test
    void jwe_in_json() {
        BodyEncryption form = Bodies.jweJson("A256KW", "A256GCM").shared("k", new byte[32]);
        byte[] body = form.encrypt(utf8("text"));
        String flat = new String(body, StandardCharsets.US_ASCII);
        String key = flat.substring(flat.indexOf("\"encrypted_key\""), flat.indexOf(",\"iv\""));
        String general = flat.replace(key, "\"recipients\":[{" + key + "}]");
        fuzzed(form, body, utf8(general), utf8("{\"protected\":\"e30\",\"recipients\":[{}],\"ciphertext\":\"\"}"));
    }

    @Test
    void keys_in_json() throws Exception {
        String jwk = TestKeys.jwk("ECDH-ES", "A256GCM").toJSONString();
        BodyEncryption form = Bodies.jwe("ECDH-ES", "A256GCM");
        int refused = 0;
        for (int round = 0; round < ROUNDS; round++) {
            String text = new String(mutated(utf8(jwk)), StandardCharsets.UTF_8);
            try {
                assertThat(form.encryptToJwk(text).decryptWithJwk(text)).isNotNull();
            } catch (IllegalArgumentException e) {
                assertThat(e.getMessage()).startsWith("JWK").doesNotContain(jwk.substring(20, 30));
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(ROUNDS / 4);
    }

    @Test
    void agreed_keys() {
        BodyEncryption form = Bodies.jwe("ECDH-ES", "A256GCM")
                .encryptTo("k", TestKeys.EC.getPublic())
                .decryptWith("k", TestKeys.EC.getPrivate());
        byte[] body = form.encrypt(utf8("text"));
        for (int round = 0; round < 300; round++) {
            byte[] bytes = mutated(body);
            if (!Arrays.equals(bytes, body)) {
                JweVectorTest.assertUnopened(form, bytes);
            }
        }
    }

    @Test
    void envelopes() {
        BodyEncryption form = Bodies.envelope("A256KW").shared("k", new byte[32]);
        fuzzed(form, form.encrypt(utf8("text")), utf8("FLE1"), form.encrypt(new byte[0]));
        BodyEncryption sm4 = Bodies.sm4Envelope().shared("k", new byte[16]);
        fuzzed(sm4, sm4.encrypt(utf8("text")), sm4.encrypt(new byte[0]));
    }

    @Test
    void json() {
        BodyEncryption form = Bodies.jweFields("dir", "A256GCM", "$.a.b").shared("k", new byte[32]);
        for (int round = 0; round < ROUNDS; round++) {
            byte[] bytes = mutated(form.encrypt(utf8("{\"x\":[1,{\"y\":\"é\"}],\"a\":{\"b\":\"text\",\"c\":1.50}}")));
            try {
                Json.check(form.decrypt(bytes)); // what is not hidden may be anything that is JSON
            } catch (GeneralSecurityException e) {
                assertThat(e).isExactlyInstanceOf(Unopened.class);
            }
        }
    }

    @Test
    void paths() {
        int refused = 0;
        for (int round = 0; round < ROUNDS; round++) {
            String path = new String(mutated(utf8("$.card[0]['a.b'].x[*]?")), StandardCharsets.UTF_8);
            try {
                assertThat(JsonPath.of(path).steps()).isNotNull();
            } catch (IllegalArgumentException e) {
                assertThat(e).hasMessageStartingWith("path is ");
                refused++;
            }
        }
        assertThat(refused).isBetween(ROUNDS / 3, ROUNDS - 1);
        for (String json : List.of("{\"a\":1}", "[1,[2,{\"b\":\"\\u0041\"}]]", "\"text\"", "-1.5e+10")) {
            for (int round = 0; round < ROUNDS; round++) {
                byte[] bytes = mutated(utf8(json));
                try {
                    assertThat(Json.find(bytes, List.of(JsonPath.of("$.a"), JsonPath.of("$[1]"))))
                            .hasSizeLessThanOrEqualTo(2);
                } catch (IllegalArgumentException e) {
                    assertThat(e).hasMessageStartingWith("the body is no JSON");
                }
            }
        }
    }
}
