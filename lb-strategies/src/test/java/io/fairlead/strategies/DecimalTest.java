package io.fairlead.strategies;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DecimalTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "1",
                "0.4",
                ".5",
                "5.",
                "00.10",
                "0.123456789012345",
                "0.1234567890123456789",
                "-0.5",
                "+1.5",
                "1e-3",
                " 0.7 ",
                "123456789012345678901234567890",
                "Infinity",
                "0x1p-2"
            })
    void a_number_is_read_as_java_reads_it(String text) {
        assertThat(Decimal.parse("[" + text + "]", 1, text.length() + 1)).isEqualTo(Double.parseDouble(text.trim()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "1.2.3", "much", "-", "1,5", "٣", "1 2"})
    void what_is_no_number_is_nan(String text) {
        assertThat(Decimal.parse(text, 0, text.length())).isNaN();
    }

    @Test
    void random_decimals_are_rounded_as_java_rounds_them() {
        Random random = new Random(20260102);
        for (int i = 0; i < 200_000; i++) {
            String digits = Long.toString(random.nextLong(1_000_000_000_000_000L));
            int point = random.nextInt(digits.length() + 1);
            String text = digits.substring(0, point) + "." + digits.substring(point);
            assertThat(Decimal.parse(text, 0, text.length())).isEqualTo(Double.parseDouble(text));
        }
    }
}
