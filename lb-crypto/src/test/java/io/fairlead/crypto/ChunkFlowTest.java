package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The rules of Reactive Streams, as a subscriber and as a publisher feel them. */
class ChunkFlowTest {

    private static final BodyEncryption AES = Bodies.envelope("A256KW").shared("k", new byte[32]);

    private final TestFlow.Collector reader = new TestFlow.Collector(0);

    private static Chunks sealing() {
        return new EnvelopeSealing(((BodyFormat.Streaming) AES.format()).envelope(AES.keys()), new EnvelopeTags());
    }

    private ChunkFlow<List<ByteBuffer>, ByteBuffer> flow(Chunks chunks) {
        return new ChunkFlow<>(chunks, l -> l, b -> b, reader);
    }

    @Test
    void nothing_is_published_that_was_not_asked_for() {
        TestFlow.Source<?> source = TestFlow.publish(TestFlow.pieces(TestKeys.bytes(300_000), 1_000), flow(sealing()));
        assertThat(reader.items).isZero();
        assertThat(source.most).as("nor asked for").isZero();
        for (int asked = 1; asked <= 6; asked++) {
            reader.source.request(1);
            assertThat(reader.items).isEqualTo(asked);
            assertThat(source.most).as("one item at a time").isLessThanOrEqualTo(1);
        }
        assertThat(reader.completed).as("header and five chunks").isTrue();
        assertThat(reader.ends).isEqualTo(1);
    }

    @Test
    void the_last_chunk_waits_until_it_is_asked_for_and_the_end_does_not() throws Exception {
        TestFlow.publish(TestFlow.pieces(TestKeys.bytes(10), 10), flow(sealing()));
        reader.source.request(1);
        assertThat(reader.items).isEqualTo(1);
        assertThat(reader.completed).isFalse();
        reader.source.request(1);
        assertThat(reader.completed).isTrue();
        assertThat(AES.decrypt(reader.bytes())).isEqualTo(TestKeys.bytes(10));
    }

    @Test
    void an_empty_end_needs_no_demand() {
        Chunks nothing = new Chunks() {
            @Override
            public ByteBuffer next(ByteBuffer in) {
                in.position(in.limit());
                return null;
            }

            @Override
            public ByteBuffer last() {
                return ByteBuffer.allocate(0);
            }
        };
        TestFlow.publish(List.of(), flow(nothing));
        assertThat(reader.completed).isTrue();
    }

    /** Byte by byte from the source, chunk by chunk to the reader. */
    @Test
    void the_smallest_items() throws Exception {
        byte[] plain = TestKeys.bytes(70_000);
        TestFlow.publish(TestFlow.pieces(plain, 1), flow(sealing()));
        while (!reader.completed) {
            reader.source.request(1);
        }
        assertThat(AES.decrypt(reader.bytes())).isEqualTo(plain);
        TestFlow.Collector opened = new TestFlow.Collector(Long.MAX_VALUE);
        TestFlow.publish(
                TestFlow.pieces(reader.bytes(), 1),
                new ChunkFlow<List<ByteBuffer>, ByteBuffer>(
                        ((BodyFormat.Streaming) AES.format()).opening(AES.keys()), l -> l, b -> b, opened));
        assertThat(opened.bytes()).isEqualTo(plain);
        assertThat(opened.ends).isEqualTo(1);
    }

    @Test
    void many_buffers_in_one_item_are_taken_one_by_one() {
        List<ByteBuffer> item = TestFlow.pieces(TestKeys.bytes(200_000), 50_000).stream()
                .flatMap(List::stream)
                .toList();
        TestFlow.publish(List.of(item, List.of()), flow(sealing()));
        reader.source.request(2);
        assertThat(reader.items).isEqualTo(2);
        reader.source.request(Long.MAX_VALUE);
        assertThat(reader.completed).isTrue();
    }

    @Test
    void cancel_reaches_the_source_and_ends_the_signals() {
        TestFlow.Source<?> source = TestFlow.publish(TestFlow.pieces(TestKeys.bytes(300_000), 1_000), flow(sealing()));
        reader.source.request(2);
        reader.source.cancel();
        assertThat(source.cancelled).isTrue();
        int items = reader.items;
        reader.source.request(5);
        assertThat(reader.items).isEqualTo(items);
        assertThat(reader.ends).isZero();
    }

    @Test
    void demand_of_zero_or_less_is_an_error() {
        TestFlow.Source<?> source = TestFlow.publish(TestFlow.pieces(new byte[10], 10), flow(sealing()));
        reader.source.request(0);
        assertThat(reader.failure).isInstanceOf(IllegalArgumentException.class);
        assertThat(source.cancelled).isTrue();
        assertThat(reader.ends).isEqualTo(1);
    }

    @Test
    void a_failing_source_fails_the_reader_without_demand_and_once() {
        ChunkFlow<List<ByteBuffer>, ByteBuffer> flow = flow(sealing());
        TestFlow.Source<List<ByteBuffer>> source = new TestFlow.Source<>(List.of(), flow);
        flow.onSubscribe(source);
        flow.onError(new IOException("broken"));
        flow.onComplete();
        assertThat(reader.failure).hasMessage("broken");
        assertThat(reader.ends).isEqualTo(1);
    }

