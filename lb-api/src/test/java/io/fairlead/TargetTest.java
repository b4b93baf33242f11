package io.fairlead;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TargetTest {

    @ParameterizedTest
    @CsvSource({
        "http://a,http://a:80",
        "HTTPS://Bank.Example,https://bank.example:443",
        "http://a:8080/,http://a:8080",
        "http://a:8080/base//,http://a:8080/base",
        "http://a/b%2Fc,http://a:80/b%2Fc",
        "http://[::1]:9,http://[::1]:9"
    })
    void one_server_has_one_uri(String given, String expected) {
        assertThat(Target.of(given).uri()).hasToString(expected);
        assertThat(Target.of(given)).isEqualTo(Target.of(expected)).hasSameHashCodeAs(Target.of(expected));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "a:8080",
                "/path",
                "ftp://a",
                "http://",
                "http://a_b",
                "http://a?q",
                "http://a#f",
                "http://a:0",
                "http://a:65536",
                "http://a b"
            })
    void what_is_no_server_is_refused(String given) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Target.of(given))
                .withMessageContaining("target")
                .withMessageContaining("allowed is ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://user:hush@a", "http://user:hush@a b", "ftp://user:hush@a"})
    void a_password_is_refused_and_not_shown(String given) {
        assertThatThrownBy(() -> Target.of(given))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("hush");
    }

    @Test
    void a_bad_name_is_told_of_the_setting_that_has_it() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Service.named("a b"))
                .withMessageStartingWith("service name is \"a b\"");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Service.named("bank").tlsName("a b"))
                .withMessageStartingWith("TLS name of bank is \"a b\"");
    }

    @Test
    void a_server_without_a_domain_of_its_own_has_that_of_its_priority() {
        Target first = Target.of("http://a");
        assertThat(first.domain()).isEqualTo("priority-0");
        assertThat(first.withPriority(1).domain()).isEqualTo("priority-1");
        assertThat(first.withPriority(1).withDomain("ledger-1").domain()).isEqualTo("ledger-1");
        assertThat(first.hasNamedDomain()).isFalse();
        assertThat(first.withDomain("priority-0")).isNotEqualTo(first);
    }

    @Test
    void what_differs_between_siblings_makes_another_target() {
        Target target = Target.of("http://a");
        assertThat(target.withWeight(2)).isNotEqualTo(target);
        assertThat(target.withZone("z")).isNotEqualTo(target);
        assertThat(target.withTags(Map.of("drain", "true"))).isNotEqualTo(target);
        assertThat(target.withWeight(2).withZone("z").withTags(Map.of("a", "b")))
                .isEqualTo(target.withTags(Map.of("a", "b")).withZone("z").withWeight(2));
        assertThat(target.withWeight(2)).hasToString("http://a:80");
    }

    @ParameterizedTest
    @ValueSource(doubles = {-1, Double.NaN, Double.POSITIVE_INFINITY})
    void a_weight_is_a_finite_number_from_0(double weight) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Target.of("http://a").withWeight(weight))
                .withMessageStartingWith("weight of target http://a:80 is ");
    }
}
