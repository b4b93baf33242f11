package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Flow;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The streaming format: whole, cut, shuffled and altered. */
class EnvelopeTest {

    private static final int CHUNK = Envelope.SEALED_BYTES;
    private static final BodyEncryption AES = Bodies.envelope("A256KW").shared("k1", new byte[32]);
    private static final BodyEncryption SM4 = Bodies.sm4Envelope().shared("k1", new byte[16]);

    static Stream<BodyEncryption> forms() {
        return Stream.of(
                AES,
                SM4,
                Bodies.envelope("RSA-OAEP-256")
                        .encryptTo("r", TestKeys.RSA.getPublic())
                        .decryptWith("r", TestKeys.RSA.getPrivate()),
                Bodies.envelope("ECDH-ES+A256KW")
                        .encryptTo("e", TestKeys.EC.getPublic())
                        .decryptWith("e", TestKeys.EC.getPrivate()),
                Bodies.envelope("A256GCMKW").shared("", new byte[32]),
                Bodies.envelope("dir").shared("d", new byte[32]));
    }

    private static int header(byte[] sealed) {
        return 14 + ByteBuffer.wrap(sealed).getShort(12);
    }

    private static byte[] concat(byte[] first, byte[]... more) {
        byte[] all = first;
        for (byte[] next : more) {
            all = Arrays.copyOf(all, all.length + next.length);
            System.arraycopy(next, 0, all, all.length - next.length, next.length);
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("forms")
    void every_length_there_and_back(BodyEncryption form) throws Exception {
        for (int length : new int[] {0, 1, 65_535, 65_536, 65_537, 131_072, 200_000}) {
            byte[] plain = TestKeys.bytes(length);
            byte[] sealed = form.encrypt(plain);
            assertThat(form.decrypt(sealed)).isEqualTo(plain);
            int chunks = Math.max(1, (length + 65_535) / 65_536);
            assertThat(sealed).hasSize(header(sealed) + length + 16 * chunks);
            BodyPublisher publisher = form.encrypted(BodyPublishers.ofByteArray(plain));
            if (length > 0) {
                byte[] sent = sent(publisher);
                assertThat(publisher.contentLength()).isEqualTo(sent.length);
                assertThat(form.decrypt(sent)).isEqualTo(plain);
                assertThat(sent(publisher)).as("resent").isEqualTo(sent);
            }
            assertThat(form.encrypt(plain)).as("afresh").isNotEqualTo(sealed);
        }
    }

    @Test
    void an_unknown_length_stays_unknown() {
        BodyPublisher unknown = BodyPublishers.fromPublisher(BodyPublishers.ofString("text"));
        assertThat(AES.encrypted(unknown).contentLength()).isEqualTo(-1);
    }

    private static byte[] sent(BodyPublisher publisher) {
        return HeldRequest.of(publisher, 1 << 26).join();
    }

    @ParameterizedTest
    @MethodSource("forms")
    void every_changed_byte_is_refused(BodyEncryption form) {
        byte[] sealed = form.encrypt(TestKeys.bytes(20));
        Vectors.mutations(sealed, mutation -> JweVectorTest.assertUnopened(form, mutation));
    }

    /** Chunks of one message, and of another under the same key, at places where they were not sealed for. */
    @Test
    void no_chunk_can_be_left_out_moved_repeated_or_cut_off() {
        for (BodyEncryption form : List.of(AES, SM4)) {
            byte[] plain = TestKeys.bytes(3 * 65_536);
            byte[] sealed = form.encrypt(plain);
            int start = header(sealed);
            byte[] header = Arrays.copyOf(sealed, start);
            byte[][] c = new byte[3][];
            for (int i = 0; i < 3; i++) {
                c[i] = Arrays.copyOfRange(sealed, start + i * CHUNK, start + (i + 1) * CHUNK);
            }
            byte[] other = form.encrypt(plain);
            byte[] foreign = Arrays.copyOfRange(other, start + CHUNK, start + 2 * CHUNK);
            List<byte[]> bad = List.of(
                    header,
                    concat(header, c[0]),
                    concat(header, c[0], c[1]),
                    concat(header, c[0], c[2]),
                    concat(header, c[1], c[0], c[2]),
                    concat(header, c[0], c[1], c[1], c[2]),
                    concat(header, c[0], c[1], c[2], c[2]),
                    concat(header, c[0], c[1], c[2], new byte[1]),
                    concat(header, c[0], foreign, c[2]),
                    concat(header, c[2]),
                    Arrays.copyOf(sealed, sealed.length - 1),
                    Arrays.copyOf(sealed, sealed.length - 16),
                    Arrays.copyOf(sealed, start + CHUNK + 7),
                    concat(Arrays.copyOf(other, start), c[0], c[1], c[2]));
            for (byte[] one : bad) {
                JweVectorTest.assertUnopened(form, one);
            }
        }
    }

    /** The reader gets the chunks that were proven, and then a failure in place of an end. */
    @ParameterizedTest
    @MethodSource("forms")
    void a_reader_of_a_cut_stream_never_sees_its_end(BodyEncryption form) {
        byte[] plain = TestKeys.bytes(200_000);
        byte[] sealed = form.encrypt(plain);
        for (int cut : new int[] {0, 5, 13, 100, header(sealed), header(sealed) + CHUNK, sealed.length - 1}) {
            Reading reading = read(form, Arrays.copyOf(sealed, cut), 1_000);
            assertThat(reading.bytes.length).isLessThan(plain.length);
            assertBrokenOff(reading, plain);
        }
        Reading whole = read(form, sealed, 1_000);
        assertThat(whole.completed).isTrue();
        assertThat(whole.bytes).isEqualTo(plain);
    }

    /** In the header, in each chunk and in each tag: what was proven before is handed on, and nothing after. */
    @ParameterizedTest
    @MethodSource("forms")
    void a_reader_of_an_altered_stream_never_sees_its_end(BodyEncryption form) {
        byte[] plain = TestKeys.bytes(200_000);
        byte[] sealed = form.encrypt(plain);
        int start = header(sealed);
        for (int chunk = 0; chunk < 4; chunk++) {
            int end = Math.min(sealed.length, start + (chunk + 1) * CHUNK);
            for (int at : new int[] {start + chunk * CHUNK, end - 17, end - 1}) {
                byte[] altered = sealed.clone();
                altered[at] ^= 1;
                Reading reading = read(form, altered, 70_000);
                assertThat(reading.bytes).hasSize(chunk * 65_536);
                assertBrokenOff(reading, plain);
            }
        }
        byte[] header = sealed.clone();
        header[6] ^= 1;
        assertBrokenOff(read(form, header, 70_000), plain);
        assertBrokenOff(read(form, Arrays.copyOf(sealed, sealed.length + 1), 70_000), plain);
    }

    private static void assertBrokenOff(Reading reading, byte[] plain) {
        assertThat(reading.completed).isFalse();
        assertThat(reading.failure).isInstanceOf(IOException.class).hasCauseInstanceOf(GeneralSecurityException.class);
        assertThat(reading.bytes).as("a prefix").isEqualTo(Arrays.copyOf(plain, reading.bytes.length));
        assertThat(reading.bytes.length % 65_536).as("of whole chunks").isZero();
    }

    private static final class Reading implements Flow.Subscriber<List<ByteBuffer>> {
        byte[] bytes = new byte[0];
        boolean completed;
        Throwable failure;

        @Override
        public void onSubscribe(Flow.Subscription s) {
            s.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(List<ByteBuffer> item) {
            for (ByteBuffer b : item) {
                byte[] more = new byte[b.remaining()];
                b.get(more);
                bytes = concat(bytes, more);
            }
        }

        @Override
        public void onError(Throwable why) {
            failure = why;
        }

        @Override
        public void onComplete() {
            completed = true;
        }
    }

    private static Reading read(BodyEncryption form, byte[] sealed, int pieces) {
        Reading reading = new Reading();
        var body = EnvelopeReply.of(
                ((BodyFormat.Streaming) form.format()).opening(form.keys()), BodySubscribers.fromSubscriber(reading));
        TestFlow.publish(TestFlow.pieces(sealed, pieces), body);
        return reading;
    }

    @Test
    void other_keys_and_other_ids_are_refused() {
        byte[] sealed = AES.encrypt(TestKeys.bytes(10));
        byte[] otherSecret = TestKeys.bytes(32);
        JweVectorTest.assertUnopened(Bodies.envelope("A256KW").shared("k1", otherSecret), sealed);
        JweVectorTest.assertUnopened(Bodies.envelope("A256KW").shared("k2", new byte[32]), sealed);
        JweVectorTest.assertUnopened(Bodies.envelope("A256GCMKW").shared("k1", new byte[32]), sealed);
        JweVectorTest.assertUnopened(Bodies.envelope("dir").shared("k1", new byte[32]), sealed);
        JweVectorTest.assertUnopened(SM4, sealed);
        JweVectorTest.assertUnopened(AES, SM4.encrypt(TestKeys.bytes(10)));
        JweVectorTest.assertUnopened(Bodies.sm4Envelope().shared("k2", new byte[16]), SM4.encrypt(TestKeys.bytes(10)));
        JweVectorTest.assertUnopened(AES, new byte[0]);
    }

    @Test
    void keys_rotate() throws Exception {
        BodyEncryption next = AES.shared("k2", TestKeys.bytes(32));
        byte[] plain = TestKeys.bytes(10);
        assertThat(next.decrypt(AES.encrypt(plain))).isEqualTo(plain);
        assertThat(next.decrypt(next.encrypt(plain))).isEqualTo(plain);
        JweVectorTest.assertUnopened(AES, next.encrypt(plain));
    }

    /** Two plain texts under one nonce would give both away, so the second is never sealed to the end of a chunk. */
    @Test
    void a_body_that_changed_between_two_subscriptions_is_not_sent() {
        byte[][] bodies = {TestKeys.bytes(200_000), TestKeys.bytes(200_000)};
        bodies[1][100_000] ^= 1;
        int[] times = {0};
        BodyPublisher changing = new BodyPublisher() {
            @Override
            public long contentLength() {
                return 200_000;
            }

            @Override
            public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
                BodyPublishers.ofByteArray(bodies[times[0]++]).subscribe(subscriber);
            }
        };
        BodyPublisher sealed = AES.encrypted(changing);
        byte[] first = sent(sealed);
        TestFlow.Collector second = new TestFlow.Collector(Long.MAX_VALUE);
        sealed.subscribe(second);
        assertThat(second.failure).isInstanceOf(IOException.class).hasMessageContaining("changed");
        assertThat(second.completed).isFalse();
        assertThat(first).as("only what the first had sent").startsWith(second.bytes());
    }

    @Test
    void a_failing_body_fails_the_request() {
        BodyPublisher failing = BodyPublishers.ofInputStream(() -> {
            throw new IllegalStateException("no file");
        });
        assertThatThrownBy(() -> sent(AES.encrypted(failing))).isInstanceOf(CompletionException.class);
    }
}
