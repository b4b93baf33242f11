package io.fairlead.crypto;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.jca.JCAContext;
import com.nimbusds.jose.util.Base64URL;
import java.nio.ByteBuffer;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** EdDSA over Ed25519 (RFC 8037) by Bouncy Castle, since nimbus wants Tink for it. Has one of the two halves. Thread-safe. */
final class EdDsa implements JWSSigner, JWSVerifier {

    private final Signatures.@Nullable Maker maker;
    private final Signatures.@Nullable Checker checker;
    private final JCAContext context = new JCAContext();

    EdDsa(Signatures.@Nullable Maker maker, Signatures.@Nullable Checker checker) {
        this.maker = maker;
        this.checker = checker;
    }

    @Override
    public Base64URL sign(JWSHeader header, byte[] input) throws JOSEException {
        if (maker == null) {
            throw new JOSEException("there is no private key");
        }
        Signatures.Run run = maker.start();
        run.update(ByteBuffer.wrap(input));
        return Base64URL.encode(run.sign());
    }

    @Override
    public boolean verify(JWSHeader header, byte[] input, Base64URL signature) {
        return checker != null && checker.isValid(signature.decode(), input);
    }

    @Override
    public Set<JWSAlgorithm> supportedJWSAlgorithms() {
        return Set.of(JWSAlgorithm.EdDSA, JWSAlgorithm.Ed25519);
    }

    @Override
    public JCAContext getJCAContext() {
        return context;
    }
}
