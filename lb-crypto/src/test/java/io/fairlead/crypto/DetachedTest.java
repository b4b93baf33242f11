package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.interfaces.DSAPublicKey;
import java.security.spec.DSAPublicKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.DERSequence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies that are signed in one header, and what only checks: DSA. */
class DetachedTest {

    private static final byte[] BODY = "{\"event\":\"paid\",\"note\":\"£5\"}".getBytes(StandardCharsets.UTF_8);
    private static final String HEADER = "X-Signature-SHA256";
    private static final KeyPair DSA = TestCertificates.pair("DSA", 2048);

    private static Map<String, List<String>> headers(byte[] signature) {
        return Map.of("x-signature-sha256", List.of(Base64.getEncoder().encodeToString(signature)));
    }

    private static void refused(Verifier verifier, byte[] signature, byte[] body) {
        assertThatThrownBy(() -> verifier.verify(headers(signature), body))
                .isInstanceOf(SignatureException.class)
                .hasMessage("wrong signature");
    }

    /** The signature is another program's: the partner's, whichever it has. */
    @ParameterizedTest
    @CsvSource({
        "rsa-sha256, SHA256withRSA, RSA, 2048",
        "rsa-sha384, SHA384withRSA, RSA, 3072",
        "rsa-sha512, SHA512withRSA, RSA, 2048",
        "rsa-sha3-256, SHA3-256withRSA, RSA, 2048",
        "rsa-sha3-384, SHA3-384withRSA, RSA, 2048",
        "rsa-sha3-512, SHA3-512withRSA, RSA, 2048",
        "ecdsa-p256, SHA256withECDSAinP1363Format, EC, 256",
        "ecdsa-p384, SHA384withECDSAinP1363Format, EC, 384",
        "ecdsa-p521, SHA512withECDSAinP1363Format, EC, 521",
        "ecdsa-p256-der, SHA256withECDSA, EC, 256",
        "ecdsa-p384-der, SHA384withECDSA, EC, 384",
        "ecdsa-p521-der, SHA512withECDSA, EC, 521",
        "ecdsa-p256-sha3, SHA3-256withECDSAinP1363Format, EC, 256",
        "ecdsa-p384-sha3, SHA3-384withECDSAinP1363Format, EC, 384",
        "ecdsa-p521-sha3, SHA3-512withECDSAinP1363Format, EC, 521",
        "ecdsa-p256-sha3-der, SHA3-256withECDSA, EC, 256",
        "ecdsa-p384-sha3-der, SHA3-384withECDSA, EC, 384",
        "ecdsa-p521-sha3-der, SHA3-512withECDSA, EC, 521",
        "dsa-sha256, SHA256withDSA, DSA, 2048",
        "dsa-sha256-p1363, SHA256withDSAinP1363Format, DSA, 2048",
        "ed25519, Ed25519, Ed25519, 0"
    })
    void what_the_jdk_has_signed_is_taken_and_no_mutation_of_it(String name, String jdk, String type, int size)
            throws Exception {
        KeyPair pair = type.equals("DSA") ? DSA : TestCertificates.pair(type, size);
        Signature signing = Signature.getInstance(jdk);
        signing.initSign(pair.getPrivate());
        signing.update(BODY);
        byte[] signature = signing.sign();
        Verifier verifier = Verifiers.detached(HEADER, name, pair.getPublic());
        verifier.verify(headers(signature), BODY);
        Vectors.mutations(signature, bad -> refused(verifier, bad, BODY));
        Vectors.mutations(BODY, bad -> refused(verifier, signature, bad));
        refused(verifier, new byte[0], BODY);
        refused(verifier, new byte[signature.length], BODY);
        refused(Verifiers.detached(HEADER, name, other(pair, type, size)), signature, BODY);
    }

    private static PublicKey other(KeyPair pair, String type, int size) throws Exception {
        if (type.equals("DSA")) { // of the same group, as making one takes seconds
            DSAPublicKey key = (DSAPublicKey) pair.getPublic();
            BigInteger p = key.getParams().getP();
            BigInteger y = key.getY().multiply(key.getParams().getG()).mod(p);
            return dsa(y, p, key.getParams().getQ(), key.getParams().getG());
        }
        return TestCertificates.pair(type, size).getPublic();
    }

