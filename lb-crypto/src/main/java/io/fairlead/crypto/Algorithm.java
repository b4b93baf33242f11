package io.fairlead.crypto;

import io.fairlead.Require;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.Provider;
import java.security.Signature;
import java.security.interfaces.ECKey;
import java.security.interfaces.EdECKey;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import org.bouncycastle.jcajce.spec.SM2ParameterSpec;
import org.jspecify.annotations.Nullable;

/** The ways to sign with a key pair: what the providers call them, and which keys fit. */
enum Algorithm {
    RSA_SHA256("RSA", 0, "SHA256withRSA", null),
    RSA_SHA384("RSA", 0, "SHA384withRSA", null),
    RSA_SHA512("RSA", 0, "SHA512withRSA", null),
    RSA_SHA3_256("RSA", 0, "SHA3-256withRSA", null),
    RSA_SHA3_384("RSA", 0, "SHA3-384withRSA", null),
    RSA_SHA3_512("RSA", 0, "SHA3-512withRSA", null),
    RSA_PSS_SHA256("RSA", 0, "RSASSA-PSS", pss("SHA-256", MGF1ParameterSpec.SHA256, 32)),
    RSA_PSS_SHA384("RSA", 0, "RSASSA-PSS", pss("SHA-384", MGF1ParameterSpec.SHA384, 48)),
    RSA_PSS_SHA512("RSA", 0, "RSASSA-PSS", pss("SHA-512", MGF1ParameterSpec.SHA512, 64)),
    /** r and s side by side (IEEE P1363), of a fixed length. */
    ECDSA_P256("EC", 256, "SHA256withPLAIN-ECDSA", null),
    ECDSA_P384("EC", 384, "SHA384withPLAIN-ECDSA", null),
    ECDSA_P521("EC", 521, "SHA512withPLAIN-ECDSA", null),
    /** r and s in DER. */
    ECDSA_P256_DER("EC", 256, "SHA256withECDSA", null),
    ECDSA_P384_DER("EC", 384, "SHA384withECDSA", null),
    ECDSA_P521_DER("EC", 521, "SHA512withECDSA", null),
    ECDSA_P256_SHA3("EC", 256, "SHA3-256withPLAIN-ECDSA", null),
    ECDSA_P384_SHA3("EC", 384, "SHA3-384withPLAIN-ECDSA", null),
    ECDSA_P521_SHA3("EC", 521, "SHA3-512withPLAIN-ECDSA", null),
    ECDSA_P256_SHA3_DER("EC", 256, "SHA3-256withECDSA", null),
    ECDSA_P384_SHA3_DER("EC", 384, "SHA3-384withECDSA", null),
    ECDSA_P521_SHA3_DER("EC", 521, "SHA3-512withECDSA", null),
    /** For checking only; {@link KeyRules} refuses private keys. */
    DSA_SHA256("DSA", 0, "SHA256withDSA", null),
    DSA_SHA256_P1363("DSA", 0, "SHA256withDSAinP1363Format", null),
    ED25519("Ed25519", 0, "Ed25519", null),
    /** With SM3, in DER; the user id is the default of GM/T 0009, which WeChat Pay uses. */
    SM2("SM2", 256, "SM3withSM2", new SM2ParameterSpec(Signatures.SM2_USER_ID));

    private final String keyType;
    private final int bits;
    private final String name;

    @SuppressWarnings("ImmutableEnumChecker") // parameter specifications are values
    private final @Nullable AlgorithmParameterSpec parameters;

    Algorithm(String keyType, int bits, String name, @Nullable AlgorithmParameterSpec parameters) {
        this.keyType = keyType;
        this.bits = bits;
        this.name = name;
        this.parameters = parameters;
    }

    /* All of it is stated: the JDK's own default is SHA-1 with a salt of 20. */
    private static PSSParameterSpec pss(String hash, MGF1ParameterSpec mask, int salt) {
        return new PSSParameterSpec(hash, "MGF1", mask, salt, PSSParameterSpec.TRAILER_FIELD_BC);
    }

    /** The key, if it is one for this algorithm and strong enough. */
    <K extends Key> K fitting(K key, String field) {
        Require.notNull(key, field);
        if (!type(key).equals(keyType) || (bits > 0 && size(key) != bits) || (isPss(key) && parameters == null)) {
            throw Require.bad(field, "a key of the type " + describe(key), "a key for " + this);
        }
        return KeyRules.checked(key);
    }

    private static boolean isPss(Key key) {
        return key.getAlgorithm().equals("RSASSA-PSS");
    }

    private static String type(Key key) {
        String algorithm = key.getAlgorithm();
        if (key instanceof EdECKey || algorithm.equals("EdDSA")) {
            return "Ed25519"; // any other is refused when it is converted
        }
        if (key instanceof ECKey && Signatures.isSm2(key)) {
            return "SM2";
        }
        return isPss(key) ? "RSA" : algorithm;
    }

    /* A key in a token may not show its curve: the token will refuse. */
    private int size(Key key) {
        return key instanceof ECKey ec ? ec.getParams().getOrder().bitLength() : bits;
    }

    private static String describe(Key key) {
        return type(key)
                + (key instanceof ECKey ec ? " " + ec.getParams().getOrder().bitLength() : "")
                + (isPss(key) ? " (PSS only)" : "");
    }

    /**
     * A signature object that is not yet initialised.
     *
     * @param provider null for the JDK's choice, which for a key in a token is the token's
     */
    Signature newSignature(@Nullable Provider provider) throws GeneralSecurityException {
        String standard = name.replace("withPLAIN-ECDSA", "withECDSAinP1363Format");
        Signature signature = provider == null
                ? Signature.getInstance(standard)
                : Signature.getInstance(Providers.BC.equals(provider) ? name : standard, provider);
        if (parameters != null) {
            signature.setParameter(parameters);
        }
        return signature;
    }

    /** Whether Bouncy Castle does it: the JDK has no SM2, and is 5 to 20 times slower on curves. */
    boolean isCurve() {
        return bits > 0 || this == ED25519;
    }

    @Override
    public String toString() {
        return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }
}
