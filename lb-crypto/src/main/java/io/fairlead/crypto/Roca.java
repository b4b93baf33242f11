package io.fairlead.crypto;

import java.math.BigInteger;

/**
 * RSA keys that a library of Infineon made and anybody can factor (CVE-2017-15361): their primes are powers of 65537 modulo small
 * primes, and so is the modulus.
 *
 * @see <a href="https://crocs.fi.muni.cz/public/papers/rsa_ccs17">Nemec and others, The Return of Coppersmith's Attack</a>
 */
final class Roca {

    /** With these a strong key is taken for a weak one once in some hundred million. */
    private static final int[] PRIMES = {11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157};

    private static final int GENERATOR = 65537;

    private Roca() {}

    static boolean isWeak(BigInteger modulus) {
        for (int prime : PRIMES) {
            if (!isPower(modulus.mod(BigInteger.valueOf(prime)).intValue(), prime)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isPower(int rest, int prime) {
        int power = 1;
        do {
            if (power == rest) {
                return true;
            }
            power = power * (GENERATOR % prime) % prime;
        } while (power != 1);
        return false;
    }
}
