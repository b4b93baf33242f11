package io.fairlead.crypto;

import io.fairlead.Environment;
import io.fairlead.RequestSigner;
import io.fairlead.Require;
import java.net.http.HttpRequest;
import java.security.PrivateKey;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Ways to prove who we are, and to check that others did. */
public final class Signers {

    private Signers() {}

    /**
     * Signs method, authority, path, query, date, nonce and body with HMAC-SHA-256 (RFC 2104), in the header
     * {@value HmacSigner#HEADER}.
     *
     * @param keyId names the key to the server: 1 to 128 of the characters A–Z a–z 0–9 . _ ~ : / @ -
     * @param secret at least 32 bytes (RFC 2104, section 3: not shorter than the hash), copied
     */
    public static HmacSigner hmacSha256(String keyId, byte[] secret) {
        return HmacSigner.of(keyId, secret);
    }

    /**
     * Checks the signatures of {@link #hmacSha256}, for the server's side.
     *
     * @param secrets secret by key id: several while keys are rotated; copied
     */
    public static HmacVerifier hmacVerifier(Map<String, byte[]> secrets) {
        return HmacVerifier.of(secrets);
    }

    /**
     * Signs with HTTP Message Signatures (RFC 9421) and Content-Digest (RFC 9530).
     *
     * @param keyId what the server knows the key by: ASCII without quotes and backslashes
     * @param algorithm {@code rsa-pss-sha512}, {@code rsa-v1_5-sha256}, {@code ecdsa-p256-sha256}, {@code ecdsa-p384-sha384} or {@code
     *     ed25519}
     * @param key of a fitting type, as {@link Keys} reads it
     */
    public static MessageSigner httpMessage(String keyId, String algorithm, PrivateKey key) {
        return MessageSigner.of(MessageKey.of(keyId, algorithm, key));
    }

    /**
     * As {@link #httpMessage(String, String, PrivateKey)}, with the algorithm hmac-sha256.
     *
     * @param secret at least 32 bytes (RFC 2104, section 3), copied
     */
    public static MessageSigner httpMessage(String keyId, byte[] secret) {
        return MessageSigner.of(MessageKey.hmac(keyId, secret));
    }

    /**
     * Signs with AWS Signature Version 4.
     *
     * @param region as {@code eu-central-1}
     * @param service the name that it signs with, as {@code execute-api} or {@code payment-cryptography}; for {@code s3} path and
     *     body are treated in its own way
     */
    public static AwsSigner aws(String region, String service, String accessKeyId, String secretAccessKey) {
        return AwsSigner.of(new AwsKey(region, service, accessKeyId, secretAccessKey));
    }

    /**
     * Signs for WeChat Pay APIv3: {@code WECHATPAY2-SHA256-RSA2048}, or with an SM2 key {@code WECHATPAY2-SM2-WITH-SM3}.
     *
     * @param merchantId the mchid
     * @param certificateSerial of the merchant's API certificate, in hex
     * @param key of that certificate, as {@link Keys#privateKey(String)} reads {@code apiclient_key.pem}
     */
    public static SchemeSigner weChatPay(String merchantId, String certificateSerial, PrivateKey key) {
        return SchemeSigner.of(new WeChatPay.Requests(merchantId, certificateSerial, key));
    }

    /**
     * Signs for Alipay's gateway with RSA2: a POST of a form, which gets {@code sign} and, where they are missing, {@code app_id},
     * {@code charset}, {@code version}, {@code sign_type} and {@code timestamp}. The form is held whole, up to 1 MiB.
     *
     * @param key RSA, as {@link Keys#privateKey(String)} reads what Alipay's key tool writes
     */
    public static SchemeSigner alipay(String appId, PrivateKey key) {
        return SchemeSigner.of(new AlipayGateway(appId, key));
    }

    /** Signs for Alipay's REST API v3, where plain keys are exchanged. */
    public static SchemeSigner alipayV3(String appId, PrivateKey key) {
        return SchemeSigner.of(new Alipay.V3(appId, null, key));
    }

    /**
     * Signs for Alipay's REST API v3, where certificates are exchanged.
     *
     * @param certificateSerial the {@code app_cert_sn}
     */
    public static SchemeSigner alipayV3(String appId, String certificateSerial, PrivateKey key) {
        return SchemeSigner.of(
                new Alipay.V3(appId, Require.notNull(certificateSerial, "application certificate serial"), key));
    }

    /**
     * Signs after draft-cavage-http-signatures-12, in the header {@code Signature}, as the Berlin Group's NextGenPSD2 wants it.
     *
     * @param keyId what the bank knows the key by, as {@code SN=9FA1,CA=CN=Some CA,O=Some Org,C=DE}
     * @param algorithm {@code rsa-sha256}, {@code rsa-sha512} or {@code ecdsa-sha256}
     * @param headers what is covered, in this order: {@code (request-target)} and names of headers; {@code date} and {@code digest} are
     *     added where the request lacks them; a name with a question mark at its end is covered only where the request has it
     */
    public static SchemeSigner cavage(String keyId, String algorithm, PrivateKey key, String... headers) {
        return SchemeSigner.of(new Cavage(keyId, algorithm, key, headers));
    }