    @ParameterizedTest
    @ValueSource(strings = {"rsa-pss-sha256", "rsa-pss-sha384", "rsa-pss-sha512", "sm2"})
    void so_is_what_bouncy_castle_has_signed(String name) throws Exception {
        boolean sm2 = name.equals("sm2");
        PrivateKey key = Keys.privateKey(Vectors.key(sm2 ? "sm2-sec1" : "rsa-pkcs8"));
        Signature signing = Signature.getInstance(
                sm2 ? "SM3withSM2" : name.substring(8).toUpperCase(java.util.Locale.ROOT) + "withRSAandMGF1",
                Providers.BC);
        signing.initSign(key);
        signing.update(BODY);
        byte[] signature = signing.sign();
        Verifier verifier =
                Verifiers.detached(HEADER, name, Keys.publicKey(Vectors.key(sm2 ? "sm2-public" : "rsa-public")));
        verifier.verify(headers(signature), BODY);
        Vectors.mutations(signature, bad -> refused(verifier, bad, BODY));
    }

    static List<Vectors.Case> rfc6979() {
        return Vectors.cases("rfc6979_dsa");
    }

    @ParameterizedTest
    @MethodSource
    void rfc6979(Vectors.Case test) throws Exception {
        Vectors.Case key = Vectors.file("rfc6979_dsa");
        PublicKey open = dsa(integer(key, "y"), integer(key, "p"), integer(key, "q"), integer(key, "g"));
        byte[] body = test.text("message").getBytes(StandardCharsets.US_ASCII);
        ASN1EncodableVector rs = new ASN1EncodableVector();
        rs.add(new ASN1Integer(integer(test, "r")));
        rs.add(new ASN1Integer(integer(test, "s")));
        byte[] der = new DERSequence(rs).getEncoded();
        Verifiers.detached(HEADER, "dsa-sha256", open).verify(headers(der), body);
        refused(Verifiers.detached(HEADER, "dsa-sha256-p1363", open), der, body);
        byte[] plain = (test.text("r_hex") + test.text("s_hex")).getBytes(StandardCharsets.US_ASCII);
        byte[] bytes = java.util.HexFormat.of().parseHex(new String(plain, StandardCharsets.US_ASCII));
        Verifiers.detached(HEADER, "dsa-sha256-p1363", open).verify(headers(bytes), body);
        refused(Verifiers.detached(HEADER, "dsa-sha256", open), bytes, body);
    }

    private static BigInteger integer(Vectors.Case of, String name) {
        return new BigInteger(of.text(name + "_hex"), 16);
    }

    private static PublicKey dsa(BigInteger y, BigInteger p, BigInteger q, BigInteger g) throws Exception {
        return KeyFactory.getInstance("DSA").generatePublic(new DSAPublicKeySpec(y, p, q, g));
    }

