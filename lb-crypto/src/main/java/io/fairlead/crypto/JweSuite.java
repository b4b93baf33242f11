package io.fairlead.crypto;

import com.nimbusds.jose.EncryptionMethod;
import com.nimbusds.jose.JWEAlgorithm;
import io.fairlead.Require;
import java.security.Key;
import java.security.interfaces.ECKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.crypto.SecretKey;

/**
 * The algorithms of JWE (RFC 7518, sections 4 and 5) that were chosen: a message has no say in it. RSA1_5, PBES2 and {@code none} are not
 * to be had.
 *
 * @param algorithm how the content key is encrypted or agreed on
 * @param encryption how content is encrypted
 * @param accepted what else content may be encrypted with in what is opened, {@code encryption} included
 */
record JweSuite(JWEAlgorithm algorithm, EncryptionMethod encryption, Set<EncryptionMethod> accepted) implements KeyFit {

    private static final Map<String, Oaep> RSA = Map.of(
            "RSA-OAEP", Oaep.SHA1,
            "RSA-OAEP-256", Oaep.SHA256,
            "RSA-OAEP-384", Oaep.SHA384,
            "RSA-OAEP-512", Oaep.SHA512);

    private static final List<String> AGREED = List.of("ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW");

    /** The length of the key in bytes. */
    private static final Map<String, Integer> WRAPPED = Map.of(
            "A128KW", 16, "A192KW", 24, "A256KW", 32, "A128GCMKW", 16, "A192GCMKW", 24, "A256GCMKW", 32, "dir", 0);

    private static final Map<String, EncryptionMethod> ENCRYPTIONS = List.of(
                    EncryptionMethod.A128GCM,
                    EncryptionMethod.A192GCM,
                    EncryptionMethod.A256GCM,
                    EncryptionMethod.A128CBC_HS256,
                    EncryptionMethod.A192CBC_HS384,
                    EncryptionMethod.A256CBC_HS512)
            .stream()
            .collect(Collectors.toUnmodifiableMap(EncryptionMethod::getName, e -> e));

    static JweSuite of(String algorithm, String encryption) {
        Set<String> allowed = new TreeSet<>(RSA.keySet());
        allowed.addAll(AGREED);
        allowed.addAll(WRAPPED.keySet());
        if (!allowed.contains(Require.notNull(algorithm, "algorithm"))) {
            throw Require.bad("algorithm", algorithm, "one of " + String.join(", ", allowed));
        }
        EncryptionMethod method = encryption(encryption);
        return new JweSuite(JWEAlgorithm.parse(algorithm), method, Set.of(method));
    }

    private static EncryptionMethod encryption(String name) {
        EncryptionMethod method = ENCRYPTIONS.get(Require.notNull(name, "encryption"));
        if (method == null) {
            throw Require.bad("encryption", name, "one of " + String.join(", ", new TreeSet<>(ENCRYPTIONS.keySet())));
        }
        return method;
    }

    JweSuite accepting(String... encryptions) {
        Set<EncryptionMethod> all = new HashSet<>(accepted);
        Arrays.stream(encryptions).forEach(name -> all.add(encryption(name)));
        return new JweSuite(algorithm, encryption, Set.copyOf(all));
    }

    boolean isRsa() {
        return RSA.containsKey(algorithm.getName());
    }

    /** Only with RSA. */
    Oaep oaep() {
        return RSA.getOrDefault(algorithm.getName(), Oaep.SHA256);
    }

    boolean isDirect() {
        return algorithm.equals(JWEAlgorithm.DIR);
    }

    boolean isWrappedByGcm() {
        return algorithm.getName().endsWith("GCMKW");
    }

    /** Whether the content key comes out of the agreement itself, so that none can be handed in. */
    boolean isAgreedDirectly() {
        return algorithm.equals(JWEAlgorithm.ECDH_ES);
    }

    boolean isAgreed() {
        return AGREED.contains(algorithm.getName());
    }

    /** How content is encrypted. */
    JweContent content() {
        return new JweContent(encryption);
    }

    @Override
    public Key fitting(Key key, String field) {
        Require.notNull(key, field);
        if (TokenKey.provider(key) != null) {
            throw Require.bad(
                    field, "in a PKCS#11 token", "one in memory, as the JDK's PKCS#11 has no OAEP and no ECDH-ES");
        }
        if (isRsa() ? isRsaKey(key) : isAgreed() ? isCurveKey(key) : isSecret(key)) {
            return key instanceof SecretKey || Agreement.isX25519(key) ? key : KeyRules.checked(key);
        }
        throw Require.bad(field, "of the type " + described(key), "a key for " + algorithm);
    }

    /* A key that is used directly may name the encryption instead (RFC 7520, section 5.6). */
    @Override
    public boolean isFor(String name) {
        return algorithm.getName().equals(name)
                || (isDirect()
                        && accepted.stream().anyMatch(one -> one.getName().equals(name)));
    }

    private static boolean isRsaKey(Key key) {
        return key.getAlgorithm().equals("RSA")
                && (key instanceof RSAPublicKey || !(key instanceof java.security.PublicKey));
    }

    /* P-256, P-384 and P-521 (RFC 7518, section 6.2.1.1), X25519 (RFC 8037); an SM2 key has 256 bits as well. */
    private static boolean isCurveKey(Key key) {
        if (Agreement.isX25519(key)) {
            return true;
        }
        return key instanceof ECKey ec
                && !Signatures.isSm2(key)
                && (key instanceof ECPublicKey || key instanceof java.security.interfaces.ECPrivateKey)
                && Set.of(256, 384, 521).contains(ec.getParams().getOrder().bitLength());
    }

    private boolean isSecret(Key key) {
        if (!(key instanceof SecretKey)) {
            return false;
        }
        int length = isDirect() ? encryption.cekBitLength() / 8 : WRAPPED.getOrDefault(algorithm.getName(), 0);
        return key.getEncoded().length == length;
    }

    private static String described(Key key) {
        String size = key instanceof SecretKey ? " of " + key.getEncoded().length + " bytes" : "";
        return (key instanceof RSAKey ? "RSA" : key.getAlgorithm()) + size;
    }

    @Override
    public String toString() {
        return algorithm + " " + encryption;
    }
}
