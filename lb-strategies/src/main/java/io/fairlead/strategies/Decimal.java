package io.fairlead.strategies;

/** Reads numbers from texts; without allocation where they are as servers write them. */
final class Decimal {

    /** So many digits and powers of ten are exact in a double, and with them their quotient is rounded right. */
    private static final int EXACT_DIGITS = 15;

    private Decimal() {}

    /** The number between two indexes, as {@link Double#parseDouble} reads it; NaN if there is none. */
    static double parse(String text, int start, int end) {
        long digits = 0;
        double scale = 1;
        boolean fraction = false;
        int count = 0;
        for (int i = start; i < end; i++) {
            char c = text.charAt(i);
            if (c == '.' && !fraction) {
                fraction = true;
            } else if (c >= '0' && c <= '9' && count < EXACT_DIGITS) {
                digits = digits * 10 + (c - '0');
                scale = fraction ? scale * 10 : scale;
                count++;
            } else {
                return unusual(text, start, end);
            }
        }
        return count == 0 ? Double.NaN : digits / scale;
    }

    /* Signs, exponents, spaces, many digits; or no number. */
    private static double unusual(String text, int start, int end) {
        try {
            return Double.parseDouble(text.substring(start, end).trim());
        } catch (NumberFormatException e) {
            return Double.NaN; // a report that cannot be read is none
        }
    }
}
