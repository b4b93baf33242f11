package io.fairlead.crypto;

import io.fairlead.Require;
import java.net.http.HttpClient;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;

/**
 * OAuth 2.0 and OpenID Connect: tokens that requests bear, and the judging of tokens that others bear.
 *
 * <p>The calls to an issuer go through the client that is given, so a {@code BalancedClient} whose service the issuer is balances,
 * limits and retries them as any other. That service must not have the signer itself. All of it is thread-safe.
 */
public final class Tokens {

    private Tokens() {}

    /**
     * Signs requests with a token that the issuer gives for the client's credentials.
     *
     * @param issuer such as {@code https://login.partner.example}; its discovery document (OpenID Connect Discovery 1.0, RFC 8414) must
     *     name the very same issuer
     * @param client that reaches the issuer and follows no redirects; it is not closed
     */
    public static TokenSigner clientCredentials(String issuer, String clientId, HttpClient client) {
        TokenOptions options = new TokenOptions(clientId, client);
        options.issuer = Endpoints.issuer(issuer);
        return new TokenSigner(options);
    }

    /**
     * The same where there is no discovery.
     *
     * @param tokenEndpoint such as {@code https://login.partner.example/oauth2/token}
     */
    public static TokenSigner clientCredentialsAt(String tokenEndpoint, String clientId, HttpClient client) {
        TokenOptions options = new TokenOptions(clientId, client);
        options.tokenEndpoint = Endpoints.http(tokenEndpoint, "token endpoint");
        return new TokenSigner(options);
    }

    /**
     * Judges tokens by the keys that the issuer's discovery document names.
     *
     * @param audience who we are to the issuer
     * @param client that reaches the issuer and follows no redirects; it is not closed
     */
    public static TokenValidator validator(String issuer, String audience, HttpClient client) {
        TokenRules rules = TokenRules.of(Endpoints.issuer(issuer), audience);
        Endpoints.client(client);
        return new TokenValidator(rules, r -> PublishedKeys.of(r, client, TokenOptions.TIMEOUT), false);
    }

    /**
     * Judges tokens by the keys at an address.
     *
     * @param keysUri of a JSON Web Key Set
     */
    public static TokenValidator validatorAt(String keysUri, String issuer, String audience, HttpClient client) {
        TokenRules rules = TokenRules.of(issuer, audience);
        Endpoints.http(keysUri, "key set URI");
        Endpoints.client(client);
        return new TokenValidator(rules, r -> PublishedKeys.at(keysUri, r, client, TokenOptions.TIMEOUT), false);
    }

    /**
     * Judges tokens by keys that are known beforehand.
     *
     * @param keys a JSON Web Key Set (RFC 7517), or one key; secrets count only where {@link TokenValidator#algorithms} names HS256 to HS512
     */
    public static TokenValidator validatorOf(String keys, String issuer, String audience) {
        JwsKeys known = JwsKeys.parse(Require.notBlank(keys, "keys"), true);
        return new TokenValidator(TokenRules.of(issuer, audience), r -> KeySource.fixed(known), true);
    }

    /** Checks the proofs of DPoP, each once. */
    public static DpopVerifier dpopVerifier() {
        return DpopVerifier.standard();
    }

    /** The thumbprint of a certificate as tokens that are bound to it have it: SHA-256 in base64url (RFC 8705, section 3.1). */
    public static String thumbprint(X509Certificate certificate) {
        try {
            byte[] der = Require.notNull(certificate, "certificate").getEncoded();
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(HmacKey.sha256().digest(der));
        } catch (CertificateEncodingException e) {
            throw new IllegalArgumentException("certificate cannot be encoded", e);
        }
    }
}
