package io.fairlead.crypto;

import io.fairlead.Environment;
import io.fairlead.Require;
import java.net.URI;
import java.net.http.HttpClient;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/** Ways to check that a reply, a notification or a request is from whom it says, and to open what is in it. */
public final class Verifiers {

    private Verifiers() {}

    /**
     * Checks HTTP Message Signatures (RFC 9421); trusts no key until it is given one.
     *
     * @see Signers#httpMessage(String, String, java.security.PrivateKey)
     */
    public static MessageVerifier httpMessage() {
        return MessageVerifier.create();
    }

    /**
     * Checks replies and notifications of WeChat Pay APIv3, error replies included.
     *
     * @param platformKeys the platform's public keys by the serial of its certificate, or by the id of its public key ({@code
     *     PUB_KEY_ID_…}): several while they are rotated
     */
    public static Verifier weChatPay(Map<String, PublicKey> platformKeys) {
        return Verifier.of(new WeChatPay.Replies(platformKeys));
    }

    /**
     * Opens the resource of notifications and the platform certificates of WeChat Pay APIv3.
     *
     * @param apiV3Key the 32 characters that the merchant has set
     */
    public static WeChatPayResource weChatPayResource(String apiV3Key) {
        return new WeChatPayResource(apiV3Key);
    }

    /**
     * Hides and opens single fields of WeChat Pay APIv3.
     *
     * @param platformKey RSA or SM2, to hide under
     * @param merchantKey of the same kind, to open with; not one in a PKCS#11 token, as the JDK has no OAEP there
     */
    public static WeChatPayFields weChatPayFields(PublicKey platformKey, PrivateKey merchantKey) {
        return new WeChatPayFields(platformKey, merchantKey);
    }

    /**
     * Checks replies of Alipay's gateway, over the exact text of their one member that ends in {@code _response}. They have no date.
     *
     * @param alipayKey Alipay's public key, not the application's
     */
    public static Verifier alipay(PublicKey alipayKey) {
        return Verifier.of(new Alipay.GatewayReplies(alipayKey));
    }

    /** Checks replies of Alipay's REST API v3. */
    public static Verifier alipayV3(PublicKey alipayKey) {
        return Verifier.of(new Alipay.V3Replies(alipayKey));
    }

    /**
     * Checks Alipay's notifications: forms in UTF-8 with {@code sign_type} RSA2 or none. They have no date that could be checked; their
     * {@code notify_id} counts as nonce. Whether {@code app_id}, {@code out_trade_no} and {@code total_amount} are one's own is for the
     * caller to check.
     */
    public static Verifier alipayNotifications(PublicKey alipayKey) {
        return Verifier.of(new Alipay.Notifications(alipayKey));
    }

    /**
     * Checks replies and event notifications of UK Open Banking, PS256, of either form.
     *
     * @param keys the bank's public keys by key id
     * @param issuer that its signatures must name as who has signed, character by character: the bank's organisation id, as {@code
     *     0015800001041RHAAY}, or the subject of its certificate as it writes it. Not one's own; required by the profile, since a directory has keys of
     *     many
     * @param trustAnchor that its signatures must name, as {@code openbanking.org.uk}
     */
    public static Verifier openBanking(Map<String, PublicKey> keys, String issuer, String trustAnchor) {
        return Verifier.of(new OpenBanking.Replies(keys, issuer, trustAnchor));
    }

    /**
     * Checks Stripe's notifications.
     *
     * @param secrets of the endpoint, with {@code whsec_}: several while they are rotated
     */
    public static Verifier stripe(String... secrets) {
        return Verifier.of(new Webhooks.Stripe(List.of(Require.notNull(secrets, "webhook secrets"))));
    }

    /**
     * Checks notifications after Standard Webhooks, with symmetric keys.
     *
     * @param secrets in base64, with {@code whsec_} or without: several while they are rotated
     */
    public static Verifier standardWebhooks(String... secrets) {
        return Verifier.of(new Webhooks.Standard(List.of(Require.notNull(secrets, "webhook secrets"))));
    }

