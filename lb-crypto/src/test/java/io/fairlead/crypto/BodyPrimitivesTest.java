package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.crypto.impl.AESCBC;
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
        for (Vectors.Case group : Vectors.file("wycheproof/" + file + "_test").list("testGroups")) {
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
    @CsvSource({"sha1_mgf1sha1, SHA1", "sha256_mgf1sha256, SHA256"})
    void oaep_of_wycheproof(String file, Oaep oaep) throws Exception {
        List<String> wrong = new ArrayList<>();
        int valid = 0;
        for (Vectors.Case group :
                Vectors.file("wycheproof/rsa_oaep_2048_" + file + "_test").list("testGroups")) {
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

    /** It is nimbus's, and JWE rests on it. */
    @Test
    void cbc_with_hmac_of_wycheproof() throws Exception {
        int valid = 0;
        int invalid = 0;
        for (Vectors.Case group : Vectors.file("wycheproof/a128cbc_hs256_test").list("testGroups")) {
            for (Vectors.Case test : group.list("tests")) {
                boolean is;
                try {
                    byte[] plain = AESCBC.decryptAuthenticated(
                            new SecretKeySpec(test.hex("key"), "AES"),
                            test.hex("iv"),
                            test.hex("ct"),
                            test.hex("aad"),
                            test.hex("tag"),
                            null,
                            null);
                    is = java.util.Arrays.equals(plain, test.hex("msg"));
                } catch (JOSEException e) {
                    is = false;
                }
                assertThat(is)
                        .as(test.text("tcId"))
                        .isEqualTo(test.text("result").equals("valid"));
                valid += is ? 1 : 0;
                invalid += is ? 0 : 1;
            }
        }
        assertThat(valid).isPositive();
        assertThat(invalid).isPositive();
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
