package io.fairlead.crypto;

import com.nimbusds.jose.util.JSONObjectUtils;
import io.fairlead.Require;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.text.ParseException;
import java.util.Arrays;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Opens what WeChat Pay APIv3 encrypts under the merchant's APIv3 key: AES-256-GCM, and SM4-GCM with a key made by SM3.
 *
 * <p>Verify the notification first ({@link Verifiers#weChatPay}). Thread-safe; shows nothing of the key. Whatever cannot be opened is
 * the same {@link GeneralSecurityException}, so that nobody learns why.
 */
public final class WeChatPayResource {

    private static final int KEY_BYTES = 32;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final SecretKeySpec aes;
    private final SecretKeySpec sm4;

    WeChatPayResource(String apiV3Key) {
        byte[] key = Values.quotable(apiV3Key, "APIv3 key").getBytes(StandardCharsets.US_ASCII);
        if (key.length != KEY_BYTES) {
            throw Require.bad("APIv3 key", key.length + " characters long", KEY_BYTES + " characters");
        }
        this.aes = new SecretKeySpec(key, "AES");
        this.sm4 = new SecretKeySpec(Arrays.copyOf(sm3(key), 16), "SM4");
    }

    private static byte[] sm3(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SM3", Providers.BC).digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Bouncy Castle has no SM3", e);
        }
    }

    /**
     * The plain text of the resource of a notification.
     *
     * @param notification its whole body, JSON with the member {@code resource}
     * @throws GeneralSecurityException if it is malformed or was not encrypted under this key
     */
    public byte[] open(byte[] notification) throws GeneralSecurityException {
        Map<String, Object> resource;
        try {
            resource = JSONObjectUtils.getJSONObject(
                    JSONObjectUtils.parse(new String(notification, StandardCharsets.UTF_8)), "resource");
        } catch (ParseException e) {
            throw refused();
        }
        if (resource != null
                && resource.get("algorithm") instanceof String algorithm
                && resource.get("nonce") instanceof String nonce
                && resource.get("ciphertext") instanceof String ciphertext) {
            Object data = resource.get("associated_data");
            return open(algorithm, data instanceof String text ? text : null, nonce, ciphertext);
        }
        throw refused();
    }

    /**
     * The plain text of one resource.
     *
     * @param algorithm {@code AEAD_AES_256_GCM} or {@code AEAD_SM4_GCM}
     * @param associatedData that is authenticated with it; null for none
     * @param nonce 12 characters
     * @param ciphertext in base64, with the tag at its end
     * @throws GeneralSecurityException if it is malformed or was not encrypted under this key
     */
    public byte[] open(String algorithm, @Nullable String associatedData, String nonce, String ciphertext)
            throws GeneralSecurityException {
        byte[] bytes = Values.base64(ciphertext);
        byte[] iv = nonce.getBytes(StandardCharsets.UTF_8);
        if (bytes == null || bytes.length < TAG_BITS / 8 || iv.length != NONCE_BYTES) {
            throw refused();
        }
        try {
            Cipher cipher;
            if (algorithm.equals("AEAD_AES_256_GCM")) {
                cipher = Cipher.getInstance("AES/GCM/NoPadding");
                cipher.init(Cipher.DECRYPT_MODE, aes, new GCMParameterSpec(TAG_BITS, iv));
            } else if (algorithm.equals("AEAD_SM4_GCM")) {
                cipher = Cipher.getInstance("SM4/GCM/NoPadding", Providers.BC);
                cipher.init(Cipher.DECRYPT_MODE, sm4, new GCMParameterSpec(TAG_BITS, iv));
            } else {
                throw refused();
            }
            if (associatedData != null) {
                cipher.updateAAD(associatedData.getBytes(StandardCharsets.UTF_8));
            }
            return cipher.doFinal(bytes);
        } catch (GeneralSecurityException e) {
            throw refused();
        }
    }

    private static GeneralSecurityException refused() {
        return new GeneralSecurityException("the resource cannot be opened: malformed, or encrypted under another key");
    }

    @Override
    public String toString() {
        return "WeChatPayResource[]";
    }
}
