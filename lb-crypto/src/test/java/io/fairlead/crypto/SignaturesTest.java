package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECParameterSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.jce.ECNamedCurveTable;
import org.bouncycastle.jce.spec.ECNamedCurveParameterSpec;
import org.bouncycastle.jce.spec.ECPublicKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class SignaturesTest {

    private static final byte[] MESSAGE = "POST\n/pay\n1\n".getBytes(StandardCharsets.UTF_8);

    private static final KeyPair P384 = TestCertificates.pair("EC", 384);
    private static final KeyPair P521 = TestCertificates.pair("EC", 521);

    /** Those that sign; what only checks is in {@link DetachedTest}. */
    static List<Algorithm> signing() {
        return Stream.of(Algorithm.values())
                .filter(one -> !one.name().startsWith("DSA"))
                .toList();
    }

    static List<Algorithm> ofTheJdk() {
        return signing().stream().filter(one -> one != Algorithm.SM2).toList();
    }

    private static KeyPair pair(Algorithm algorithm) {
        return switch (algorithm.name().replaceAll("^(RSA|ECDSA_P[0-9]*).*", "$1")) {
            case "RSA" -> pair("rsa-pkcs8", "rsa-public");
            case "ECDSA_P256" -> pair("ec-sec1", "ec-public");
            case "ECDSA_P384" -> P384;
            case "ECDSA_P521" -> P521;
            case "ED25519" -> pair("ed25519", "ed25519-public");
            case "SM2" -> pair("sm2-sec1", "sm2-public");
            default -> throw new IllegalArgumentException("no private key for " + algorithm);
        };
    }

    private static KeyPair pair(String key, String open) {
        return new KeyPair(Keys.publicKey(Vectors.key(open)), Keys.privateKey(Vectors.key(key)));
    }

    @ParameterizedTest
    @MethodSource("signing")
    void a_signature_with_any_byte_of_it_or_of_the_message_changed_is_invalid(Algorithm algorithm) {
        KeyPair pair = pair(algorithm);
        Signatures.Maker maker = Signatures.maker(algorithm, pair.getPrivate(), "key");
        Signatures.Checker checker = Signatures.checker(algorithm, pair.getPublic(), "key");
        Signatures.Run run = maker.start();
        run.update(ByteBuffer.wrap(MESSAGE, 0, 5));
        run.update(ByteBuffer.wrap(MESSAGE, 5, MESSAGE.length - 5));
        byte[] signature = run.sign();
        assertThat(checker.isValid(signature, MESSAGE)).isTrue();
        assertThat(checker.isValid(
                        signature,
                        "POST\n".getBytes(StandardCharsets.UTF_8),
                        "/pay\n1\n".getBytes(StandardCharsets.UTF_8)))
                .isTrue();
        Vectors.mutations(
                signature, s -> assertThat(checker.isValid(s, MESSAGE)).isFalse());
        Vectors.mutations(
                MESSAGE, m -> assertThat(checker.isValid(signature, m)).isFalse());
        assertThat(checker.isValid(new byte[0], MESSAGE)).isFalse();
        assertThat(checker.isValid(new byte[signature.length], MESSAGE)).isFalse();
        assertThat(maker + " " + checker).isEqualTo("Maker[" + algorithm + "] Checker[" + algorithm + "]");
    }

    @ParameterizedTest
    @MethodSource("ofTheJdk")
    void the_other_provider_agrees(Algorithm algorithm) throws Exception {
        KeyPair pair = pair(algorithm);
        byte[] signature = Signatures.maker(algorithm, pair.getPrivate(), "key").sign("text");
        Signature jdk = algorithm.newSignature(null);
        jdk.initVerify(pair.getPublic());
        jdk.update("text".getBytes(StandardCharsets.UTF_8));
        assertThat(jdk.verify(signature)).isTrue();
        Signature other = algorithm.newSignature(algorithm.isCurve() ? null : Providers.BC);
        other.initSign(pair.getPrivate());
        other.update(MESSAGE);
        assertThat(Signatures.checker(algorithm, pair.getPublic(), "key").isValid(other.sign(), MESSAGE))
                .isTrue();
    }

    @ParameterizedTest
    @MethodSource("signing")
    void a_key_for_another_algorithm_is_refused_by_name(Algorithm algorithm) {
        for (Algorithm other : signing()) {
            KeyPair pair = pair(other);
            boolean fits = algorithm == other
                    || algorithm.name().startsWith("RSA") && other.name().startsWith("RSA")
                    || algorithm.name().startsWith("ECDSA")
                            && other.name().startsWith(algorithm.name().substring(0, 10));
            if (!fits) {
                assertThatThrownBy(() -> Signatures.maker(algorithm, pair.getPrivate(), "merchant key"))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageStartingWith("merchant key is a key of the type");
                assertThatThrownBy(() -> Signatures.checker(algorithm, pair.getPublic(), "platform key"))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageStartingWith("platform key is a key of the type");
            }
        }
    }

    @Test
    void a_key_that_is_for_pss_only_signs_nothing_else() {
        PrivateKey pss = Keys.privateKey(
                Vectors.file("rfc9421_signatures").list("keys").get(1).text("private_pem"));
        assertThatThrownBy(() -> Signatures.maker(Algorithm.RSA_SHA256, pss, "key"))
                .hasMessage("key is a key of the type RSA (PSS only): allowed is a key for rsa-sha256");
    }

    /** As one in a token is: it can be used and not be read. */
    private record Unreadable(ECPrivateKey key) implements ECPrivateKey {
        @Override
        public BigInteger getS() {
            return key.getS();
        }

        @Override
        public String getAlgorithm() {
            return "EC";
        }

        @Override
        public String getFormat() {
            return null;
        }

        @Override
        public byte[] getEncoded() {
            return null;
        }

        @Override
        public ECParameterSpec getParams() {
            return key.getParams();
        }
    }

    @Test
    void a_key_that_cannot_be_read_is_left_to_the_jdk() {
        KeyPair pair = pair(Algorithm.ECDSA_P256);
        for (Algorithm algorithm : List.of(Algorithm.ECDSA_P256, Algorithm.ECDSA_P256_DER)) {
            byte[] signature = Signatures.maker(algorithm, new Unreadable((ECPrivateKey) pair.getPrivate()), "key")
                    .sign("text");
            assertThat(Signatures.checker(algorithm, pair.getPublic(), "key").isValid(signature, "text"))
                    .isTrue();
        }
    }

    @Test
    void ed448_is_not_ed25519() {
        KeyPair pair = TestCertificates.pair("Ed448", 0);
        assertThatThrownBy(() -> Signatures.maker(Algorithm.ED25519, pair.getPrivate(), "key"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Signatures.checker(Algorithm.ED25519, pair.getPublic(), "key"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** GB/T 32918.5-2016, annex A.2. */
    @Test
    void the_signature_of_the_sm2_standard_is_valid() throws Exception {
        Vectors.Case test = Vectors.get("sm_gmt", "sm2-sign-standard");
        ECNamedCurveParameterSpec curve = ECNamedCurveTable.getParameterSpec("sm2p256v1");
        PublicKey key = KeyFactory.getInstance("EC", Providers.BC)
                .generatePublic(new ECPublicKeySpec(
                        curve.getCurve()
                                .createPoint(
                                        new BigInteger(test.text("public_x_hex"), 16),
                                        new BigInteger(test.text("public_y_hex"), 16)),
                        curve));
        ASN1EncodableVector rs = new ASN1EncodableVector();
        rs.add(new ASN1Integer(new BigInteger(test.text("r_hex"), 16)));
        rs.add(new ASN1Integer(new BigInteger(test.text("s_hex"), 16)));
        byte[] signature = new DERSequence(rs).getEncoded();
        Signatures.Checker checker = Signatures.checker(Algorithm.SM2, key, "key");
        assertThat(checker.isValid(signature, test.text("message"))).isTrue();
        Vectors.mutations(
                signature,
                s -> assertThat(checker.isValid(s, test.text("message"))).isFalse());
    }

    static Stream<Vectors.Case> jws() {
        return Vectors.cases("jws").stream().filter(c -> !c.text("alg").matches("PS384|none"));
    }

    /** The examples of RFC 7515, RFC 7520 and RFC 8037: the same signatures where the algorithm leaves no choice. */
    @ParameterizedTest
    @MethodSource
    void jws(Vectors.Case test) {
        String jwk = com.nimbusds.jose.util.JSONObjectUtils.toJSONString(
                test.object("jwk").json());
        String compact = test.has("compact")
                ? test.text("compact")
                : test.object("output").text("compact");
        byte[] signature = Values.base64Url(compact.substring(compact.lastIndexOf('.') + 1));
        String text = test.has("signing_input")
                ? test.text("signing_input")
                : test.object("signing").text("sig-input");
        Signatures.Maker maker;
        Signatures.Checker checker;
        if (test.text("alg").equals("HS256")) {
            Macs macs = new Macs(Keys.secretJwk(jwk), 32, "secret");
            maker = macs;
            checker = macs;
        } else {
            Algorithm algorithm = switch (test.text("alg")) {
                case "RS256" -> Algorithm.RSA_SHA256;
                case "PS256" -> Algorithm.RSA_PSS_SHA256;
                case "ES256" -> Algorithm.ECDSA_P256;
                case "ES384" -> Algorithm.ECDSA_P384;
                case "ES512" -> Algorithm.ECDSA_P521;
                default -> Algorithm.ED25519;
            };
            maker = Signatures.maker(algorithm, Keys.privateJwk(jwk), "key");
            checker = Signatures.checker(algorithm, Keys.publicJwk(jwk), "key");
        }
        assertThat(checker.isValid(signature, text)).isTrue();
        assertThat(checker.isValid(maker.sign(text), text)).isTrue();
        if (test.text("alg").matches("HS256|RS256|EdDSA")) {
            assertThat(maker.sign(text)).isEqualTo(signature);
        }
        Vectors.mutations(
                text, bad -> assertThat(checker.isValid(signature, bad)).isFalse());
    }

    @ParameterizedTest
    @EnumSource(
            value = Algorithm.class,
            names = {"RSA_SHA256", "ECDSA_P256", "ED25519", "SM2"})
    void a_maker_shared_by_threads_signs_right(Algorithm algorithm) throws Exception {
        KeyPair pair = pair(algorithm);
        Signatures.Maker maker = Signatures.maker(algorithm, pair.getPrivate(), "key");
        Signatures.Checker checker = Signatures.checker(algorithm, pair.getPublic(), "key");
        ExecutorService pool = Executors.newFixedThreadPool(4);
        List<Callable<Boolean>> tasks = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            String text = "text " + i;
            tasks.add(() -> {
                boolean all = true;
                for (int k = 0; k < 50; k++) {
                    all &= checker.isValid(maker.sign(text + k), text + k);
                }
                return all;
            });
        }
        for (Future<Boolean> task : pool.invokeAll(tasks)) {
            assertThat(task.get()).isTrue();
        }
        pool.shutdown();
    }
}