    @Test
    void a_dsa_key_checks_and_never_signs() throws Exception {
        assertThat(Keys.publicKey(Vectors.key("dsa-public"))).isInstanceOf(DSAPublicKey.class);
        String pem = TestCertificates.pkcs8(DSA.getPrivate());
        String why = "key is DSA, which is for checking only: to sign, allowed are RSA, EC, Ed25519 and SM2";
        assertThatThrownBy(() -> Keys.privateKey(pem)).hasMessage(why);
        assertThatThrownBy(() -> Signatures.maker(Algorithm.DSA_SHA256, DSA.getPrivate(), "key"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(why);
        assertThatThrownBy(() -> Signers.weChatPay("1", "AB", DSA.getPrivate()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("key of the type DSA");
        assertThatThrownBy(() -> Verifiers.alipay(DSA.getPublic())).hasMessageContaining("key of the type DSA");
    }

    @Test
    void a_dsa_key_that_proves_nothing_is_refused() throws Exception {
        PublicKey small = TestCertificates.pair("DSA", 1024).getPublic();
        assertThatThrownBy(() -> Keys.publicKey(Base64.getEncoder().encodeToString(small.getEncoded())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("DSA key has 1024 bits: allowed are at least 2048");
        assertThatThrownBy(() -> Verifiers.detached(HEADER, "dsa-sha256", small))
                .hasMessageContaining("1024 bits");
        DSAPublicKey key = (DSAPublicKey) DSA.getPublic();
        BigInteger p = key.getParams().getP();
        BigInteger q = key.getParams().getQ();
        BigInteger g = key.getParams().getG();
        for (PublicKey bad : List.of(
                dsa(BigInteger.ONE, p, q, g), // everybody's signature
                dsa(BigInteger.TWO, p, q, g),
                dsa(p, p, q, g),
                dsa(key.getY(), p, q, BigInteger.ONE),
                dsa(key.getY(), p, q, p.subtract(BigInteger.ONE)))) {
            assertThatThrownBy(() -> Verifiers.detached(HEADER, "dsa-sha256", bad))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("DSA key is not of the group that it names");
        }
        assertThatThrownBy(() -> Verifiers.detached(HEADER, "dsa-sha256", dsa(key.getY(), p, BigInteger.TEN, g)))
                .hasMessageContaining("order of the DSA key has 4 bits");
    }

    @Test
    void several_keys_are_for_a_rotation_and_a_ring_exchanges_them() throws Exception {
        KeyPair old = TestCertificates.pair("Ed25519", 0);
        KeyPair now = TestCertificates.pair("Ed25519", 0);
        byte[] byOld = Signatures.maker(Algorithm.ED25519, old.getPrivate(), "key")
                .sign(new String(BODY, StandardCharsets.UTF_8));
        byte[] byNow = Signatures.maker(Algorithm.ED25519, now.getPrivate(), "key")
                .sign(new String(BODY, StandardCharsets.UTF_8));
        Verifier both = Verifiers.detached(HEADER, "ed25519", now.getPublic(), old.getPublic());
        both.verify(headers(byOld), BODY);
        both.verify(headers(byNow), BODY);
        KeyRing<PublicKey> ring = KeyRing.of("old", old.getPublic());
        Verifier rotating = Verifiers.rotating(ring, (id, key) -> Verifiers.detached(HEADER, "ed25519", key));
        refused(rotating, byNow, BODY);
        ring.rotate("now", now.getPublic());
        rotating.verify(headers(byNow), BODY);
        rotating.verify(headers(byOld), BODY);
        ring.retire("old");
        refused(rotating, byOld, BODY);
    }

    @Test
    void a_header_that_is_missing_doubled_or_no_base64_is_refused() {
        Verifier verifier = Verifiers.detached(HEADER, "dsa-sha256", DSA.getPublic());
        for (Map<String, List<String>> bad : List.<Map<String, List<String>>>of(
                Map.of(),
                Map.of("X-Signature", List.of("AAAA")),
                Map.of(HEADER, List.of()),
                Map.of(HEADER, List.of("AAAA", "AAAA")),
                Map.of(HEADER, List.of("*")),
                Map.of(HEADER, List.of("A\nAAA")))) {
            assertThatThrownBy(() -> verifier.verify(bad, BODY))
                    .as(bad.toString())
                    .isInstanceOf(SignatureException.class)
                    .hasMessageContaining("header " + HEADER);
        }
    }

    @Test
    void bad_settings_are_refused_by_name() {
        PublicKey key = DSA.getPublic();
        for (String bad : List.of("", "X Signature", "X:", "X\n")) {
            assertThatThrownBy(() -> Verifiers.detached(bad, "dsa-sha256", key))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("signature header");
        }
        for (String bad : List.of("", "none", "rsa-sha1", "RSA-SHA256", "SHA256withRSA", "dsa-sha1", "hmac-sha256")) {
            assertThatThrownBy(() -> Verifiers.detached(HEADER, bad, key))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("signature algorithm")
                    .hasMessageContaining("rsa-sha3-256");
        }
        assertThatThrownBy(() -> Verifiers.detached(HEADER, "dsa-sha256"))
                .hasMessageStartingWith("public keys is empty");
        assertThatThrownBy(() -> Verifiers.detached(HEADER, "rsa-sha256", key))
                .hasMessageStartingWith("public key is a key of the type DSA");
        Verifier verifier = Verifiers.detached(HEADER, "dsa-sha256", key);
        assertThat(verifier).hasToString("Verifier[signed body in X-Signature-SHA256]");
        assertThatThrownBy(() -> verifier.rememberNonces(1)).hasMessageContaining("nothing that tells a repeat");
    }
}
