package io.fairlead.strategies;

/** Hashing of keys and endpoints: the same in every process, on every machine. Without allocation. */
final class Hash {

    private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;

    private Hash() {}

    /** 64 well-mixed bits of a text: each character is mixed in by a multiplication, as in FNV, and the whole finished by {@link #mix}. */
    static long of(String text) {
        return of(text, 0, text.length());
    }

    /** The same of the part between two indexes. */
    static long of(String text, int start, int end) {
        long hash = (end - start) * GOLDEN;
        for (int i = start; i < end; i++) {
            hash = (hash ^ text.charAt(i)) * GOLDEN;
            hash ^= hash >>> 32;
        }
        return mix(hash);
    }

    /** Another hash for each rank, for another place at each try. */
    static long again(long hash, int rank) {
        return mix(hash + rank * GOLDEN);
    }

    /** The finalizer of SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014). */
    static long mix(long z) {
        long a = (z ^ (z >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
        long b = (a ^ (a >>> 27)) * 0x94D0_49BB_1331_11EBL;
        return b ^ (b >>> 31);
    }

    /** A number in the open interval (0, 1) of 52 of the bits: with 53 the half could not be added, and the greatest were rounded to 1. */
    static double fraction(long hash) {
        return ((hash >>> 12) + 0.5) * 0x1.0p-52;
    }
}
