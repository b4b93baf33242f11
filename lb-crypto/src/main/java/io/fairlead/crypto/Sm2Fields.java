package io.fairlead.crypto;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.util.Arrays;
import javax.crypto.Cipher;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.util.BigIntegers;

/**
 * SM2 encryption (GB/T 32918.4) in the ASN.1 form of GM/T 0009: x and y of the point, the SM3 code, the cipher text. Bouncy Castle computes
 * it in the older form, where point, cipher text and code stand side by side.
 */
final class Sm2Fields {

    private static final int COORDINATE = 32;
    private static final int POINT = 1 + 2 * COORDINATE;
    private static final int CODE = 32;
    private static final byte UNCOMPRESSED = 4;

    private Sm2Fields() {}

    static byte[] encrypted(byte[] plain, PublicKey key) throws GeneralSecurityException {
        if (plain.length == 0) {
            throw new GeneralSecurityException("SM2 encrypts nothing that is empty");
        }
        Cipher cipher = Cipher.getInstance("SM2", Providers.BC);
        cipher.init(Cipher.ENCRYPT_MODE, key);
        byte[] raw = cipher.doFinal(plain);
        int code = raw.length - CODE;
        DERSequence der = new DERSequence(new ASN1Encodable[] {
            new ASN1Integer(new BigInteger(1, raw, 1, COORDINATE)),
            new ASN1Integer(new BigInteger(1, raw, 1 + COORDINATE, COORDINATE)),
            new DEROctetString(Arrays.copyOfRange(raw, code, raw.length)),
            new DEROctetString(Arrays.copyOfRange(raw, POINT, code))
        });
        try {
            return der.getEncoded();
        } catch (IOException e) {
            throw new GeneralSecurityException(e);
        }
    }

    /** Whatever is wrong is some exception, which the caller turns into its only one. */
    static byte[] decrypted(byte[] der, PrivateKey key) throws GeneralSecurityException {
        ASN1Sequence parts = ASN1Sequence.getInstance(der);
        byte[] code = ASN1OctetString.getInstance(parts.getObjectAt(2)).getOctets();
        byte[] text = ASN1OctetString.getInstance(parts.getObjectAt(3)).getOctets();
        if (parts.size() != 4 || code.length != CODE || text.length == 0) {
            throw new GeneralSecurityException("not the four parts of GM/T 0009");
        }
        byte[] raw = new byte[POINT + text.length + CODE];
        raw[0] = UNCOMPRESSED;
        for (int i = 0; i < 2; i++) {
            BigInteger coordinate =
                    ASN1Integer.getInstance(parts.getObjectAt(i)).getValue();
            BigIntegers.asUnsignedByteArray(coordinate, raw, 1 + i * COORDINATE, COORDINATE);
        }
        System.arraycopy(text, 0, raw, POINT, text.length);
        System.arraycopy(code, 0, raw, POINT + text.length, CODE);
        Cipher cipher = Cipher.getInstance("SM2", Providers.BC);
        cipher.init(Cipher.DECRYPT_MODE, key);
        return cipher.doFinal(raw);
    }
}
