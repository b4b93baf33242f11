package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The signatures of Wycheproof: valid ones are valid, malformed and forged ones are not, and none makes more than a no. */
class WycheproofTest {

    /** What each file is for; those not among the resources are tried where {@code -Dwycheproof=…/testvectors_v1} says where all are. */
    private static final String FILES = """
            dsa_2048_224_sha256 DSA_SHA256
            dsa_2048_224_sha256_p1363 DSA_SHA256_P1363
            dsa_2048_256_sha256 DSA_SHA256
            dsa_2048_256_sha256_p1363 DSA_SHA256_P1363
            dsa_3072_256_sha256 DSA_SHA256
            dsa_3072_256_sha256_p1363 DSA_SHA256_P1363
            ecdsa_secp256r1_sha256 ECDSA_P256_DER
            ecdsa_secp256r1_sha256_p1363 ECDSA_P256
            ecdsa_secp256r1_sha3_256 ECDSA_P256_SHA3_DER
            ecdsa_secp384r1_sha384 ECDSA_P384_DER
            ecdsa_secp384r1_sha384_p1363 ECDSA_P384
            ecdsa_secp384r1_sha3_384 ECDSA_P384_SHA3_DER
            ecdsa_secp521r1_sha512 ECDSA_P521_DER
            ecdsa_secp521r1_sha512_p1363 ECDSA_P521
            ecdsa_secp521r1_sha3_512 ECDSA_P521_SHA3_DER
            ed25519 ED25519
            rsa_signature_2048_sha256 RSA_SHA256
            rsa_signature_2048_sha384 RSA_SHA384
            rsa_signature_2048_sha512 RSA_SHA512
            rsa_signature_2048_sha3_256 RSA_SHA3_256
            rsa_signature_2048_sha3_384 RSA_SHA3_384
            rsa_signature_2048_sha3_512 RSA_SHA3_512
            rsa_signature_3072_sha256 RSA_SHA256
            rsa_signature_3072_sha384 RSA_SHA384
            rsa_signature_3072_sha512 RSA_SHA512
            rsa_signature_3072_sha3_256 RSA_SHA3_256
            rsa_signature_3072_sha3_384 RSA_SHA3_384
            rsa_signature_3072_sha3_512 RSA_SHA3_512
            rsa_signature_4096_sha256 RSA_SHA256
            rsa_signature_4096_sha384 RSA_SHA384
            rsa_signature_4096_sha512 RSA_SHA512
            rsa_signature_8192_sha256 RSA_SHA256
            rsa_signature_8192_sha384 RSA_SHA384
            rsa_signature_8192_sha512 RSA_SHA512
            rsa_pss_2048_sha256_mgf1_32 RSA_PSS_SHA256
            rsa_pss_2048_sha384_mgf1_48 RSA_PSS_SHA384
            rsa_pss_3072_sha256_mgf1_32 RSA_PSS_SHA256
            rsa_pss_4096_sha256_mgf1_32 RSA_PSS_SHA256
            rsa_pss_4096_sha384_mgf1_48 RSA_PSS_SHA384
            rsa_pss_4096_sha512_mgf1_64 RSA_PSS_SHA512
            """;

    static List<Arguments> files() {
        List<Arguments> files = new ArrayList<>();
        FILES.lines().map(line -> line.split(" ")).forEach(line -> {
            if (Vectors.hasWycheproof(line[0])) {
                files.add(Arguments.of(line[0], Algorithm.valueOf(line[1])));
            }
        });
        return files;
    }

    @Test
    void no_file_is_left_out() {
        assertThat(files()).hasSizeGreaterThanOrEqualTo(6);
        assertThat(System.getProperty("wycheproof") == null
                        || files().size() == FILES.lines().count())
                .isTrue();
    }

    @ParameterizedTest
    @MethodSource("files")
    void signatures_are_judged_right(String file, Algorithm algorithm) throws Exception {
        List<String> wrong = new ArrayList<>();
        int valid = 0;
        int invalid = 0;
        for (Vectors.Case group : Vectors.wycheproof(file).list("testGroups")) {
            PublicKey key = Keys.publicKey(Base64.getEncoder().encodeToString(der(group)));
            Signatures.Checker checker = Signatures.checker(algorithm, key, "key");
            for (Vectors.Case test : group.list("tests")) {
                boolean is = checker.isValid(test.hex("sig"), test.hex("msg"));
                boolean should = test.text("result").equals("valid");
                if (is != should && !test.text("result").equals("acceptable")) {
                    wrong.add(test.text("tcId") + " " + test.text("comment") + " " + test.text("result"));
                }
                valid += should ? 1 : 0;
                invalid += should ? 0 : 1;
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(valid).isPositive();
        assertThat(invalid).isPositive();
    }

    private static byte[] der(Vectors.Case group) {
        for (String name : List.of("publicKeyDer", "publicKeyAsn", "keyDer")) {
            if (group.has(name)) {
                return group.hex(name);
            }
        }
        throw new IllegalArgumentException("no key in " + group.json().keySet());
    }

    @Test
    void codes_are_judged_right() {
        int valid = 0;
        for (Vectors.Case group : Vectors.wycheproof("hmac_sha256").list("testGroups")) {
            if (group.number("tagSize") == 256) {
                for (Vectors.Case test : group.list("tests")) {
                    boolean should = test.text("result").equals("valid");
                    Macs macs = new Macs(test.hex("key"), 1, "key");
                    assertThat(macs.isValid(test.hex("tag"), test.hex("msg")))
                            .as(test.text("tcId"))
                            .isEqualTo(should);
                    valid += should ? 1 : 0;
                }
            }
        }
        assertThat(valid).isPositive();
    }

    /** Those without a label, which the scheme has none of. */
    @Test
    void padded_ciphertexts_are_judged_right() {
        List<String> wrong = new ArrayList<>();
        int valid = 0;
        PublicKey any = Keys.publicKey(Vectors.key("rsa-public"));
        for (Vectors.Case group :
                Vectors.wycheproof("rsa_oaep_2048_sha1_mgf1sha1").list("testGroups")) {
            String key = Base64.getEncoder().encodeToString(group.hex("privateKeyPkcs8"));
            WeChatPayFields fields = Verifiers.weChatPayFields(any, Keys.privateKey(key));
            for (Vectors.Case test : group.list("tests")) {
                boolean should = test.text("result").equals("valid")
                        && test.text("label").isEmpty();
                boolean is;
                try {
                    fields.open(Base64.getEncoder().encodeToString(test.hex("ct")));
                    is = true;
                } catch (GeneralSecurityException e) {
                    is = false;
                }
                if (is != should) {
                    wrong.add(test.text("tcId"));
                }
                valid += should ? 1 : 0;
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(valid).isPositive();
    }
}
