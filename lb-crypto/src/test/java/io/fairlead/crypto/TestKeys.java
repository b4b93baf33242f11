package io.fairlead.crypto;

import com.nimbusds.jose.EncryptionMethod;
import com.nimbusds.jose.JWEDecrypter;
import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.crypto.factories.DefaultJWEDecrypterFactory;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.RSAKey;
import java.security.Key;
import java.security.KeyPair;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.List;

/** Keys and bodies of encryption tests. */
final class TestKeys {

    static final KeyPair RSA = TestCertificates.pair("RSA", 2048);
    static final KeyPair EC = TestCertificates.pair("EC", 256);

    private TestKeys() {}

    /** Bytes that do not repeat within a chunk. */
    static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 31 + (i >> 8) * 17 + (i >> 16));
        }
        return bytes;
    }

    /** A key that fits. */
    static JWK jwk(String algorithm, String encryption) {
        if (algorithm.startsWith("RSA")) {
            return new RSAKey.Builder((RSAPublicKey) RSA.getPublic())
                    .privateKey(RSA.getPrivate())
                    .keyID("k")
                    .build();
        }
        if (algorithm.startsWith("ECDH")) {
            return new ECKey.Builder(Curve.P_256, (ECPublicKey) EC.getPublic())
                    .privateKey(EC.getPrivate())
                    .keyID("k")
                    .build();
        }
        int length = algorithm.equals("dir")
                ? EncryptionMethod.parse(encryption).cekBitLength() / 8
                : Integer.parseInt(algorithm.substring(1, 4)) / 8;
        return new OctetSequenceKey.Builder(bytes(length)).keyID("k").build();
    }

    /** What nimbus opens such a message with, all of it. */
    static JWEDecrypter nimbus(JWEHeader header, JWK key) throws Exception {
        Key secret = key instanceof RSAKey rsa
                ? rsa.toRSAPrivateKey()
                : key instanceof ECKey ec ? ec.toECPrivateKey() : ((OctetSequenceKey) key).toSecretKey("AES");
        return new DefaultJWEDecrypterFactory().createJWEDecrypter(header, secret);
    }

    /** With the key to open, under its own id. */
    static BodyEncryption opening(BodyEncryption encryption, JWK key) throws Exception {
        String id = key.getKeyID();
        if (key instanceof RSAKey rsa) {
            return encryption.decryptWith(id, rsa.toRSAPrivateKey());
        }
        return key instanceof ECKey ec
                ? encryption.decryptWith(id, ec.toECPrivateKey())
                : encryption.shared(id, ((OctetSequenceKey) key).toByteArray());
    }

    /** The encryption whose key this is, where it is used directly; any other otherwise. */
    static String fitting(String algorithm, JWK key, List<String> encryptions) {
        return algorithm.equals("dir")
                ? encryptions.stream()
                        .filter(e -> EncryptionMethod.parse(e).cekBitLength() == key.size())
                        .findFirst()
                        .orElseThrow()
                : encryptions.get(0);
    }
}
