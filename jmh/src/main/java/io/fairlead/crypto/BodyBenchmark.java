package io.fairlead.crypto;

import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * What hiding a body costs beside what cannot be spared: the envelope beside AES-256-GCM fed in the same chunks and pieces, JWE beside
 * one base64 and one cipher, or one cipher and one HMAC. The keys are shared ones; a key by RSA adds its own tenth of a millisecond to either.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 2)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class BodyBenchmark {

    private static final int CHUNK = 64 * 1024;
    private static final int PIECE = 16 * 1024;

    /** Bytes of the plain body. */
    @Param({"4096", "1048576"})
    private int bytes;

    private final SecretKey key = new SecretKeySpec(new byte[32], "AES");
    private final BodyEncryption envelope = Bodies.envelope("A256KW").shared("k", new byte[32]);
    private final BodyEncryption jwe = Bodies.jwe("A256KW", "A256GCM").shared("k", new byte[32]);
    private final BodyEncryption cbc = Bodies.jwe("A256KW", "A128CBC-HS256").shared("k", new byte[32]);
    private final BodyEncryption byRsa = Bodies.jwe("RSA-OAEP-256", "A256GCM").encryptTo("k", rsa().getPublic());
    private byte[] plain;
    private byte[] hidden;
    private byte[] encoded;
    private byte[] hiddenByCbc;
    private byte[] encodedByCbc;
    private byte[] enveloped;
    private long nonce;

    private static java.security.KeyPair rsa() {
        try {
            java.security.KeyPairGenerator generator = java.security.KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Makes what is opened. */
    @Setup
    public void prepare() throws GeneralSecurityException {
        plain = new byte[bytes];
        hidden = jwe.encrypt(plain);
        enveloped = envelope.encrypt(plain);
        hiddenByCbc = cbc.encrypt(plain);
        encodedByCbc = Base64.getUrlEncoder()
                .withoutPadding()
                .encode(cbc(Cipher.ENCRYPT_MODE, 0).doFinal(plain));
        encoded = Base64.getUrlEncoder().withoutPadding().encode(primitive(plain, 0, bytes, 0));
    }

    private Cipher cipher(int mode, long number) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        byte[] iv = ByteBuffer.allocate(12).putLong(number).array();
        cipher.init(mode, key, new GCMParameterSpec(128, iv));
        return cipher;
    }

    private byte[] primitive(byte[] in, int from, int length, long number) throws GeneralSecurityException {
        Cipher cipher = cipher(Cipher.ENCRYPT_MODE, number);
        byte[] out = new byte[length + 16];
        int at = from;
        int done = 0;
        for (; from + length - at > PIECE; at += PIECE) {
            done += cipher.update(in, at, PIECE, out, done);
        }
        cipher.doFinal(in, at, from + length - at, out, done);
        return out;
    }

    private Cipher cbc(int mode, long number) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
        SecretKey half = new SecretKeySpec(new byte[16], "AES");
        cipher.init(
                mode,
                half,
                new IvParameterSpec(ByteBuffer.allocate(16).putLong(number).array()));
        return cipher;
    }

    private static byte[] code(byte[] sealed) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(new byte[16], "HmacSHA256"));
        return mac.doFinal(sealed);
    }

    /** The floor of the envelope. */
    @Benchmark
    public void chunks(Blackhole hole) throws GeneralSecurityException {
        for (int at = 0; at < bytes; at += CHUNK) {
            hole.consume(primitive(plain, at, Math.min(CHUNK, bytes - at), nonce++));
        }
    }

    /** A body as it is sent. */
    @Benchmark
    public void envelope(Blackhole hole) {
        envelope.encrypted(BodyPublishers.ofByteArray(plain)).subscribe(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription s) {
                s.request(Long.MAX_VALUE);
            }

            @Override
            public void onNext(ByteBuffer chunk) {
                hole.consume(chunk);
            }

            @Override
            public void onError(Throwable why) {
                throw new IllegalStateException(why);
            }

            @Override
            public void onComplete() {
                hole.consume(this);
            }
        });
    }

    /** A body that is there, sealed without a publisher, which copies it first. */
    @Benchmark
    public byte[] envelopeAtOnce() {
        return envelope.encrypt(plain);
    }

    /** An envelope that is opened. */
    @Benchmark
    public byte[] envelopeOpened() throws GeneralSecurityException {
        return envelope.decrypt(enveloped);
    }

    /** The floor of JWE. */
    @Benchmark
    public byte[] base64AndCipher() throws GeneralSecurityException {
        return Base64.getUrlEncoder().withoutPadding().encode(primitive(plain, 0, bytes, nonce++));
    }

    /** A JWE that is made. */
    @Benchmark
    public byte[] jwe() {
        return jwe.encrypt(plain);
    }

    /** The same under a public key. */
    @Benchmark
    public byte[] jweByRsa() {
        return byRsa.encrypt(plain);
    }

    /** The floor of JWE that is opened. */
    @Benchmark
    public byte[] base64AndCipherOpened() throws GeneralSecurityException {
        return cipher(Cipher.DECRYPT_MODE, 0).doFinal(Base64.getUrlDecoder().decode(encoded));
    }

    /** A JWE that is opened. */
    @Benchmark
    public byte[] jweOpened() throws GeneralSecurityException {
        return jwe.decrypt(hidden);
    }

    /** The floor of JWE with CBC: the cipher, the code over what comes of it, and base64. */
    @Benchmark
    public byte[] base64CbcAndHmac(Blackhole hole) throws GeneralSecurityException {
        byte[] sealed = cbc(Cipher.ENCRYPT_MODE, nonce++).doFinal(plain);
        hole.consume(code(sealed));
        return Base64.getUrlEncoder().withoutPadding().encode(sealed);
    }

    /** A JWE with CBC that is made. */
    @Benchmark
    public byte[] jweByCbc() {
        return cbc.encrypt(plain);
    }

    /** The floor of JWE with CBC that is opened. */
    @Benchmark
    public byte[] base64CbcAndHmacOpened(Blackhole hole) throws GeneralSecurityException {
        byte[] sealed = Base64.getUrlDecoder().decode(encodedByCbc);
        hole.consume(code(sealed));
        return cbc(Cipher.DECRYPT_MODE, 0).doFinal(sealed);
    }

    /** A JWE with CBC that is opened. */
    @Benchmark
    public byte[] jweByCbcOpened() throws GeneralSecurityException {
        return cbc.decrypt(hiddenByCbc);
    }
}
