package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.util.Base64;
import java.util.HexFormat;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.jce.ECNamedCurveTable;
import org.bouncycastle.jce.spec.ECNamedCurveParameterSpec;
import org.bouncycastle.jce.spec.ECPrivateKeySpec;
import org.bouncycastle.jce.spec.ECPublicKeySpec;
import org.junit.jupiter.api.Test;

/** Fields of WeChat Pay under SM2 keys. */
class Sm2FieldsTest {

    private static final ECNamedCurveParameterSpec CURVE = ECNamedCurveTable.getParameterSpec("sm2p256v1");

    /** The key of GB/T 32918.5-2016, annex C. */
    private static final BigInteger SECRET =
            new BigInteger("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8", 16);

    private final PrivateKey key = privateKey();
    private final WeChatPayFields fields = Verifiers.weChatPayFields(publicKey(), key);

    private static PrivateKey privateKey() {
        try {
            return KeyFactory.getInstance("EC", Providers.BC).generatePrivate(new ECPrivateKeySpec(SECRET, CURVE));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static PublicKey publicKey() {
        try {
            return KeyFactory.getInstance("EC", Providers.BC)
                    .generatePublic(new ECPublicKeySpec(CURVE.getG().multiply(SECRET), CURVE));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** GB/T 32918.5-2016, annex C.2, whose parts are put into the form of GM/T 0009. */
    @Test
    void the_example_of_the_standard() throws Exception {
        ASN1Encodable[] parts = {
            integer("04EBFC718E8D1798620432268E77FEB6415E2EDE0E073C0F4F640ECD2E149A73"),
            integer("E858F9D81E5430A57B36DAAB8F950A3C64E6EE6A63094D99283AFF767E124DF0"),
            octets("59983C18F809E262923C53AEC295D30383B54E39D609D160AFCB1908D0BD8766"),
            octets("21886CA989CA9C7D58087307CA93092D651EFA")
        };
        String hidden = Base64.getEncoder().encodeToString(new DERSequence(parts).getEncoded());
        assertThat(fields.open(hidden)).isEqualTo("encryption standard");
    }

    private static ASN1Integer integer(String hex) {
        return new ASN1Integer(new BigInteger(hex, 16));
    }

    private static DEROctetString octets(String hex) {
        return new DEROctetString(HexFormat.of().parseHex(hex));
    }

    @Test
    void what_is_hidden_is_opened_and_each_time_another() throws Exception {
        for (String field : new String[] {"x", "\u5f20\u4e09", "6222020000000000000".repeat(20)}) {
            String hidden = fields.hide(field);
            assertThat(hidden).isNotEqualTo(fields.hide(field));
            assertThat(fields.open(hidden)).isEqualTo(field);
        }
        assertThatThrownBy(() -> fields.hide("")).isInstanceOf(IllegalArgumentException.class);
        assertThat(fields).hasToString("WeChatPayFields[]");
    }

    @Test
    void no_mutation_opens_and_all_fail_alike() {
        byte[] hidden = Base64.getDecoder().decode(fields.hide("a name"));
        Vectors.mutations(hidden, bad -> {
            String text = Base64.getEncoder().encodeToString(bad);
            assertThatThrownBy(() -> fields.open(text))
                    .isInstanceOf(GeneralSecurityException.class)
                    .hasMessageStartingWith("the field cannot be opened")
                    .hasNoCause();
        });
        for (String bad : new String[] {"", "AAAA", "MAA=", "not base64"}) {
            assertThatThrownBy(() -> fields.open(bad)).hasMessageStartingWith("the field cannot be opened");
        }
    }

    @Test
    void keys_of_two_kinds_are_refused() {
        PrivateKey rsa = Keys.privateKey(Vectors.key("rsa-pkcs8"));
        assertThatThrownBy(() -> Verifiers.weChatPayFields(publicKey(), rsa))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("merchant key");
    }
}
