package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWEHeader;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What bodies are encrypted with, against Wycheproof and against the other provider. */
class BodyPrimitivesTest {

    private static byte[] joined(byte[] a, byte[] b) {
        byte[] all = java.util.Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, all, a.length, b.length);
        return all;
    }

    /** Nonces of another length than 96 bits are refused, whatever they are worth. */
    @ParameterizedTest
    @CsvSource({"aes_gcm, AES", "sm4_gcm, SM4"})
    void gcm_of_wycheproof_both_ways(String file, Aead cipher) throws Exception {
        List<String> wrong = new ArrayList<>();
        int valid = 0;
        int invalid = 0;
        for (Vectors.Case group : Vectors.wycheproof(file).list("testGroups")) {
            for (Vectors.Case test : group.list("tests")) {
                boolean should = test.text("result").equals("valid") && group.number("ivSize") == 96;
                SecretKey key = cipher.key(test.hex("key"));
                byte[] sealed = joined(test.hex("ct"), test.hex("tag"));
                boolean is;
                try {
                    byte[] plain = cipher.open(key, test.hex("iv"), test.hex("aad"), sealed);
                    is = java.util.Arrays.equals(plain, test.hex("msg"));
                    byte[] again = cipher.seal(key, test.hex("iv"), test.hex("aad"), plain);
                    is &= java.util.Arrays.equals(again, sealed);
                } catch (GeneralSecurityException e) {
                    assertThat(e).isInstanceOf(Unopened.class);
                    is = false;
                }
                if (is != should) {
                    wrong.add(test.text("tcId"));
                }
                valid += is ? 1 : 0;
                invalid += is ? 0 : 1;
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(valid).isPositive();
        assertThat(invalid).isPositive();
    }

    /** Those without a label, which JWE has none of. */
    @ParameterizedTest
    @CsvSource({"2048_sha1_mgf1sha1, SHA1", "2048_sha256_mgf1sha256, SHA256"})
    void oaep_of_wycheproof(String file, Oaep oaep) throws Exception {
        List<String> wrong = new ArrayList<>();
        int valid = 0;
        for (Vectors.Case group : Vectors.wycheproof("rsa_oaep_" + file).list("testGroups")) {
            PrivateKey key = Keys.privateKey(Base64.getEncoder().encodeToString(group.hex("privateKeyPkcs8")));
            for (Vectors.Case test : group.list("tests")) {
                boolean should = test.text("result").equals("valid")
                        && test.text("label").isEmpty();
                boolean is;
                try {
                    is = java.util.Arrays.equals(oaep.open(key, test.hex("ct")), test.hex("msg"));
                } catch (GeneralSecurityException e) {
                    assertThat(e).isInstanceOf(Unopened.class);
                    is = false;
                }
                if (is != should) {
                    wrong.add(test.text("tcId"));
                }
                valid += is ? 1 : 0;
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(valid).isPositive();
    }

    /** Both ways: the plain text back makes the same ciphertext and tag. */
    @ParameterizedTest
    @CsvSource({"a128cbc_hs256, A128CBC-HS256", "aes_gcm, A128GCM", "aes_gcm, A192GCM", "aes_gcm, A256GCM"})
    void contents_of_wycheproof(String file, String encryption) throws Exception {
        JweContent content = JweSuite.of("dir", encryption).content();
        List<String> wrong = new ArrayList<>();
        int valid = 0;
        int invalid = 0;
        for (Vectors.Case group : Vectors.wycheproof(file).list("testGroups")) {
            if (group.number("keySize") != 8L * content.keyBytes()
                    || group.number("ivSize") != 8L * content.nonceBytes()) {
                continue;
            }
            for (Vectors.Case test : group.list("tests")) {
                boolean should =
                        test.text("result").equals("valid") && group.number("tagSize") == 8L * content.tagBytes();
                boolean is = opensAndSealsAgain(content, test);
                if (is != should) {
                    wrong.add(test.text("tcId") + " " + test.text("comment"));
                }
                valid += is ? 1 : 0;
                invalid += is ? 0 : 1;
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(valid).isPositive();
        assertThat(invalid).isPositive();
    }

    private static boolean opensAndSealsAgain(JweContent content, Vectors.Case test) {
        SecretKey key = new SecretKeySpec(test.hex("key"), "AES");
        try {
            byte[] sealed = joined(test.hex("ct"), test.hex("tag"));
            byte[] plain = content.open(key, test.hex("iv"), test.hex("aad"), sealed);
            byte[] nothing = new byte[0];
            byte[] again =
                    content.seal(key, test.hex("iv"), test.hex("aad"), plain, nothing, new byte[] {'.'}, nothing);
            Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
            String printed = base64.encodeToString(test.hex("ct")) + "." + base64.encodeToString(test.hex("tag"));
            return java.util.Arrays.equals(plain, test.hex("msg"))
                    && new String(again, StandardCharsets.US_ASCII).equals(printed);
        } catch (GeneralSecurityException e) {
            assertThat(e).isInstanceOf(Unopened.class);
            return false;
        }
    }

    /** RFC 3394, section 4.6. A key that was wrapped wrongly is another key, so that the content says no. */
    @Test
    void a_key_is_unwrapped_as_it_is_printed_and_a_changed_one_is_another() {
        SecretKey wrapping =
                new SecretKeySpec(hex("000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"), "AES");
        byte[] content = hex("00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F");
        byte[] wrapped = hex("28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21");
        assertThat(unwrapped(wrapping, wrapped)).isEqualTo(content);
        Vectors.mutations(
                wrapped,
                mutation ->
                        assertThat(unwrapped(wrapping, mutation)).hasSize(32).isNotEqualTo(content));
    }

    private static byte[] hex(String text) {
        return java.util.HexFormat.of().parseHex(text);
    }

    private static byte[] unwrapped(SecretKey key, byte[] wrapped) {
        JweSuite suite = JweSuite.of("A256KW", "A256GCM");
        byte[] nothing = new byte[0];
        JWEHeader header = new JWEHeader(suite.algorithm(), suite.encryption());
        return new JweKeyWrap(suite)
                .unwrap(new JweMessage(header, nothing, wrapped, nothing, nothing, 0), key, BodyKeys.none(suite))
                .getEncoded();
    }

    /** What is written in pieces and read in pieces is what it is in one. */
    @Test
    void text_in_pieces_is_text() throws Exception {
        for (int length : new int[] {0, 1, 2, 3, 4, 12_287, 12_288, 12_289, 24_576, 50_000}) {
            byte[] bytes = TestKeys.bytes(length);
            String whole = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
            assertThat(Base64Text.length(length)).isEqualTo(whole.length());
            for (int piece : new int[] {1, 16, 100, 12_288, 20_000}) {
                byte[] to = new byte[whole.length() + 2];
                Base64Text text = new Base64Text(to, 1);
                for (int at = 0; at < length; at += piece) {
                    byte[] part = java.util.Arrays.copyOfRange(bytes, at, Math.min(length, at + piece));
                    text.add(part, part.length);
                }
                assertThat(text.end()).isEqualTo(whole.length() + 1);
                assertThat(new String(to, 1, whole.length(), StandardCharsets.US_ASCII))
                        .isEqualTo(whole);
                if (piece == 1 && length > 50) {
                    break; // slow, and the same by and by
                }
            }
            byte[] read = Base64Text.decoded(whole.getBytes(StandardCharsets.US_ASCII), 0, whole.length(), 3);
            assertThat(read).isEqualTo(java.util.Arrays.copyOf(bytes, length + 3));
        }
    }

    /** A stranger who has two ways to write a message has one more than the sender. */
    @Test
    void text_has_one_form() {
        String piece = "A".repeat(16_384);
        for (String bad : List.of(
                "A",
                "AB",
                "AAB",
                "AA==",
                "AAA=",
                "=",
                "A+AA",
                "A/AA",
                "AA AA",
                "AAAA\n",
                "AAA.",
                "\u00e9AAA",
                piece.substring(2) + "==AAAA",
                piece.substring(1) + "=AAAA",
                piece + "A",
                piece + "AB",
                piece + "AA==")) {
            assertThatThrownBy(() -> Base64Text.decoded(bad.getBytes(StandardCharsets.ISO_8859_1)))
                    .as(bad.length() > 20 ? bad.substring(16_370) : bad)
                    .isInstanceOf(Unopened.class);
        }
    }

    @ParameterizedTest
    @EnumSource(Aead.class)
    void every_changed_byte_is_refused_alike(Aead cipher) {
        SecretKey key = cipher.key(new byte[16]);
        byte[] data = {1, 2, 3};
        byte[] nonce = new byte[12];
        byte[] sealed = cipher.seal(key, nonce, data, TestKeys.bytes(50));
        Vectors.mutations(sealed, m -> refused(cipher, key, nonce, data, m));
        Vectors.mutations(data, m -> refused(cipher, key, nonce, m, sealed));
        Vectors.mutations(nonce, m -> refused(cipher, key, m, data, sealed));
        refused(cipher, key, nonce, data, new byte[15]);
    }

    private static void refused(Aead cipher, SecretKey key, byte[] nonce, byte[] data, byte[] sealed) {
        assertThatThrownBy(() -> cipher.open(key, nonce, data, sealed))
                .isInstanceOf(Unopened.class)
                .hasMessage(new Unopened().getMessage())
                .hasNoCause();
    }

    /** In pieces, whole and by the other provider it is one ciphertext. */
    @Test
    void the_providers_agree() throws Exception {
        SecretKey key = Aead.AES.key(TestKeys.bytes(32));
        byte[] nonce = TestKeys.bytes(12);
        for (int length : new int[] {0, 1, 16_384, 16_385, 100_000}) {
            byte[] plain = TestKeys.bytes(length);
            Cipher other = Cipher.getInstance("AES/GCM/NoPadding", Providers.BC);
            other.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(128, nonce));
            other.updateAAD(nonce);
            byte[] sealed = other.doFinal(plain);
            assertThat(Aead.AES.seal(key, nonce, nonce, plain)).isEqualTo(sealed);
            assertThat(Aead.AES.open(key, nonce, nonce, sealed)).isEqualTo(plain);
        }
    }

    /** A cipher that two threads share gives wrong bytes without a word; ours share none. */
    @Test
    void one_encryption_for_many_threads() throws Exception {
        BodyEncryption jwe = Bodies.jwe("A256KW", "A256GCM").shared("k", new byte[32]);
        ExecutorService pool = Executors.newFixedThreadPool(4);
        try {
            List<Future<Boolean>> all = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                byte[] plain = TestKeys.bytes(3_000 + i);
                all.add(pool.submit(() -> {
                    boolean same = true;
                    for (int round = 0; round < 50; round++) {
                        same &= java.util.Arrays.equals(jwe.decrypt(jwe.encrypt(plain)), plain);
                    }
                    return same;
                }));
            }
            for (Future<Boolean> one : all) {
                assertThat(one.get()).isTrue();
            }
        } finally {
            pool.shutdown();
        }
    }
}
