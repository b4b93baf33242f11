package io.fairlead.crypto;

import io.fairlead.Environment;
import io.fairlead.Factory;
import io.fairlead.RequestSigner;
import io.fairlead.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes signers by name. The settings, those in brackets not required:
 *
 * <ul>
 *   <li>{@code hmac-sha256}: key-id, secret (base64)
 *   <li>{@code http-message}: key-id, algorithm, private-key-file [private-key-password], or key-id and secret (base64); [components]
 *       separated by blanks, [tag], [label]
 *   <li>{@code aws}: region, service, access-key-id, secret-access-key, [session-token]
 *   <li>{@code wechat-pay}: merchant-id, certificate-serial, private-key-file [private-key-password]
 *   <li>{@code alipay}: app-id, private-key-file [private-key-password]
 *   <li>{@code alipay-v3}: app-id, [certificate-serial], private-key-file [private-key-password]
 *   <li>{@code cavage}: key-id, algorithm, headers separated by blanks, private-key-file [private-key-password]
 *   <li>{@code open-banking}: key-id, issuer, trust-anchor, private-key-file [private-key-password]
 *   <li>{@code mastercard}: consumer-key, key-store-file, key-store-password, [key-alias], [method: RSA-SHA256 or RSA-PSS]
 *   <li>{@code antom}: client-id, [key-version, 1 unless set], private-key-file [private-key-password]
 *   <li>{@code bearer}: token
 *   <li>{@code oauth2}: issuer or token-endpoint, client-id, client-secret [secret-in: header or body] or private-key-file
 *       [private-key-password] with key-id and algorithm, [scope] separated by blanks, [audience], [resource], [dpop: true],
 *       [rejected-unprocessed: true], [plain-http: true], [fetch-timeout]; it fetches through a plain client of its own, which nothing
 *       balances or limits: to have that, make it in code with {@link Tokens}
 * </ul>
 *
 * <p>Each with private-key-file but {@code oauth2} takes [watch-key-file] as well, how often to look at that file, as {@code 10s}: another key in it signs a second after it
 * was seen, under the same ids; one that is half written or does not fit changes nothing ({@link Keys#watched}). If certificates stand in the file beside the
 * key, the key must be of the first that fits and signs until that ends, and {@code wechat-pay} takes its serial instead of certificate-serial. The file is looked at
 * for as long as the environment's timers run, as a signer by name cannot be closed.
 *
 * <p>Each but {@code bearer} and {@code oauth2} follows the partner's clock as {@link Signers#followingClock} says, unless [follow-clock] is {@code false}: a machine
 * whose clock runs off then fails no payment before somebody has seen it.
 */
public final class SignerFactory implements Factory<RequestSigner> {

    private static final String FOLLOW = "follow-clock";
    private static final String KEY_FILE = "private-key-file";
    private static final String KEY_PASSWORD = "private-key-password";
    private static final String WATCH = "watch-key-file";

    /** The key of a file without certificates; no serial, as those are hexadecimal. */
    private static final String UNNAMED = "key";

    /**
     * What signs.
     *
     * @param serial of its certificate, where that is in its file; null where not
     * @param key null for schemes that sign with something else
     */
    private record FileKey(
            @Nullable String serial, @Nullable PrivateKey key) {

        static final FileKey NONE = new FileKey(null, null);

        PrivateKey key(Settings settings) {
            return key == null ? SignerFactory.key(settings) : key;
        }

        String serial(Settings settings) {
            return serial == null ? settings.required("certificate-serial") : serial;
        }
    }

    /** For the service loader. */
    public SignerFactory() {}

    @Override
    public Class<RequestSigner> type() {
        return RequestSigner.class;
    }

    @Override
    public Set<String> names() {
        return Set.of(
                "hmac-sha256",
                "http-message",
                "aws",
                "wechat-pay",
                "alipay",
                "alipay-v3",
                "cavage",
                "open-banking",
                "mastercard",
                "antom",
                "bearer",
                "oauth2");
    }

    @Override
    public RequestSigner create(String name, Settings settings, Environment env) {
        return switch (name) {
            case "bearer" -> Signers.bearer(settings.known("token").required("token"));
            case "oauth2" -> TokenSettings.signer(settings, env);
            default -> following(name, settings, env);
        };
    }

    private static RequestSigner following(String name, Settings settings, Environment env) {
        return settings.flag(FOLLOW, true)
                ? Signers.followingClock(its -> rotating(name, settings, its, env), env)
                : rotating(name, settings, env, env);
    }

    /**
     * @param dates of the partner's clock, or one's own
     * @param timers that the key's file is looked at by
     */
    private static RequestSigner rotating(String name, Settings settings, Environment dates, Environment timers) {
        if (settings.text(WATCH) == null) {
            return dated(name, settings, FileKey.NONE, dates);
        }
        KeyRing<PrivateKey> ring = Keys.watched(
                List.of(path(settings, KEY_FILE)),
                text -> keys(settings, text, timers),
                settings.duration(WATCH, FileWatch.EVERY),
                timers);
        try {
            return Signers.rotating(
                    ring, (id, key) -> dated(name, settings, new FileKey(id.equals(UNNAMED) ? null : id, key), dates));
        } catch (RuntimeException e) {
            ring.close();
            throw e;
        }
    }

    private static Map<String, PrivateKey> keys(Settings settings, String pem, Environment env) {
        String password = settings.text(KEY_PASSWORD);
        List<PrivateKey> keys = Pem.privateKeys(pem, password == null ? null : password.toCharArray());
        return pem.contains("-----BEGIN CERTIFICATE-----")
                ? KeyPairs.bySerial(keys, Pem.certificates(pem), env)
                : Map.of(UNNAMED, keys.get(0));
    }

    private static RequestSigner dated(String name, Settings settings, FileKey key, Environment env) {
        return switch (name) {
            case "hmac-sha256" ->
                hmac(settings.known(FOLLOW, "key-id", "secret")).environment(env);
            case "http-message" -> httpMessage(settings, key).environment(env);
            case "aws" -> aws(settings).environment(env);
            case "mastercard" -> mastercard(settings, env).environment(env);
            default -> partner(name, settings, key).environment(env);
        };
    }

    private static HmacSigner hmac(Settings settings) {
        return Signers.hmacSha256(settings.required("key-id"), secret(settings));
    }

    private static MessageSigner httpMessage(Settings settings, FileKey key) {
        settings.known(
                FOLLOW, "key-id", "algorithm", KEY_FILE, KEY_PASSWORD, WATCH, "secret", "components", "tag", "label");
        String keyId = settings.required("key-id");
        MessageSigner signer = settings.text("secret") != null
                ? Signers.httpMessage(keyId, secret(settings))
                : Signers.httpMessage(keyId, settings.required("algorithm"), key.key(settings));
        String components = settings.text("components");
        String tag = settings.text("tag");
        String label = settings.text("label");
        signer = components == null ? signer : signer.components(words(components));
        signer = tag == null ? signer : signer.tag(tag);
        return label == null ? signer : signer.label(label);
    }

    private static AwsSigner aws(Settings settings) {
        settings.known(FOLLOW, "region", "service", "access-key-id", "secret-access-key", "session-token");
        AwsSigner signer = Signers.aws(
                settings.required("region"),
                settings.required("service"),
                settings.required("access-key-id"),
                settings.required("secret-access-key"));
        String token = settings.text("session-token");
        return token == null ? signer : signer.sessionToken(token);
    }

    private static SchemeSigner partner(String name, Settings settings, FileKey key) {
        return switch (name) {
            case "wechat-pay" ->
                weChatPay(
                        settings.known(FOLLOW, "merchant-id", "certificate-serial", KEY_FILE, KEY_PASSWORD, WATCH),
                        key);
            case "alipay" ->
                Signers.alipay(
                        settings.known(FOLLOW, "app-id", KEY_FILE, KEY_PASSWORD, WATCH)
                                .required("app-id"),
                        key.key(settings));
            case "alipay-v3" ->
                alipayV3(settings.known(FOLLOW, "app-id", "certificate-serial", KEY_FILE, KEY_PASSWORD, WATCH), key);
            case "cavage" ->
                cavage(settings.known(FOLLOW, "key-id", "algorithm", "headers", KEY_FILE, KEY_PASSWORD, WATCH), key);
            case "open-banking" ->
                openBanking(
                        settings.known(FOLLOW, "key-id", "issuer", "trust-anchor", KEY_FILE, KEY_PASSWORD, WATCH), key);
            case "antom" ->
                antom(settings.known(FOLLOW, "client-id", "key-version", KEY_FILE, KEY_PASSWORD, WATCH), key);
            default -> throw new IllegalArgumentException("signer " + name + " is not known");
        };
    }

    private static SchemeSigner weChatPay(Settings settings, FileKey key) {
        return Signers.weChatPay(settings.required("merchant-id"), key.serial(settings), key.key(settings));
    }

    private static SchemeSigner alipayV3(Settings settings, FileKey key) {
        String serial = settings.text("certificate-serial");
        return serial == null
                ? Signers.alipayV3(settings.required("app-id"), key.key(settings))
                : Signers.alipayV3(settings.required("app-id"), serial, key.key(settings));
    }

    private static SchemeSigner cavage(Settings settings, FileKey key) {
        String[] headers = words(settings.required("headers"));
        return Signers.cavage(settings.required("key-id"), settings.required("algorithm"), key.key(settings), headers);
    }

    private static SchemeSigner openBanking(Settings settings, FileKey key) {
        return Signers.openBanking(
                settings.required("key-id"),
                settings.required("issuer"),
                settings.required("trust-anchor"),
                key.key(settings));
    }

    private static SchemeSigner antom(Settings settings, FileKey key) {
        int version = (int) settings.number("key-version", 1, 1, Integer.MAX_VALUE);
        return Signers.antom(settings.required("client-id"), version, key.key(settings));
    }

    private static SchemeSigner mastercard(Settings settings, Environment env) {
        settings.known(FOLLOW, "consumer-key", "key-store-file", "key-store-password", "key-alias", "method");
        char[] password = settings.required("key-store-password").toCharArray();
        @Nullable String alias = settings.text("key-alias");
        PrivateKey key = Keys.keyStore(path(settings, "key-store-file"), password, alias, env)
                .getPrivateKey();
        String method = settings.text("method");
        return Signers.mastercard(settings.required("consumer-key"), method == null ? "RSA-SHA256" : method, key);
    }

    static String[] words(String text) {
        return text.trim().split("\\s+");
    }

    static Path path(Settings settings, String name) {
        try {
            return Path.of(settings.required(name));
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("setting " + name + " is no path", e);
        }
    }

    static PrivateKey key(Settings settings) {
        String pem;
        try {
            pem = Files.readString(path(settings, KEY_FILE));
        } catch (IOException e) {
            throw new IllegalArgumentException("setting " + KEY_FILE + " names a file that cannot be read", e);
        }
        String password = settings.text(KEY_PASSWORD);
        return password == null ? Keys.privateKey(pem) : Keys.privateKey(pem, password.toCharArray());
    }

    static byte[] secret(Settings settings) {
        try {
            return Base64.getDecoder().decode(settings.required("secret").trim());
        } catch (IllegalArgumentException e) {
            if (settings.text("secret") == null) {
                throw e;
            }
            throw new IllegalArgumentException("setting secret is not base64: allowed is base64 of at least 32 bytes");
        }
    }
}
