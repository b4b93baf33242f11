package io.fairlead.crypto;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;

/** A value as a JWE of its JSON text. */
record JweField(Jwe jwe, JweOpener opener) implements FieldCipher {

    @Override
    public String hide(BodyKeys keys, byte[] value, JsonPath path) {
        return new String(jwe.seal(keys, value), StandardCharsets.US_ASCII);
    }

    @Override
    public byte[] open(BodyKeys keys, String hidden) throws GeneralSecurityException {
        return opener.open(keys, hidden.getBytes(StandardCharsets.UTF_8));
    }
}