    /**
     * Checks Adyen's standard (payment) notifications: the eight signed fields of each item, and nothing else of them. They have no
     * date.
     *
     * @param hexKey the HMAC key, 64 hex digits
     */
    public static Verifier adyen(String hexKey) {
        return Verifier.of(new Adyen.Items(hexKey));
    }

    /** Checks those of Adyen's notifications that sign their whole body, in the header {@code HmacSignature}. They have no date. */
    public static Verifier adyenPayload(String hexKey) {
        return Verifier.of(new Adyen.Payload(hexKey));
    }

    /**
     * Checks notifications and replies whose whole body is signed in one header, in base64: the way of partners without a scheme of their own,
     * as Wise ({@code X-Signature-SHA256}, {@code rsa-sha256}).
     *
     * <p>Nothing but the body is signed, hence no date ({@link Verifier#tolerance} means nothing here) and no nonce: whoever has seen a message can send
     * it again, so that repeats must be known by their content.
     *
     * @param header that has the signature, once; a missing one is a failure
     * @param algorithm {@code rsa-}, or {@code rsa-pss-} with {@code sha256}, {@code sha384}, {@code sha512}; {@code rsa-} with {@code sha3-256},
     *     {@code sha3-384}, {@code sha3-512}; {@code ecdsa-p256}, {@code -p384}, {@code -p521} with SHA-2 of the curve's strength, or with
     *     {@code -sha3} after it; r and s side by side (IEEE P1363) or, with {@code -der} at the end, in DER; {@code dsa-sha256} (DER) and
     *     {@code dsa-sha256-p1363}; {@code ed25519}; {@code sm2}. The only one that is taken
     * @param keys of the partner, each fitting the algorithm: several while they are rotated
     */
    public static Verifier detached(String header, String algorithm, PublicKey... keys) {
        return Verifier.of(new Detached(header, algorithm, List.of(Require.notNull(keys, "public keys"))));
    }

    /**
     * Checks with keys that are exchanged while in use: accepts what any key accepts that the ring has at that moment.
     *
     * @param verifier makes the verifier of one key and its id; of what else it sets, that of the first key counts for all
     */
    public static <K> Verifier rotating(KeyRing<K> keys, BiFunction<String, K, Verifier> verifier) {
        return Verifier.rotating(Require.notNull(keys, "key ring"), Require.notNull(verifier, "verifier"));
    }

    /**
     * Checks Antom's and Alipay+'s replies to, and notifications by, one method and path, which are signed with them.
     *
     * @param method of the call or notification, as {@code POST}
     * @param path of it, with its query if it has one: of a reply what was called, of a notification one's own, as received
     * @param antomKey Antom's public key, not the merchant's
     */
    public static Verifier antom(String method, String path, String clientId, PublicKey antomKey) {
        return Verifier.of(new Antom.Replies(method, path, clientId, antomKey));
    }

    /**
     * Checks replies and notifications that are signed after draft-cavage-http-signatures-12, as some banks sign theirs.
     *
     * @param keys the bank's public keys by key id
     * @param algorithm {@code rsa-sha256}, {@code rsa-sha512} or {@code ecdsa-sha256}: the only one that is taken
     * @param required headers that must be covered: without {@code digest} the body is not protected, without {@code date} nothing tells how old
     *     it is
     */
    public static Verifier cavage(Map<String, PublicKey> keys, String algorithm, String... required) {
        return Verifier.of(new CavageReplies(keys, algorithm, required));
    }

    /**
     * Fetches the platform certificates of WeChat Pay APIv3 and follows their rotation, for merchants who are not yet given a public key.
     *
     * @param client whose requests to the URI are signed ({@link Signers#weChatPay}), and which follows no redirects
     * @param uri as {@code https://api.mch.weixin.qq.com/v3/certificates}, with the name of the service where the client is a balanced one
     * @param apiV3Key the 32 characters that the merchant has set
     */
    public static WeChatPayCertificates weChatPayCertificates(
            HttpClient client, URI uri, String apiV3Key, Environment env) {
        return new WeChatPayCertificates(client, uri, weChatPayResource(apiV3Key), env);
    }
}
