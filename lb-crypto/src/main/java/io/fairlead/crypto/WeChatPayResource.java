package io.fairlead.crypto;

import com.nimbusds.jose.util.JSONObjectUtils;
import io.fairlead.Environment;
import io.fairlead.Require;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.text.ParseException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
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
        try {
            return open(JSONObjectUtils.getJSONObject(parsed(notification), "resource"));
        } catch (ParseException e) {
            throw refused();
        }
    }

    private static Map<String, Object> parsed(byte[] json) throws ParseException {
        return JSONObjectUtils.parse(new String(json, StandardCharsets.UTF_8));
    }

    private byte[] open(@Nullable Map<String, Object> resource) throws GeneralSecurityException {
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
     * The platform's public keys out of the reply to {@code GET /v3/certificates}, by serial, for {@link Verifiers#weChatPay}. Then verify
     * that reply with them: that they could be opened shows that they are from someone who knows the APIv3 key, and the signature that
     * they are in use. Certificates out of their time are left out.
     *
     * @param reply its whole body
     * @param env whose date the certificates must be valid at
     * @throws GeneralSecurityException if the reply is malformed, was not encrypted under this key, or has no certificate that is valid
     */
    public Map<String, PublicKey> platformKeys(byte[] reply, Environment env) throws GeneralSecurityException {
        Map<String, PublicKey> keys = new HashMap<>();
        certificates(reply, env).forEach((serial, certificate) -> keys.put(serial, certificate.getPublicKey()));
        return Map.copyOf(keys);
    }

    /** As {@link #platformKeys}, the certificates. */
    Map<String, X509Certificate> certificates(byte[] reply, Environment env) throws GeneralSecurityException {
        Map<String, X509Certificate> found = new HashMap<>();
        try {
            Map<String, Object>[] all = JSONObjectUtils.getJSONObjectArray(parsed(reply), "data");
            for (Map<String, Object> one : all == null ? List.<Map<String, Object>>of() : List.of(all)) {
                byte[] pem = open(JSONObjectUtils.getJSONObject(one, "encrypt_certificate"));
                addValid(found, new String(pem, StandardCharsets.US_ASCII), one.get("serial_no"), env);
            }
        } catch (ParseException e) {
            throw refused();
        }
        if (found.isEmpty()) {
            throw new GeneralSecurityException("the reply has no certificate that is valid now");
        }
        return Map.copyOf(found);
    }

    private static void addValid(
            Map<String, X509Certificate> found, String pem, @Nullable Object serial, Environment env)
            throws GeneralSecurityException {
        X509Certificate certificate;
        try {
            certificate = Keys.certificates(pem, env).get(0);
        } catch (IllegalArgumentException e) {
            return; // out of its time, most likely, as old ones stay in the list for a while
        }
        if (!(serial instanceof String given)
                || !CertificateRules.serial(certificate).equalsIgnoreCase(given.replaceFirst("^0+", ""))) {
            throw refused();
        }
        found.put(given, certificate);
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
