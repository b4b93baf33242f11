package io.fairlead.crypto;

import io.fairlead.Require;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** HMAC-SHA-256 (RFC 2104) under one secret, as maker and as checker of signatures. Thread-safe; shows nothing of the secret. */
final class Macs implements Signatures.Maker, Signatures.Checker {

    private final SecretKeySpec secret;
    private final Spare<Mac> macs = new Spare<>(this::newMac);

    /**
     * Under one secret.
     *
     * @param secret copied
     * @param least how many bytes it must have
     * @param field what the exception calls it
     */
    Macs(byte[] secret, int least, String field) {
        if (Require.notNull(secret, field).length < least) {
            throw Require.bad(field, secret.length + " bytes long", "at least " + least + " bytes");
        }
        this.secret = new SecretKeySpec(secret, "HmacSHA256");
    }

    private Mac newMac() {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(secret);
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has no HmacSHA256", e);
        }
    }

    @Override
    public Signatures.Run start() {
        Mac mac = macs.take();
        return new Signatures.Run() {
            @Override
            public void update(ByteBuffer bytes) {
                mac.update(bytes);
            }

            @Override
            public byte[] sign() {
                byte[] signed = mac.doFinal(); // which makes it ready for the next
                macs.giveBack(mac);
                return signed;
            }
        };
    }

    @Override
    public byte[] sign(String text) {
        return sign(text.getBytes(StandardCharsets.UTF_8));
    }

    byte[] sign(byte[] bytes) {
        Mac mac = macs.take();
        byte[] signed = mac.doFinal(bytes);
        macs.giveBack(mac);
        return signed;
    }

    @Override
    public boolean isValid(byte[] signature, byte[]... pieces) {
        Signatures.Run run = start();
        for (byte[] piece : pieces) {
            run.update(ByteBuffer.wrap(piece));
        }
        return MessageDigest.isEqual(run.sign(), signature); // takes the same time wherever they differ
    }

    @Override
    public String toString() {
        return "Macs[]";
    }
}
