package io.fairlead.crypto;

import io.fairlead.Require;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.util.Arrays;
import javax.crypto.SecretKey;

/** How the key of one envelope is put into it, for the recipient alone. Thread-safe. */
interface DataKeys extends KeyFit {

    /** The number of the suite in the format. */
    byte suite();

    Aead cipher();

    int keyBytes();

    byte[] wrap(BodyKeys keys, byte[] dataKey);

    byte[] unwrap(BodyKeys keys, byte[] wrapped) throws GeneralSecurityException;

    /** As the content of a JWE, which names the recipient's key. */
    record InJwe(Jwe jwe, JweOpener opener) implements DataKeys {

        @Override
        public byte suite() {
            return 1;
        }

        @Override
        public Aead cipher() {
            return Aead.AES;
        }

        @Override
        public int keyBytes() {
            return 32;
        }

        @Override
        public Key fitting(Key key, String field) {
            return jwe.suite().fitting(key, field);
        }

        @Override
        public boolean isFor(String algorithm) {
            return jwe.suite().isFor(algorithm);
        }

        @Override
        public byte[] wrap(BodyKeys keys, byte[] dataKey) {
            return jwe.seal(keys, dataKey);
        }

        @Override
        public byte[] unwrap(BodyKeys keys, byte[] wrapped) throws GeneralSecurityException {
            return opener.open(keys, wrapped);
        }

        @Override
        public String toString() {
            return "AES-256-GCM, key by " + jwe.suite();
        }
    }

    /** Under a shared key by SM4-GCM: the length of the key id, the key id, the nonce, the ciphertext. */
    record InSm4() implements DataKeys {

        @Override
        public byte suite() {
            return 2;
        }

        @Override
        public Aead cipher() {
            return Aead.SM4;
        }

        @Override
        public int keyBytes() {
            return 16;
        }

        @Override
        public Key fitting(Key key, String field) {
            if (key instanceof SecretKey secret && secret.getEncoded().length == keyBytes()) {
                return Aead.SM4.key(secret.getEncoded());
            }
            throw Require.bad(field, "no key for SM4", "a secret of " + keyBytes() + " bytes");
        }

        @Override
        public byte[] wrap(BodyKeys keys, byte[] dataKey) {
            byte[] id = keys.keyId().getBytes(StandardCharsets.US_ASCII);
            byte[] nonce = keys.random(Aead.NONCE_BYTES);
            ByteArrayOutputStream wrapped = new ByteArrayOutputStream();
            wrapped.write(Require.between(id.length, 0, 255, "length of the key id"));
            wrapped.writeBytes(id);
            wrapped.writeBytes(nonce);
            wrapped.writeBytes(Aead.SM4.seal((SecretKey) keys.required(), nonce, id, dataKey));
            return wrapped.toByteArray();
        }

        @Override
        public byte[] unwrap(BodyKeys keys, byte[] wrapped) throws GeneralSecurityException {
            int idEnd = 1 + (wrapped[0] & 0xff);
            int nonceEnd = idEnd + Aead.NONCE_BYTES;
            if (wrapped.length != nonceEnd + keyBytes() + Aead.TAG_BYTES) {
                throw new Unopened();
            }
            byte[] id = Arrays.copyOfRange(wrapped, 1, idEnd);
            Key key = keys.own(new String(id, StandardCharsets.US_ASCII));
            if (key == null) {
                throw new Unopened();
            }
            byte[] nonce = Arrays.copyOfRange(wrapped, idEnd, nonceEnd);
            return Aead.SM4.open((SecretKey) key, nonce, id, wrapped, nonceEnd, wrapped.length - nonceEnd);
        }

        @Override
        public String toString() {
            return "SM4-GCM";
        }
    }
}
