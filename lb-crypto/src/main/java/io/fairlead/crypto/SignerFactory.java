package io.fairlead.crypto;

import io.fairlead.Environment;
import io.fairlead.Factory;
import io.fairlead.RequestSigner;
import io.fairlead.Settings;
import java.util.Base64;
import java.util.Set;

/** Makes signers by name: {@code hmac-sha256} with the settings key-id and secret (base64), both required. */
public final class SignerFactory implements Factory<RequestSigner> {

    /** For the service loader. */
    public SignerFactory() {}

    @Override
    public Class<RequestSigner> type() {
        return RequestSigner.class;
    }

    @Override
    public Set<String> names() {
        return Set.of("hmac-sha256");
    }

    @Override
    public RequestSigner create(String name, Settings settings, Environment env) {
        settings.known("key-id", "secret");
        return Signers.hmacSha256(settings.required("key-id"), secret(settings)).environment(env);
    }

    private static byte[] secret(Settings settings) {
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
