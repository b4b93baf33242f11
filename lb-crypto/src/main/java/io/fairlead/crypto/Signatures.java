package io.fairlead.crypto;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import org.bouncycastle.jce.ECNamedCurveTable;
import org.bouncycastle.jce.interfaces.ECKey;
import org.bouncycastle.jce.spec.ECNamedCurveParameterSpec;
import org.bouncycastle.jce.spec.ECParameterSpec;
import org.jspecify.annotations.Nullable;

/** Makers and checkers of signatures: one key, one algorithm, any number of threads. Nothing here computes a signature itself. */
final class Signatures {

    static final byte[] SM2_USER_ID = "1234567812345678".getBytes(StandardCharsets.US_ASCII);

    private static final ECNamedCurveParameterSpec SM2 = ECNamedCurveTable.getParameterSpec("sm2p256v1");

    private Signatures() {}

    /** Signs what it is fed, piece by piece; for one message and one thread at a time. */
    interface Run {
        void update(ByteBuffer bytes);

        default void update(String text) {
            update(StandardCharsets.UTF_8.encode(text));
        }

        /** The signature of all that it was fed. */
        byte[] sign();
    }

    /** A private key or shared secret that makes signatures. Thread-safe; shows nothing of the key. */
    interface Maker {
        Run start();

        default byte[] sign(String text) {
            Run run = start();
            run.update(text);
            return run.sign();
        }
    }

    /** A public key or shared secret that checks signatures. Thread-safe; shows nothing of the key. */
    interface Checker {
        /** Whether it is the signature of the pieces joined; a malformed one is not. */
        boolean isValid(byte[] signature, byte[]... pieces);

        default boolean isValid(byte[] signature, String text) {
            return isValid(signature, text.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** @throws IllegalArgumentException naming the field if the key is not one for the algorithm */
    static Maker maker(Algorithm algorithm, PrivateKey key, String field) {
        return new KeyMaker(algorithm, algorithm.fitting(key, field));
    }

    /** @throws IllegalArgumentException naming the field if the key is not one for the algorithm */
    static Checker checker(Algorithm algorithm, PublicKey key, String field) {
        return new KeyChecker(algorithm, algorithm.fitting(key, field));
    }

    static boolean isSm2(Key key) {
        if (!(key instanceof ECKey bc)) {
            return false; // the JDK has no such curve
        }
        ECParameterSpec curve = bc.getParameters();
        return curve != null
                && curve.getCurve().equals(SM2.getCurve())
                && curve.getG().equals(SM2.getG());
    }

    /**
     * Keeps initialised objects: for SM2 the initialising costs eight times the signature, since it computes the public point.
     * A key that cannot leave its token has no encoding; there it is the token's provider, which for a key of {@link Keys#token} is known
     * and for any other is found by the JDK.
     */
    private static final class KeyMaker implements Maker {

        /** More sign at once only on machines where one more does not matter. */
        private static final int MOST_KEPT = 8;

        private final Algorithm algorithm;
        private final PrivateKey key;
        private final @Nullable Provider provider;
        private final Spare<Signature> signatures = new Spare<>(MOST_KEPT, this::newSignature);

        KeyMaker(Algorithm algorithm, PrivateKey key) {
            boolean converted = algorithm.isCurve() && key.getEncoded() != null;
            this.algorithm = algorithm;
            this.provider = converted ? Providers.BC : TokenKey.provider(key);
            this.key = converted ? converted(key, algorithm) : TokenKey.inside(key);
            signatures.giveBack(newSignature()); // what does not work fails here, not at the first payment
        }

        private static PrivateKey converted(PrivateKey key, Algorithm algorithm) {
            try {
                return factory(algorithm).generatePrivate(new PKCS8EncodedKeySpec(key.getEncoded()));
            } catch (GeneralSecurityException e) {
                throw new Refusal("private key is not one for " + algorithm);
            }
        }

        private Signature newSignature() {
            try {
                Signature signature = algorithm.newSignature(provider);
                signature.initSign(key);
                return signature;
            } catch (GeneralSecurityException e) {
                throw new Refusal("private key cannot be used for " + algorithm);
            }
        }

        @Override
        public Run start() {
            Signature signature = signatures.take();
            return new Run() {
                @Override
                public void update(ByteBuffer bytes) {
                    try {
                        signature.update(bytes);
                    } catch (SignatureException e) {
                        throw new IllegalStateException("the private key failed to sign", e);
                    }
                }

                @Override
                public byte[] sign() {
                    try {
                        byte[] signed = signature.sign(); // which makes it ready for the next
                        signatures.giveBack(signature);
                        return signed;
                    } catch (SignatureException e) {
                        throw new IllegalStateException("the private key failed to sign", e);
                    }
                }
            };
        }

        @Override
        public String toString() {
            return "Maker[" + algorithm + "]";
        }
    }

    private static final class KeyChecker implements Checker {

        private final Algorithm algorithm;
        private final PublicKey key;

        KeyChecker(Algorithm algorithm, PublicKey key) {
            this.algorithm = algorithm;
            this.key = algorithm.isCurve() ? converted(key, algorithm) : key;
        }

        /* Which also checks that the point is on the curve. */
        private static PublicKey converted(PublicKey key, Algorithm algorithm) {
            try {
                return factory(algorithm).generatePublic(new X509EncodedKeySpec(key.getEncoded()));
            } catch (GeneralSecurityException e) {
                throw new Refusal("public key is not one for " + algorithm);
            }
        }

        /* A new object each time: initialising is nothing beside the check, and one that failed might not be ready for the next. */
        @Override
        public boolean isValid(byte[] signature, byte[]... pieces) {
            Signature checking;
            try {
                checking = algorithm.newSignature(algorithm.isCurve() ? Providers.BC : null);
                checking.initVerify(key);
                for (byte[] piece : pieces) {
                    checking.update(piece);
                }
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("the public key cannot be used for " + algorithm, e);
            }
            try {
                return checking.verify(signature);
            } catch (SignatureException | RuntimeException malformed) {
                return false;
            }
        }

        @Override
        public String toString() {
            return "Checker[" + algorithm + "]";
        }
    }

    private static KeyFactory factory(Algorithm algorithm) throws GeneralSecurityException {
        return KeyFactory.getInstance(algorithm == Algorithm.ED25519 ? "Ed25519" : "EC", Providers.BC);
    }
}
