package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Environment;
import io.fairlead.testing.ManualTime;
import java.net.URI;
import java.security.KeyPair;
import java.security.SignatureException;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A token is for whom it was given to: all that it is bound to must have been shown, and a proof of DPoP once. */
class PossessionTest {

    private static final URI PAY = URI.create("https://api.example/pay");
    private static final String CERTIFICATE = "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0";

    private final ManualTime time = new ManualTime();
    private final Environment env = time.environment(19);
    private final KeyPair pair = TestCertificates.pair("EC", 256);
    private final JoseKey issuer = JoseKey.shown(pair.getPrivate(), pair.getPublic());
    private final JoseKey key = JoseKey.generated();
    private final TokenValidator validator = Tokens.validatorOf(
                    Jws.parse(issuer.sign(null, Map.of())).header().getJWK().toJSONString(), "https://as", "us")
            .environment(env)
            .dpop(Tokens.dpopVerifier().remember(3).environment(env));

    PossessionTest() throws SignatureException {}

    private String token(Object confirmation) {
        Map<String, Object> claims = new HashMap<>();
        claims.put("iss", "https://as");
        claims.put("aud", "us");
        claims.put("exp", env.now().getEpochSecond() + 300);
        if (confirmation != null) {
            claims.put("cnf", confirmation);
        }
        return issuer.sign("at+jwt", claims);
    }

    private Map<String, Object> both() {
        return Map.of("jkt", key.thumbprint(), "x5t#S256", CERTIFICATE);
    }

    private String proof(JoseKey by, String token, String id) {
        Map<String, Object> claims = new HashMap<>();
        claims.put("jti", id);
        claims.put("htm", "POST");
        claims.put("htu", PAY.toString());
        claims.put("iat", env.now().getEpochSecond());
        claims.put("ath", DpopProofs.hash(token));
        claims.put("nonce", "n-1");
        return by.sign("dpop+jwt", claims);
    }

    private Possession dpop(String token, String id) {
        return Possession.dpop(proof(key, token, id), "POST", PAY);
    }

    private void passes(String token, Possession shown) {
        assertThatCode(() -> validator.validate(token, shown)).doesNotThrowAnyException();
    }

    private void refused(String token, Possession shown) {
        assertThat(validator.validateAsync(token, shown))
                .failsWithin(java.time.Duration.ZERO)
                .withThrowableThat()
                .havingRootCause()
                .isExactlyInstanceOf(SignatureException.class)
                .withMessage("the token is not valid");
    }

    @Test
    void of_a_token_bound_to_a_certificate_and_a_key_both_must_be_shown() {
        String token = token(both());
        refused(token, null);
        refused(token, Possession.of(CERTIFICATE));
        refused(token, Possession.of(key.thumbprint()));
        refused(token, dpop(token, "1"));
        refused(token, dpop(token, "2").and("another"));
        passes(token, dpop(token, "3").and(CERTIFICATE));
        passes(token, Possession.of(CERTIFICATE).and(key.thumbprint()));
    }

    @Test
    void a_certificate_that_the_token_does_not_name_does_no_harm_beside_the_key_it_names() {
        String token = token(Map.of("jkt", key.thumbprint()));
        passes(token, dpop(token, "1").and(CERTIFICATE));
    }

