package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HmacBodyTest {

    private static final int CHUNK = 16 * 1024;

    private final HmacSigner signer = Signers.hmacSha256("k", new byte[32]);

    @TempDir
    Path dir;

    private BodyPublisher signed(BodyPublisher body) {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create("http://h/")).POST(body).build();
        return signer.sign(request).bodyPublisher().orElseThrow();
    }

    /** Takes one chunk at a time, asking for the next from within. */
    private static final class Wire implements Flow.Subscriber<ByteBuffer> {

        private final AtomicInteger ends = new AtomicInteger();
        private Flow.Subscription subscription;
        private long bytes;
        private Throwable failure;

        static Wire of(BodyPublisher body) {
            Wire wire = new Wire();
            body.subscribe(wire);
            return wire;
        }

        @Override
        public void onSubscribe(Flow.Subscription s) {
            subscription = s;
            s.request(1);
        }

        @Override
        public void onNext(ByteBuffer chunk) {
            bytes += chunk.remaining();
            subscription.request(1);
        }

        @Override
        public void onError(Throwable why) {
            failure = why;
            ends.incrementAndGet();
        }

        @Override
        public void onComplete() {
            ends.incrementAndGet();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 100_000})
    void a_body_of_any_size_arrives_whole_and_ends_once(int size) {
        BodyPublisher body = BodyPublishers.ofByteArray(new byte[size]);
        for (BodyPublisher each : new BodyPublisher[] {body, BodyPublishers.fromPublisher(body)}) {
            BodyPublisher signed = signed(each);
            assertThat(signed.contentLength()).isEqualTo(each.contentLength());
            for (int sending = 0; sending < 2; sending++) {
                Wire wire = Wire.of(signed);
                assertThat(wire.failure).isNull();
                assertThat(wire.bytes).isEqualTo(size);
                assertThat(wire.ends).hasValue(1);
            }
        }
    }

    @Test
    void a_body_of_zero_bytes_stays_as_it_is() {
        BodyPublisher none = BodyPublishers.noBody();
        assertThat(signed(none)).isSameAs(none);
        BodyPublisher unknown = signed(BodyPublishers.fromPublisher(BodyPublishers.ofByteArray(new byte[0])));
        assertThat(unknown.contentLength()).isEqualTo(-1);
        assertThat(Wire.of(unknown).bytes).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {-CHUNK, -1, 0, 1, CHUNK, 10 * CHUNK})
    void a_file_that_was_changed_shrunk_or_grew_never_reaches_the_signed_length(int growth) throws IOException {
        int size = 4 * CHUNK;
        Path file = dir.resolve("body");
        Files.write(file, new byte[size]);
        BodyPublisher signed = signed(BodyPublishers.ofFile(file));
        byte[] other = new byte[size + growth];
        other[0] = growth == 0 ? (byte) 1 : 0;
        Files.write(file, other);
        Wire wire = Wire.of(signed);
        if (growth > 0) {
            // The signed bytes are the beginning of the file: nothing else than they may complete.
            assertThat(wire.bytes).isLessThanOrEqualTo(size);
        } else {
            assertThat(wire.bytes).isLessThan(size);
        }
        assertThat(wire.failure).isInstanceOf(IOException.class).hasMessageContaining("changed after it was signed");
        assertThat(wire.ends).hasValue(1);
        other[0] = 1;
        Files.write(file, other);
        assertThat(Wire.of(signed).bytes).isLessThan(size);
    }

    @Test
    void a_small_body_is_read_once_and_a_large_one_that_cannot_be_read_again_is_not_sent() {
        byte[] small = new byte[CHUNK];
        ByteArrayInputStream once = new ByteArrayInputStream(small);
        assertThat(Wire.of(signed(BodyPublishers.ofInputStream(() -> once))).bytes)
                .isEqualTo(CHUNK);
        ByteArrayInputStream large = new ByteArrayInputStream(new byte[3 * CHUNK]);
        Wire wire = Wire.of(signed(BodyPublishers.ofInputStream(() -> large)));
        assertThat(wire.bytes).isZero();
        assertThat(wire.failure).isInstanceOf(IOException.class);
    }

    @Test
    void the_caller_may_reuse_the_array_of_a_small_body() {
        byte[] mine = "amount=1".getBytes(StandardCharsets.US_ASCII);
        BodyPublisher signed = signed(BodyPublishers.ofByteArray(mine));
        mine[7] = '9';
        StringBuilder sent = new StringBuilder();
        signed.subscribe(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription s) {
                s.request(Long.MAX_VALUE);
            }

            @Override
            public void onNext(ByteBuffer chunk) {
                sent.append(StandardCharsets.US_ASCII.decode(chunk));
            }

            @Override
            public void onError(Throwable why) {}

            @Override
            public void onComplete() {}
        });
        assertThat(sent).hasToString("amount=1");
    }

    @Test
    void sixty_four_mebibytes_are_signed_and_sent_in_little_memory() throws IOException {
        Path file = dir.resolve("large");
        byte[] mebibyte = new byte[1 << 20];
        for (int i = 0; i < 64; i++) {
            Files.write(
                    file, mebibyte, java.nio.file.StandardOpenOption.CREATE, java.nio.file.StandardOpenOption.APPEND);
        }
        BodyPublisher generated = new Zeros(64L << 20);
        Wire.of(signed(new Zeros(1 << 20))); // loads the classes
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        Wire wire = Wire.of(signed(generated));
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(4 << 20);
        assertThat(wire.bytes).isEqualTo(64L << 20);
        assertThat(Wire.of(signed(BodyPublishers.ofFile(file))).bytes).isEqualTo(64L << 20);
    }

    /** Zeros from one buffer; gives what was asked for, without recursion. */
    private record Zeros(long contentLength) implements BodyPublisher {

        @Override
        public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
            byte[] chunk = new byte[CHUNK];
            subscriber.onSubscribe(new Flow.Subscription() {
                private long left = contentLength / CHUNK;
                private long asked;
                private boolean sending;

                @Override
                public void request(long n) {
                    asked = asked + n < 0 ? Long.MAX_VALUE : asked + n;
                    if (sending) {
                        return;
                    }
                    sending = true;
                    while (asked > 0 && left > 0) {
                        asked--;
                        left--;
                        subscriber.onNext(ByteBuffer.wrap(chunk));
                    }
                    sending = false;
                    if (left == 0) {
                        left = -1;
                        subscriber.onComplete();
                    }
                }

                @Override
                public void cancel() {
                    left = -1;
                }
            });
        }
    }

    @Test
    void a_publisher_that_throws_fails_the_stage_and_the_call() {
        IllegalStateException mine = new IllegalStateException("gone");
        BodyPublisher throwing = BodyPublishers.fromPublisher(
                subscriber -> {
                    throw mine;
                },
                5);
        HttpRequest request =
                HttpRequest.newBuilder(URI.create("http://h/")).POST(throwing).build();
        assertThatThrownBy(() -> signer.sign(request)).hasCause(mine);
        assertThatThrownBy(() -> signer.signAsync(request).toCompletableFuture().join())
                .isInstanceOf(CompletionException.class)
                .hasCause(mine);
    }
}
