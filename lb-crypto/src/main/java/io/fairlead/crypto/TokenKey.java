package io.fairlead.crypto;

import java.math.BigInteger;
import java.security.Key;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.interfaces.ECKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.ECParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * A private key that stays in its token, with the provider that can use it, which is registered nowhere; and with the size or curve of its
 * public key, which the token does not show of the private one.
 */
abstract class TokenKey implements PrivateKey {

    private static final long serialVersionUID = 1;

    private final transient PrivateKey inside;
    private final transient Provider provider;

    private TokenKey(PrivateKey inside, Provider provider) {
        this.inside = inside;
        this.provider = provider;
    }

    /** What the provider takes: the key itself, if it is in no token. */
    static PrivateKey inside(PrivateKey key) {
        return key instanceof TokenKey token ? token.inside : key;
    }

    /** The provider that can use it; null for the JDK's choice. */
    static @Nullable Provider provider(Key key) {
        return key instanceof TokenKey token ? token.provider : null;
    }

    @Override
    public String getAlgorithm() {
        return inside.getAlgorithm();
    }

    @Override
    public @Nullable String getFormat() {
        return null;
    }

    @Override
    public byte @Nullable [] getEncoded() {
        return null;
    }

    @Override
    public String toString() {
        return "TokenKey[" + getAlgorithm() + " in " + provider.getName() + "]";
    }

    static final class Rsa extends TokenKey implements RSAKey {

        private static final long serialVersionUID = 1;

        private final BigInteger modulus;
        private final transient @Nullable AlgorithmParameterSpec parameters;

        Rsa(PrivateKey inside, RSAPublicKey open, Provider provider) {
            super(inside, provider);
            this.modulus = open.getModulus();
            this.parameters = open.getParams();
        }

        /** Stated, as later JDKs inherit it twice. */
        @Override
        public @Nullable AlgorithmParameterSpec getParams() {
            return parameters;
        }

        @Override
        public BigInteger getModulus() {
            return modulus;
        }
    }

    static final class Ec extends TokenKey implements ECKey {

        private static final long serialVersionUID = 1;

        private final transient ECParameterSpec curve;

        Ec(PrivateKey inside, ECPublicKey open, Provider provider) {
            super(inside, provider);
            this.curve = open.getParams();
        }

        @Override
        public ECParameterSpec getParams() {
            return curve;
        }
    }
}
