package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Structured fields after RFC 9651, beyond what the vectors of signatures have of them. */
class StructuredFieldTest {

    /** Section 4.2.2, step 2.7, and section 4.2.3.2, step 2.7: "overwrite its value". */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"a=1,b=2,a=3 | a=3, b=2", "a;x=1;y=2;x=3 | a;x=3;y=2", "a, b;x, a;z=?0 | a;z=?0, b;x"})
    void of_a_name_that_comes_twice_the_last_value_stands_at_the_first_place(String text, String canonical) {
        assertThat(StructuredField.text(StructuredParser.dictionary(text))).isEqualTo(canonical);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "@1659578233 | @1659578233",
                "@-62135596800 | @-62135596800",
                "@-0;a=@0 | @0;a=@0",
                "%\"f%c3%bc%c3%bc %25 %22\" | %\"f%c3%bc%c3%bc %25 %22\"",
                "%\"%61\\\" | %\"a\\\""
            })
    void dates_and_display_strings_are_written_in_their_one_form(String text, String canonical) {
        assertThat(StructuredField.text(StructuredParser.item(text))).isEqualTo(canonical);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "@",
                "@1.5",
                "@a",
                "@ 1",
                "@1000000000000000",
                "%",
                "%a",
                "%\"",
                "%\"%\"",
                "%\"%6\"",
                "%\"%6",
                "%\"%C3%BC\"",
                "%\"%c3\"",
                "%\"%ff\"",
                "%\"ü\"",
                "%\"\t\"",
                "%\"a\" b"
            })
    void malformed_ones_are_refused(String text) {
        assertThatThrownBy(() -> StructuredParser.item(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("structured field is malformed at ");
    }

    @Test
    void a_display_string_may_hold_any_character() {
        String all = "%\"" + "%f0%9f%98%80 %00%0a%7f" + "\"";
        assertThat(StructuredField.text(StructuredParser.list(all))).isEqualTo(all);
    }
}