    /** Else every token would be refused, and nobody would know why. */
    @ParameterizedTest
    @ValueSource(strings = {"/pay", "//api.shop.example/pay", "urn:pay", "ws://api.shop.example/pay"})
    void the_path_alone_is_no_uri_of_a_request(String uri) {
        assertThatThrownBy(() -> Possession.dpop("proof", "POST", URI.create(uri)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("uri of the request is ")
                .hasMessageContaining("allowed is the whole of it");
    }

    @Test
    void a_proof_is_worth_nothing_for_a_token_that_names_no_key() {
        String free = token(null);
        refused(free, dpop(free, "1"));
        String bound = token(Map.of("x5t#S256", CERTIFICATE));
        refused(bound, dpop(bound, "2").and(CERTIFICATE));
        passes(bound, Possession.of(CERTIFICATE));
    }

    @Test
    void a_proof_by_another_key_or_of_another_token_is_refused() {
        String token = token(Map.of("jkt", key.thumbprint()));
        refused(token, Possession.dpop(proof(JoseKey.generated(), token, "1"), "POST", PAY));
        refused(token, Possession.dpop(proof(key, token(both()), "2"), "POST", PAY));
        refused(token, Possession.dpop(proof(key, token, "3"), "GET", PAY));
        refused(token, Possession.dpop(proof(key, token, "4"), "POST", URI.create("https://api.example/refund")));
        refused(token, dpop(token, "5").nonce("n-2"));
        passes(token, dpop(token, "6").nonce("n-1"));
        refused(token, dpop(token, "6").nonce("n-1"));
    }

    @Test
    void what_was_refused_takes_no_place_in_the_memory_of_proofs() {
        String token = token(both());
        for (int i = 0; i < 100; i++) {
            JoseKey own = i < 10 ? JoseKey.generated() : key;
            refused(token, Possession.dpop(proof(own, token, "own" + i), "POST", PAY));
            refused("a.b.c", Possession.dpop(proof(own, "a.b.c", "bad" + i), "POST", PAY));
        }
        for (int i = 0; i < 3; i++) {
            passes(token, dpop(token, "right" + i).and(CERTIFICATE));
        }
        refused(token, dpop(token, "full").and(CERTIFICATE));
    }

    @ParameterizedTest
    @CsvSource({"jwk,{}", "kid,k", "jku,https://a", "x5t#S512,a"})
    void a_binding_that_is_not_known_cannot_have_been_shown(String member, String value) {
        refused(token(Map.of(member, value)), Possession.of(value));
        refused(token(Map.of(member, value, "x5t#S256", CERTIFICATE)), Possession.of(CERTIFICATE));
    }

    @Test
    void a_confirmation_that_is_none_is_refused() {
        for (Object none : new Object[] {Map.of(), "jkt", 7, Map.of("x5t#S256", 7), Map.of("jkt", Map.of())}) {
            String token = token(none);
            refused(token, null);
            refused(token, Possession.of(CERTIFICATE));
            refused(token, dpop(token, "1"));
        }
    }

    @Test
    void settings_that_are_wrong_are_named_and_nothing_is_shown() {
        assertThatThrownBy(() -> Possession.of(" ")).hasMessageContaining("thumbprint");
        assertThatThrownBy(() -> Possession.of(CERTIFICATE).nonce("n")).hasMessageContaining("nonce");
        assertThat(Possession.dpop("secret", "POST", PAY).and(CERTIFICATE).toString())
                .doesNotContain("secret", CERTIFICATE);
    }

    // ---- htu -------------------------------------------------------------------------------------------------------

    /** RFC 3986, section 6.2.2 and 6.2.3. */
    @ParameterizedTest
    @CsvSource({
        "HTTPS://API.Example/pay,https://api.example/pay",
        "https://api.example:443/pay,https://api.example/pay",
        "https://api.example:/pay,https://api.example/pay",
        "http://api.example:80,http://api.example/",
        "https://api.example/pay?a=b#c,https://api.example/pay",
        "https://api.example/%7Eme/%2fa,https://api.example/~me/%2Fa",
        "https://api.example/%70%61%79,https://api.example/pay",
        "https://api.example/a/./b/../c,https://api.example/a/c",
        "https://api.example/a/%2E%2e/c,https://api.example/c",
        "https://api.example/../a/..,https://api.example/",
        "https://api.example/a/.,https://api.example/a/",
        "https://api.example/a//b,https://api.example/a//b",
        "https://api.example/ä,https://api.example/%C3%A4",
        "https://[2001:DB8::1]:443/,https://[2001:db8::1]/",
        "https://API_1.example:8443/x,https://api_1.example:8443/x"
    })
    void spellings_of_one_target_are_the_same(String spelled, String normal) {
        assertThat(TargetUri.normal(URI.create(spelled))).isEqualTo(normal);
        assertThat(TargetUri.normal(URI.create(normal))).isEqualTo(normal);
    }

    @ParameterizedTest
    @CsvSource({
        "https://api.example/a/b,https://api.example/a%2Fb",
        "https://api.example/a//b,https://api.example/a/b",
        "https://api.example/pay,https://api.example/Pay",
        "https://api.example/pay,https://api.example/pay/",
        "https://api.example/pay,http://api.example:443/pay",
        "https://api.example/pay,https://api.example:80/pay",
        "https://a_1.example/pay,https://a_2.example/pay"
    })
    void other_targets_are_others(String one, String other) {
        assertThat(TargetUri.normal(URI.create(one))).isNotEqualTo(TargetUri.normal(URI.create(other)));
    }

    @ParameterizedTest
    @CsvSource({
        "https://me@api.example/pay",
        "ftp://api.example/pay",
        "/pay",
        "mailto:me@api.example",
        "https://[fe80::1%et0]x/",
        "https:///pay"
    })
    void what_is_no_target_is_equal_to_none(String htu) {
        String token = token(Map.of("jkt", key.thumbprint()));
        Map<String, Object> claims = new HashMap<>();
        claims.put("jti", "1");
        claims.put("htm", "POST");
        claims.put("htu", htu);
        claims.put("iat", env.now().getEpochSecond());
        claims.put("ath", DpopProofs.hash(token));
        refused(token, Possession.dpop(key.sign("dpop+jwt", claims), "POST", PAY));
    }
}
