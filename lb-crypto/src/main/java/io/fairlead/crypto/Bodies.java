package io.fairlead.crypto;

import io.fairlead.Require;
import java.util.Arrays;
import java.util.List;

/**
 * Ways to hide bodies, or parts of them, from all but their recipient.
 *
 * <p>Encryption to a public key proves nothing of the sender: sign as well. Algorithms of JWE, by their names in RFC 7518, are RSA-OAEP (with
 * SHA-1: only where a partner has nothing else), RSA-OAEP-256, -384 and -512, ECDH-ES with or without +A128KW, +A192KW or +A256KW, dir, and
 * A128KW, A128GCMKW and their longer kin; encryptions are A128GCM, A192GCM, A256GCM, A128CBC-HS256, A192CBC-HS384 and A256CBC-HS512. What is
 * opened must name the same algorithm and one of the encryptions that were chosen.
 */
public final class Bodies {

    private Bodies() {}

    /**
     * Bodies that are one JWE in its compact form (RFC 7516), of the type {@code application/jose}.
     *
     * @param accepted other encryptions that replies may have
     */
    public static BodyEncryption jwe(String algorithm, String encryption, String... accepted) {
        return jwe(JweSuite.of(algorithm, encryption).accepting(Require.notNull(accepted, "accepted")), false);
    }

    /**
     * Bodies that are one JWE in its flattened JSON form (RFC 7516, section 7.2.2), of the type {@code application/jose+json}. What is opened
     * may have the general form too, with recipients besides us, one of whom must name the chosen algorithm and a key id of ours. What
     * stands in an unprotected header is not proven, and chooses nothing but among the keys and encryptions that are set here.
     *
     * @param accepted other encryptions that replies may have
     */
    public static BodyEncryption jweJson(String algorithm, String encryption, String... accepted) {
        return jwe(JweSuite.of(algorithm, encryption).accepting(Require.notNull(accepted, "accepted")), true);
    }

    private static BodyEncryption jwe(JweSuite suite, boolean json) {
        return BodyEncryption.of(
                new JweBody(new Jwe(suite, (h, env) -> h), new JweOpener(suite), json), BodyKeys.none(suite, ""));
    }

    /**
     * JSON bodies of which single values are hidden, each in a string that is the JWE of its JSON text. All else stays as it is, to the byte.
     *
     * @param paths as {@code $.card.number}, {@code $.cards[0].number}, {@code $.cards[*].number} or {@code $['a.b']}, at least one; with a
     *     question mark at its end for what may be missing
     */
    public static BodyEncryption jweFields(String algorithm, String encryption, String... paths) {
        JweSuite suite = JweSuite.of(algorithm, encryption);
        List<HiddenField> fields = Arrays.stream(Require.notNull(paths, "paths"))
                .map(HiddenField::inPlace)
                .toList();
        return json(new JweField(new Jwe(suite, (h, env) -> h), new JweOpener(suite)), suite, fields, "");
    }

    /**
     * Message level encryption as Visa and CyberSource have it: {@code {"encData":"…"}} around a JWE by RSA-OAEP-256 and A128GCM with the
     * date in milliseconds, and the key's id in the request header {@code keyId}. Replies by A256GCM are opened too.
     */
    public static BodyEncryption visa() {
        JweSuite suite = JweSuite.of("RSA-OAEP-256", "A128GCM").accepting("A256GCM");
        List<HiddenField> whole = List.of(HiddenField.moved("$", "$.encData"));
        Jwe jwe = new Jwe(suite, (h, env) -> h.customParam("iat", env.now().toEpochMilli()));
        return json(new JweField(jwe, new JweOpener(suite)), suite, whole, "keyId");
    }

    /** Mastercard's encryption of whole payloads: {@code {"encryptedData":"…"}}. As {@link #mastercard(String, String)} otherwise. */
    public static BodyEncryption mastercard() {
        return mastercard("$", "$.encryptedData");
    }

    /**
     * Mastercard's encryption of payloads by RSA-OAEP-256 and A256GCM; replies by A128GCM, A192GCM and A128CBC-HS256 are opened too, and such
     * with nonces of 128 bits, which are the default of Mastercard's libraries. The id of a key is its fingerprint, as the developer portal shows it.
     *
     * @param plainPath what is hidden, as {@code $.card}; {@code $} for all
     * @param hiddenPath the member where it is hidden, beside the plain one or in one beside it, as {@code $.encryptedCard.encryptedData}
     */
    public static BodyEncryption mastercard(String plainPath, String hiddenPath) {
        JweSuite suite = JweSuite.of("RSA-OAEP-256", "A256GCM").accepting("A128GCM", "A192GCM", "A128CBC-HS256");
        Jwe jwe = new Jwe(suite, (h, env) -> h.contentType("application/json"));
        List<HiddenField> fields = List.of(HiddenField.moved(plainPath, hiddenPath));
        return json(new JweField(jwe, JweOpener.mastercard(suite)), suite, fields, "");
    }

    private static BodyEncryption json(JweField cipher, JweSuite suite, List<HiddenField> fields, String keyIdHeader) {
        return BodyEncryption.of(
                new JsonBody(cipher, HiddenField.apart(fields), keyIdHeader), BodyKeys.none(suite, ""));
    }

    /**
     * JSON bodies of which single strings are hidden in WeChat Pay's way.
     *
     * @param keyId the serial or id of the platform's key, sent in the header {@code Wechatpay-Serial}
     * @param fields holds the keys: {@link Verifiers#weChatPayFields}
     * @param paths as for {@link #jweFields}
     */
    public static BodyEncryption weChatPay(String keyId, WeChatPayFields fields, String... paths) {
        List<HiddenField> hidden = Arrays.stream(Require.notNull(paths, "paths"))
                .map(HiddenField::inPlace)
                .toList();
        WeChatPayField cipher = new WeChatPayField(Require.notNull(fields, "fields"));
        return BodyEncryption.of(
                new JsonBody(cipher, HiddenField.apart(hidden), "Wechatpay-Serial"), BodyKeys.none(cipher, keyId));
    }

    /**
     * Bodies of any length in constant memory, by AES-256-GCM: our own format, for both ends of a connection that are ours. Each message has
     * a key of its own, which is put into it in a JWE. A reader gets chunk after chunk as they are proven, and an end only if it is the end.
     *
     * @param algorithm of the JWE: one of RSA or ECDH with {@link BodyEncryption#encryptTo}, or one for {@link BodyEncryption#shared}
     */
    public static BodyEncryption envelope(String algorithm) {
        JweSuite suite = JweSuite.of(algorithm, "A256GCM");
        return envelope(new DataKeys.InJwe(new Jwe(suite, (h, env) -> h), new JweOpener(suite)));
    }

    private static BodyEncryption envelope(DataKeys dataKeys) {
        return BodyEncryption.of(new EnvelopeBody(dataKeys), BodyKeys.none(dataKeys, ""));
    }

    /** The same by SM4-GCM (RFC 8998), with keys under a {@link BodyEncryption#shared} secret of 16 bytes. */
    public static BodyEncryption sm4Envelope() {
        return envelope(new DataKeys.InSm4());
    }
}
