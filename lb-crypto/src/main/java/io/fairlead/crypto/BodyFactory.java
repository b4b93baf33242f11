package io.fairlead.crypto;

import io.fairlead.Environment;
import io.fairlead.Factory;
import io.fairlead.RequestSigner;
import io.fairlead.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Set;

/**
 * Makes signers that encrypt bodies, by name. The settings:
 *
 * <ul>
 *   <li>{@code jwe}: algorithm, encryption, key-id, and public-key-file or secret (base64)
 *   <li>{@code jwe-fields}: the same, and paths separated by blanks
 * </ul>
 */
public final class BodyFactory implements Factory<RequestSigner> {

    private static final String FIELDS = "jwe-fields";

    /** For the service loader. */
    public BodyFactory() {}

    @Override
    public Class<RequestSigner> type() {
        return RequestSigner.class;
    }

    @Override
    public Set<String> names() {
        return Set.of("jwe", FIELDS);
    }

    @Override
    public RequestSigner create(String name, Settings settings, Environment env) {
        settings.known(
                "algorithm",
                "encryption",
                "key-id",
                "public-key-file",
                "secret",
                name.equals(FIELDS) ? "paths" : "key-id");
        String algorithm = settings.required("algorithm");
        String encryption = settings.required("encryption");
        BodyEncryption form = name.equals(FIELDS)
                ? Bodies.jweFields(algorithm, encryption, SignerFactory.words(settings.required("paths")))
                : Bodies.jwe(algorithm, encryption);
        return keyed(form, settings).environment(env).asSigner();
    }

    private static BodyEncryption keyed(BodyEncryption form, Settings settings) {
        String keyId = settings.required("key-id");
        if (settings.text("secret") != null) {
            return form.shared(keyId, SignerFactory.secret(settings));
        }
        try {
            String pem = Files.readString(SignerFactory.path(settings, "public-key-file"));
            return form.encryptTo(keyId, Keys.publicKey(pem));
        } catch (IOException e) {
            throw new IllegalArgumentException("setting public-key-file names a file that cannot be read", e);
        }
    }
}