    /**
     * Signs bodies with the detached JWS of UK Open Banking from version 3.1.4 on, PS256, in the header {@code x-jws-signature}.
     *
     * @param keyId of the signing key in the directory
     * @param issuer the organisation, as {@code 00158000016i44JAAQ/1234} or the subject of its certificate
     * @param trustAnchor as {@code openbanking.org.uk}
     */
    public static SchemeSigner openBanking(String keyId, String issuer, String trustAnchor, PrivateKey key) {
        return SchemeSigner.of(new OpenBanking.Requests(keyId, issuer, trustAnchor, false, key));
    }

    /** As {@link #openBanking}, in the form up to version 3.1.3, where the payload is not encoded ({@code b64=false}). */
    public static SchemeSigner openBankingUnencoded(String keyId, String issuer, String trustAnchor, PrivateKey key) {
        return SchemeSigner.of(new OpenBanking.Requests(keyId, issuer, trustAnchor, true, key));
    }

    /**
     * Signs for Mastercard's APIs with OAuth 1.0a, RSA-SHA256 and a body hash.
     *
     * @param key as {@link Keys#keyStore} reads it from the PKCS#12 file of the developer portal
     */
    public static SchemeSigner mastercard(String consumerKey, PrivateKey key) {
        return mastercard(consumerKey, "RSA-SHA256", key);
    }

    /**
     * As {@link #mastercard(String, PrivateKey)}, by another signature method.
     *
     * @param method {@code RSA-SHA256} or {@code RSA-PSS}
     */
    public static SchemeSigner mastercard(String consumerKey, String method, PrivateKey key) {
        return SchemeSigner.of(new Mastercard(consumerKey, method, key));
    }

    /**
     * Signs with a key that is exchanged while in use: the one that the ring has for signing at that moment.
     *
     * <pre>{@code
     * Signers.rotating(Keys.watched(file, Keys::privateJwks), (id, key) -> Signers.httpMessage(id, "ed25519", key))
     * }</pre>
     *
     * @param signer makes the signer of one key and its id, when the key comes; if that fails, the one before goes on signing
     */
    public static <K> RequestSigner rotating(KeyRing<K> keys, BiFunction<String, K, ? extends RequestSigner> signer) {
        return new RotatingSigner<>(keys, signer);
    }

    /** As {@link #hmacVerifier(Map)}, with secrets that are exchanged while in use. */
    public static HmacVerifier hmacVerifier(KeyRing<byte[]> secrets) {
        return HmacVerifier.of(Require.notNull(secrets, "secrets"));
    }

    /**
     * Signs for Antom and Alipay+ (Alipay's payments outside of China), RSA256, in the header {@code Signature}.
     *
     * @param keyVersion of the key, as the dashboard counts them; 1 for the first
     */
    public static SchemeSigner antom(String clientId, int keyVersion, PrivateKey key) {
        return SchemeSigner.of(new Antom.Requests(clientId, keyVersion, key));
    }

    /**
     * Sends one token as it is, in {@code Authorization: Bearer} (RFC 6750); over https only, but for the loopback addresses.
     *
     * @param token as the issuer gave it; nothing renews it
     */
    public static SchemeSigner bearer(String token) {
        return SchemeSigner.of(new Bearer(token));
    }

    /**
     * A signer whose dates follow the partner's clock, and which has a request that was turned away for its date signed once more.
     *
     * <p>The difference is learned from the {@code Date} of answers over TLS: the median of the last nine, of at least three, and at most
     * 300 s, which is the window of most partners. An answer 400, 401 or 403 whose {@code Date} is 60 s or more from the date that was signed is
     * believed at once, and the call is repeated with its own date; after a 400, which may mean anything, only if it may always be repeated.
     *
     * @param signer makes the signer for an environment, as {@code Signers.weChatPay(…)::environment}
     */
    public static RequestSigner followingClock(Function<Environment, ? extends RequestSigner> signer) {
        return followingClock(signer, Environment.system());
    }

    /** As {@link #followingClock(Function)}, with another source of dates and nonces. */
    public static RequestSigner followingClock(Function<Environment, ? extends RequestSigner> signer, Environment env) {
        return new ClockFollower(signer, env);
    }

    /**
     * A signer that signs for these routes alone and refuses all else with an {@link IllegalArgumentException}, so that nothing is sent.
     * With no route it signs nothing.
     *
     * <p>A path that a server might read as another one, with dot segments, encoded slashes, doubled slashes or semicolons, is never
     * allowed. Behind a balancer the hosts are the endpoints'.
     *
     * @param routes as {@code POST https://api.bank.example/v1/payments}; {@code *} for any method, {@code /*} at the end for all paths below
     */
    public static RequestSigner allowing(RequestSigner signer, String... routes) {
        return new AllowList(signer, request -> "any", Map.of("any", List.of(Require.notNull(routes, "routes"))));
    }

    /**
     * As {@link #allowing(RequestSigner, String...)}, with routes for each caller.
     *
     * @param caller who asks, told by the request; null for nobody, who may nothing. A header that says it must be set where the caller cannot
     * @param routesByCaller whoever is not in it may nothing
     */
    public static RequestSigner allowing(
            RequestSigner signer,
            Function<HttpRequest, @Nullable String> caller,
            Map<String, ? extends List<String>> routesByCaller) {
        return new AllowList(signer, caller, routesByCaller);
    }

    /** What lets {@link MessageVerifier} know the request that a reply answers, as it was sent. */
    public static SentRequests sentRequests() {
        return new SentRequests();
    }
}
