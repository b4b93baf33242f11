package io.fairlead.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HashTest {

    @Test
    void a_million_keys_in_a_row_do_not_collide() {
        assertThat(IntStream.range(0, 1_000_000)
                        .mapToLong(i -> Hash.of("key-" + i))
                        .distinct()
                        .count())
                .isEqualTo(1_000_000);
    }

    @Test
    void keys_in_a_row_fill_the_buckets_evenly_by_low_and_by_high_bits() {
        int[] low = new int[1024];
        int[] high = new int[1024];
        for (int i = 0; i < 200_000; i++) {
            long hash = Hash.of(Integer.toString(i));
            low[(int) (hash & 1023)]++;
            high[(int) (hash >>> 54)]++;
        }
        double[] equal = new double[1024];
        Arrays.fill(equal, 1);
        assertThat(Keyed.chiSquare(low, equal)).isLessThan(Keyed.chiSquareLimit(1023));
        assertThat(Keyed.chiSquare(high, equal)).isLessThan(Keyed.chiSquareLimit(1023));
    }

    @Test
    void each_bit_of_a_key_changes_half_of_the_hash() {
        for (int at = 0; at < 12; at++) {
            for (int bit = 0; bit < 16; bit++) {
                double changed = 0;
                for (int i = 0; i < 500; i++) {
                    char[] text = String.format("%012d", i * 7919L).toCharArray();
                    long before = Hash.of(new String(text));
                    text[at] = (char) (text[at] ^ 1 << bit);
                    changed += Long.bitCount(before ^ Hash.of(new String(text)));
                }
                // A mean of 500 counts of 64 fair bits: deviation 4/√500 = 0.18.
                assertThat(changed / 500).as("bit %d of character %d", bit, at).isCloseTo(32, within(0.9));
            }
        }
    }

    @Test
    void length_and_order_count() {
        assertThat(Hash.of("")).isNotEqualTo(Hash.of("\0")).isNotEqualTo(Hash.of("\0\0"));
        assertThat(Hash.of("ab")).isNotEqualTo(Hash.of("ba"));
        assertThat(Hash.of("Köln")).isNotEqualTo(Hash.of("Koln"));
    }

    @Test
    void a_fraction_lies_within_the_open_interval() {
        assertThat(Hash.fraction(0)).isPositive();
        assertThat(Hash.fraction(-1)).isLessThan(1); // as the greatest of 53 bits plus a half would not
    }

    /** Another value would send every key elsewhere while a fleet of clients is updated. */
    @Test
    void the_hash_is_the_same_in_every_version() {
        assertThat(Hash.of("merchant-1")).isEqualTo(8233182122223799962L);
        assertThat(Hash.of("http://10.0.0.1:8080")).isEqualTo(8820723978892630488L);
    }
}