    @Test
    void a_refused_chunk_cancels_the_source_and_fails_the_reader_once() {
        TestFlow.Source<?> source = TestFlow.publish(
                TestFlow.pieces(new byte[300_000], 1_000),
                new ChunkFlow<List<ByteBuffer>, ByteBuffer>(
                        ((BodyFormat.Streaming) AES.format()).opening(AES.keys()), l -> l, b -> b, reader));
        reader.source.request(1);
        assertThat(source.cancelled).isTrue();
        assertThat(reader.failure).isInstanceOf(IOException.class);
        assertThat(reader.items).isZero();
        assertThat(reader.ends).isEqualTo(1);
    }

    @Test
    void a_second_subscription_is_cancelled() {
        ChunkFlow<List<ByteBuffer>, ByteBuffer> flow = flow(sealing());
        flow.onSubscribe(new TestFlow.Source<>(List.of(), flow));
        TestFlow.Source<List<ByteBuffer>> second = new TestFlow.Source<>(List.of(), flow);
        flow.onSubscribe(second);
        assertThat(second.cancelled).isTrue();
    }

    /** Asked from within a signal, as most subscribers do, the stack does not grow. */
    @Test
    void a_reader_that_asks_while_it_is_told_gets_it_all() throws Exception {
        byte[] plain = TestKeys.bytes(3_000_000);
        BodyPublisher sealed = AES.encrypted(BodyPublishers.ofByteArray(plain));
        TestFlow.Collector asking = new TestFlow.Collector(1) {
            @Override
            public void onNext(ByteBuffer item) {
                super.onNext(item);
                source.request(1);
            }
        };
        sealed.subscribe(asking);
        assertThat(AES.decrypt(asking.bytes())).isEqualTo(plain);
        assertThat(asking.ends).isEqualTo(1);
    }

    /** Demand and items from different threads: every byte once, in order. */
    @Test
    void asked_by_one_thread_and_fed_by_another() throws Exception {
        byte[] plain = TestKeys.bytes(2_000_000);
        java.util.concurrent.SubmissionPublisher<List<ByteBuffer>> publisher =
                new java.util.concurrent.SubmissionPublisher<>();
        CountDownLatch done = new CountDownLatch(1);
        TestFlow.Collector counting = new TestFlow.Collector(0) {
            @Override
            public void onComplete() {
                super.onComplete();
                done.countDown();
            }
        };
        publisher.subscribe(new ChunkFlow<>(sealing(), l -> l, b -> b, counting));
        Thread feeding = new Thread(() -> {
            TestFlow.pieces(plain, 7_000).forEach(publisher::submit);
            publisher.close();
        });
        feeding.start();
        while (counting.source == null) {
            Thread.onSpinWait();
        }
        for (int i = 0; i < 40; i++) {
            counting.source.request(1);
        }
        assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
        feeding.join();
        assertThat(AES.decrypt(counting.bytes())).isEqualTo(plain);
    }

    @Test
    void no_subscriber_is_none() {
        BodyPublisher sealed = AES.encrypted(BodyPublishers.ofString("x"));
        assertThatThrownBy(() -> sealed.subscribe(null)).isInstanceOf(NullPointerException.class);
        BodyPublisher whole =
                Bodies.jwe("A256KW", "A256GCM").shared("k", new byte[32]).encrypted(BodyPublishers.noBody());
        assertThatThrownBy(() -> whole.subscribe(null)).isInstanceOf(NullPointerException.class);
    }

    /** The whole forms: nothing before it was asked for, and a failure in its place. */
    @Test
    void a_body_that_is_sealed_whole() throws Exception {
        BodyEncryption jwe = Bodies.jwe("A256KW", "A256GCM").shared("k", new byte[32]);
        BodyPublisher sealed = jwe.encrypted(BodyPublishers.ofByteArray(TestKeys.bytes(40_000)));
        sealed.subscribe(reader);
        assertThat(reader.items).isZero();
        reader.source.request(1);
        assertThat(reader.items).isEqualTo(1);
        TestFlow.Collector again = new TestFlow.Collector(Long.MAX_VALUE);
        sealed.subscribe(again);
        assertThat(jwe.decrypt(again.bytes())).isEqualTo(TestKeys.bytes(40_000));
        assertThat(again.bytes()).startsWith(reader.bytes());
        assertThat(sealed.contentLength()).isEqualTo(again.bytes().length);

        TestFlow.Collector refused = new TestFlow.Collector(1);
        jwe.mostBytes(100).encrypted(BodyPublishers.ofByteArray(new byte[101])).subscribe(refused);
        assertThat(refused.failure).isInstanceOf(IOException.class).hasMessageContaining("longer than 100 bytes");
        assertThat(refused.ends).isEqualTo(1);
    }

    @Test
    void a_failed_reading_may_be_tried_again() throws Exception {
        BodyEncryption jwe = Bodies.jwe("A256KW", "A256GCM").shared("k", new byte[32]);
        int[] times = {0};
        BodyPublisher sometimes = new BodyPublisher() {
            @Override
            public long contentLength() {
                return -1;
            }

            @Override
            public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
                if (times[0]++ == 0) {
                    throw new IllegalStateException("not yet");
                }
                BodyPublishers.ofString("text").subscribe(subscriber);
            }
        };
        BodyPublisher sealed = jwe.encrypted(sometimes);
        TestFlow.Collector first = new TestFlow.Collector(1);
        sealed.subscribe(first);
        assertThat(first.failure).hasMessage("not yet");
        TestFlow.Collector second = new TestFlow.Collector(1);
        sealed.subscribe(second);
        assertThat(jwe.decrypt(second.bytes())).isEqualTo("text".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
}
