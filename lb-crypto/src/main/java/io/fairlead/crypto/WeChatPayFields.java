package io.fairlead.crypto;

import io.fairlead.Require;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;

/**
 * Hides single fields of WeChat Pay APIv3, such as names and bank accounts: RSA-OAEP with SHA-1, which the platform prescribes, and
 * with 2048 bits at most 214 bytes each; with SM2 keys SM2 encryption in ASN.1 (GM/T 0009). Send the serial or id of the platform's key in the header {@code Wechatpay-Serial}.
 *
 * <p>Thread-safe; shows nothing of a key. Whatever cannot be opened is the same {@link GeneralSecurityException}.
 */
public final class WeChatPayFields {

    // All of it is stated: by the same name the providers take different mask functions.
    private static final OAEPParameterSpec OAEP =
            new OAEPParameterSpec("SHA-1", "MGF1", MGF1ParameterSpec.SHA1, PSource.PSpecified.DEFAULT);

    private final PublicKey platformKey;
    private final PrivateKey merchantKey;

    private final boolean sm2;

    WeChatPayFields(PublicKey platformKey, PrivateKey merchantKey) {
        this.sm2 = Signatures.isSm2(Require.notNull(platformKey, "platform key"));
        Algorithm algorithm = sm2 ? Algorithm.SM2 : Algorithm.RSA_SHA256;
        this.platformKey = algorithm.fitting(platformKey, "platform key");
        if (TokenKey.provider(merchantKey) != null) { // better now than at the first field of the platform's
            throw Require.bad("merchant key", "in a PKCS#11 token", "one in memory, as the JDK's PKCS#11 has no OAEP");
        }
        this.merchantKey = algorithm.fitting(merchantKey, "merchant key");
    }

    private static Cipher cipher() throws GeneralSecurityException {
        return Cipher.getInstance("RSA/ECB/OAEPPadding");
    }

    /**
     * One field, for the platform to read.
     *
     * @param field not empty with SM2, at most 214 bytes in UTF-8 with an RSA key of 2048 bits
     * @return base64
     * @throws IllegalArgumentException if it is too long
     */
    public String hide(String field) {
        byte[] bytes = Require.notNull(field, "field").getBytes(StandardCharsets.UTF_8);
        try {
            if (sm2) {
                return Base64.getEncoder().encodeToString(Sm2Fields.encrypted(bytes, platformKey));
            }
            Cipher cipher = cipher();
            cipher.init(Cipher.ENCRYPT_MODE, platformKey, OAEP);
            return Base64.getEncoder().encodeToString(cipher.doFinal(bytes));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(
                    "field of " + bytes.length + " bytes cannot be encrypted: it is too long, or empty");
        }
    }

    /**
     * One field that the platform has encrypted under the merchant's certificate.
     *
     * @param hidden base64
     * @throws GeneralSecurityException if it is malformed or was encrypted under another key
     */
    public String open(String hidden) throws GeneralSecurityException {
        byte[] bytes = Values.base64(hidden);
        try {
            if (bytes != null && sm2) {
                return new String(Sm2Fields.decrypted(bytes, merchantKey), StandardCharsets.UTF_8);
            }
            if (bytes != null) {
                Cipher cipher = cipher();
                cipher.init(Cipher.DECRYPT_MODE, merchantKey, OAEP);
                return new String(cipher.doFinal(bytes), StandardCharsets.UTF_8);
            }
        } catch (GeneralSecurityException | RuntimeException e) {
            throw refused(); // for whatever reason: the reason is what an attacker would learn from
        }
        throw refused();
    }

    private static GeneralSecurityException refused() {
        return new GeneralSecurityException("the field cannot be opened: malformed, or encrypted under another key");
    }

    @Override
    public String toString() {
        return "WeChatPayFields[]";
    }
}
