package io.fairlead.crypto;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.MGF1ParameterSpec;
import javax.crypto.Cipher;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;

/** RSA-OAEP (RFC 8017, section 7.1) with an empty label and the same hash in both places, as JWE has it (RFC 7518, section 4.3). */
enum Oaep {
    SHA1("SHA-1", MGF1ParameterSpec.SHA1),
    SHA256("SHA-256", MGF1ParameterSpec.SHA256),
    SHA384("SHA-384", MGF1ParameterSpec.SHA384),
    SHA512("SHA-512", MGF1ParameterSpec.SHA512);

    @SuppressWarnings("ImmutableEnumChecker") // parameter specifications are values
    private final OAEPParameterSpec parameters;

    /* All of it is stated: by the same name the providers take different mask functions. */
    Oaep(String hash, MGF1ParameterSpec mask) {
        this.parameters = new OAEPParameterSpec(hash, "MGF1", mask, PSource.PSpecified.DEFAULT);
    }

    byte[] seal(PublicKey key, byte[] plain) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPPadding");
        cipher.init(Cipher.ENCRYPT_MODE, key, parameters);
        return cipher.doFinal(plain);
    }

    /** The JDK chooses the provider, which for a key in a token is the token's. */
    byte[] open(PrivateKey key, byte[] sealed) throws GeneralSecurityException {
        try {
            Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPPadding");
            cipher.init(Cipher.DECRYPT_MODE, key, parameters);
            return cipher.doFinal(sealed);
        } catch (GeneralSecurityException | RuntimeException e) {
            throw new Unopened();
        }
    }
}
