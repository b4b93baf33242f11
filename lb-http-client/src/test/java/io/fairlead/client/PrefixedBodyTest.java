package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testing.ManualTime;
import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.junit.jupiter.api.Test;

/** The rules of Reactive Streams, kept between a transport and a reader while the first bytes are held. */
class PrefixedBodyTest {

    /** What the reader hears and the transport is asked for, in order. */
    private final List<String> log = new ArrayList<>();

    private final Reader reader = new Reader();
    private final PrefixedBody<String> body =
            new PrefixedBody<>(4, new ManualTime().environment(1), new PrefixedBody.Judge<>() {
                @Override
                public BodySubscriber<String> decide(byte[] prefix) {
                    log.add("decide " + new String(prefix, StandardCharsets.UTF_8));
                    return reader;
                }

                @Override
                public boolean cut(Throwable why) {
                    log.add("cut " + why.getMessage());
                    return false;
                }
            });

    private final class Reader implements BodySubscriber<String> {

        final CompletableFuture<String> result = new CompletableFuture<>();
        final StringBuilder text = new StringBuilder();
        Flow.Subscription subscription;
        long atOnce;
        long each;

        @Override
        public CompletionStage<String> getBody() {
            return result;
        }

        @Override
        public void onSubscribe(Flow.Subscription s) {
            subscription = s;
            if (atOnce > 0) {
                s.request(atOnce);
            }
        }

        @Override
        public void onNext(List<ByteBuffer> item) {
            StringBuilder chunk = new StringBuilder();
            item.forEach(buffer -> chunk.append(StandardCharsets.UTF_8.decode(buffer)));
            log.add("next " + chunk);
            text.append(chunk);
            if (each > 0) {
                subscription.request(each);
            }
        }

        @Override
        public void onError(Throwable why) {
            log.add("error " + why.getMessage());
            result.completeExceptionally(why);
        }

        @Override
        public void onComplete() {
            log.add("complete");
            result.complete(text.toString());
        }
    }

    private void subscribe() {
        body.onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long n) {
                log.add("request " + n);
            }

            @Override
            public void cancel() {
                log.add("cancel");
            }
        });
    }

    private void next(String chunk) {
        body.onNext(List.of(ByteBuffer.wrap(chunk.getBytes(StandardCharsets.UTF_8))));
    }

    @Test
    void reads_one_item_at_a_time_and_hands_on_exactly_the_demand_that_is_left() {
        subscribe();
        next("a");
        next("bc");
        next("def");
        assertThat(log).containsExactly("request 1", "request 1", "request 1", "decide abcd");
        reader.subscription.request(1);
        reader.subscription.request(2);
        next("g");
        next("h");
        body.onComplete();
        assertThat(log.subList(4, log.size()))
                .containsExactly("next abcdef", "request 2", "next g", "next h", "complete");
        assertThat(body.getBody().toCompletableFuture()).isCompletedWithValue("abcdefgh");
    }

    @Test
    void a_demand_for_all_from_within_the_subscription_stays_one_for_all() {
        reader.atOnce = Long.MAX_VALUE;
        subscribe();
        next("abcd");
        assertThat(log).containsExactly("request 1", "decide abcd", "next abcd", "request " + Long.MAX_VALUE);
    }

    @Test
    void a_reader_that_asks_from_within_hears_one_signal_at_a_time() {
        reader.atOnce = 1;
        reader.each = 1;
        subscribe();
        next("abcd");
        next("e");
        body.onComplete();
        assertThat(log)
                .containsExactly(
                        "request 1", "decide abcd", "next abcd", "request 1", "next e", "request 1", "complete");
    }

    @Test
    void a_short_body_is_complete_only_after_it_was_asked_for_and_an_empty_one_at_once() {
        subscribe();
        next("ab");
        body.onComplete();
        assertThat(log).containsExactly("request 1", "request 1", "decide ab");
        reader.subscription.request(1);
        assertThat(log).endsWith("next ab", "complete");
        log.clear();
        PrefixedBodyTest empty = new PrefixedBodyTest();
        empty.subscribe();
        empty.body.onComplete();
        assertThat(empty.log).containsExactly("request 1", "decide ", "complete");
    }

    @Test
    void a_failure_before_the_verdict_is_a_cut_and_one_after_it_the_readers() {
        subscribe();
        next("ab");
        body.onError(new IOException("gone"));
        assertThat(log).endsWith("cut gone");
        assertThat(body.getBody().toCompletableFuture()).isCompletedExceptionally();
        PrefixedBodyTest after = new PrefixedBodyTest();
        after.subscribe();
        after.next("abcd");
        after.body.onError(new IOException("gone"));
        assertThat(after.log).endsWith("decide abcd", "error gone");
    }

    @Test
    void what_is_dropped_decides_nothing() {
        subscribe();
        assertThat(body.drop(new IOException("deadline"))).isTrue();
        next("abcd");
        body.onComplete();
        assertThat(log).containsExactly("request 1", "cancel");
        assertThat(body.getBody().toCompletableFuture()).isCompletedExceptionally();
        PrefixedBodyTest late = new PrefixedBodyTest();
        late.subscribe();
        late.next("abcd");
        assertThat(late.body.drop(new IOException("deadline"))).isFalse();
    }

    @Test
    void a_reader_that_cancels_hears_nothing_more() {
        subscribe();
        next("abcd");
        reader.subscription.cancel();
        reader.subscription.request(1);
        body.onComplete();
        assertThat(log).containsExactly("request 1", "decide abcd", "cancel");
    }

    /** A transport that sends what it is asked for and no more. */
    private final class Source implements Flow.Subscription {

        private final List<String> chunks;
        private int at;
        private boolean over;

        Source(List<String> chunks) {
            this.chunks = chunks;
        }

        @Override
        public void request(long n) {
            for (long left = n; left > 0 && at < chunks.size(); left--) {
                next(chunks.get(at++));
            }
            if (at == chunks.size() && !over) {
                over = true;
                body.onComplete();
            }
        }

        @Override
        public void cancel() {
            log.add("cancel");
        }
    }

    @Test
    void no_byte_is_lost_or_doubled_whatever_the_chunks_and_the_demand() {
        Random random = new Random(7);
        for (int round = 0; round < 2_000; round++) {
            PrefixedBodyTest test = new PrefixedBodyTest();
            test.reader.atOnce = random.nextInt(3);
            test.reader.each = random.nextInt(2);
            List<String> chunks = new ArrayList<>();
            for (int i = random.nextInt(8); i > 0; i--) {
                chunks.add("abcdefg".substring(0, 1 + random.nextInt(7)));
            }
            test.body.onSubscribe(test.new Source(chunks));
            for (int i = 0; i < 20; i++) {
                test.reader.subscription.request(1 + random.nextInt(2));
            }
            assertThat(test.body.getBody().toCompletableFuture()).isCompletedWithValue(String.join("", chunks));
        }
    }
}
