package io.fairlead;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {

    private static Settings set(String value) {
        return Settings.of(Map.of("x", value));
    }

    private static void refused(String message, ThrowingCallable call) {
        assertThatIllegalArgumentException().isThrownBy(call).withMessage(message);
    }

    @Test
    void what_is_not_set_has_its_default() {
        Settings none = Settings.none();
        assertThat(none.text("x")).isNull();
        assertThat(none.flag("x", true)).isTrue();
        assertThat(none.number("x", 7, 1, 9)).isEqualTo(7);
        assertThat(none.decimal("x", 0.5, 0, 1)).isEqualTo(0.5);
        assertThat(none.duration("x", Duration.ofSeconds(3))).isEqualTo(Duration.ofSeconds(3));
        refused("setting x is not set: a value is required", () -> none.required("x"));
    }

    @Test
    void numbers_are_read_within_their_bounds() {
        assertThat(set(" 42 ").number("x", 0, 1, 100)).isEqualTo(42);
        assertThat(set("1e-3").decimal("x", 0, 0, 1)).isEqualTo(0.001);
        refused("setting x is 101: allowed is 1 to 100", () -> set("101").number("x", 0, 1, 100));
        refused("setting x is 0: allowed is at least 1", () -> set("0").number("x", 0, 1, Long.MAX_VALUE));
        refused(
                "setting x is \"4.2\": allowed is a whole number, 1 to 100",
                () -> set("4.2").number("x", 0, 1, 100));
        refused(
                "setting x is \"many\": allowed is a number, 0.0 to 1.0",
                () -> set("many").decimal("x", 0, 0, 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"NaN", "Infinity", "-Infinity", "1e999"})
    void a_number_is_finite(String value) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> set(value).decimal("x", 0, -1, Double.MAX_VALUE))
                .withMessageStartingWith("setting x is ");
    }

    @ParameterizedTest
    @CsvSource({"250ms,PT0.25S", "30s,PT30S", "5m,PT5M", "PT1H30M,PT1H30M", "1.5s,PT1.5S", "' 2S ',PT2S"})
    void durations_have_units(String value, Duration expected) {
        assertThat(set(value).duration("x", Duration.ofDays(1))).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "0s", "-1s", "ms", "5 apples", "P999999999D", "9999999999999999999ms"})
    void other_durations_are_refused(String value) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> set(value).duration("x", Duration.ofDays(1)))
                .withMessageStartingWith("setting x is ")
                .withMessageContaining("allowed is ");
    }

    @Test
    void a_flag_is_true_or_false_and_nothing_else() {
        assertThat(set("true").flag("x", false)).isTrue();
        assertThat(set("false").flag("x", true)).isFalse();
        refused(
                "setting x is \"TRUE\": allowed is true or false",
                () -> set("TRUE").flag("x", false));
    }

    @Test
    void a_misspelt_name_is_told_with_the_one_that_was_meant() {
        Settings settings = Settings.of(Map.of("table_sizes", "7"));
        refused(
                "setting table_sizes is not known: allowed is bounded-load, table-size; did you mean table-size?",
                () -> settings.known("table-size", "bounded-load"));
        refused("setting table_sizes is not known: allowed is none", settings::known);
        assertThat(settings.known("table_sizes")).isSameAs(settings);
    }

    @Test
    void values_are_not_shown_and_do_not_change() {
        Map<String, String> given = new HashMap<>(Map.of("secret", "hush", "key-id", "k"));
        Settings settings = Settings.of(given);
        given.put("secret", "other");
        assertThat(settings.text("secret")).isEqualTo("hush");
        assertThat(settings).hasToString("Settings[key-id, secret]");
    }
}
