package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpResponse.ResponseInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The rules of Reactive Streams that have numbers, for whatever here publishes to a subscriber of the caller's or takes from the JDK. */
class StreamRulesTest {

    private static final BodyEncryption JWE = Bodies.jwe("A256KW", "A256GCM").shared("k", new byte[32]);
    private static final BodyEncryption ENVELOPE = Bodies.envelope("A256KW").shared("k", new byte[32]);
    private static final byte[] PLAIN = TestKeys.bytes(200_000);

    /** Something that publishes to whom it is given. */
    private record Publishing(String name, boolean empty, Consumer<Flow.Subscriber<Object>> publish) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Publishing> publishers() {
        return Stream.of(
                new Publishing("a body sealed whole", false, to -> sealed(JWE, to)),
                new Publishing("a body sealed in chunks", false, to -> sealed(ENVELOPE, to)),
                new Publishing("a reply opened whole", false, to -> opened(JWE, PLAIN, to)),
                new Publishing("a reply opened in chunks", false, to -> opened(ENVELOPE, PLAIN, to)),
                new Publishing("an empty reply opened whole", true, to -> opened(JWE, new byte[0], to)));
    }

    static Stream<Publishing> withItems() {
        return publishers().filter(one -> !one.empty());
    }

    static Stream<Publishing> withoutItems() {
        return publishers().filter(Publishing::empty);
    }

    private static void sealed(BodyEncryption form, Flow.Subscriber<Object> to) {
        form.encrypted(BodyPublishers.ofByteArray(PLAIN)).subscribe(to);
    }

    private static void opened(BodyEncryption form, byte[] plain, Flow.Subscriber<Object> to) {
        BodySubscriber<Void> reply =
                form.decrypted(info -> BodySubscribers.fromSubscriber(to)).apply(new Info(200));
        TestFlow.publish(TestFlow.pieces(form.encrypt(plain), 50_000), reply);
    }

    private record Info(int statusCode) implements ResponseInfo {
        @Override
        public HttpHeaders headers() {
            return HttpHeaders.of(Map.of(), (name, value) -> true);
        }

        @Override
        public HttpClient.Version version() {
            return HttpClient.Version.HTTP_1_1;
        }
    }

    /** Writes down what it is told. */
    private static class Told implements Flow.Subscriber<Object> {
        final List<String> signals = new ArrayList<>();
        Flow.Subscription source;
        Throwable failure;

        @Override
        public void onSubscribe(Flow.Subscription s) {
            source = s;
            signals.add("subscribed");
        }

        @Override
        public void onNext(Object item) {
            signals.add("item");
        }

        @Override
        public void onError(Throwable why) {
            failure = why;
            signals.add("failed");
        }

        @Override
        public void onComplete() {
            signals.add("completed");
        }

        long items() {
            return signals.stream().filter("item"::equals).count();
        }
    }

    /** A source that has nothing to say. */
    private static final class Silent implements Flow.Subscription {
        private boolean cancelled;

        @Override
        public void request(long n) {
            assertThat(n).isPositive();
        }

        @Override
        public void cancel() {
            cancelled = true;
        }
    }

    @ParameterizedTest
    @MethodSource("withItems")
    void rule_1_1_nothing_before_it_was_asked_for(Publishing publisher) {
        Told told = new Told();
        publisher.publish().accept(told);
        assertThat(told.signals).containsExactly("subscribed");
        told.source.request(1);
        assertThat(told.items()).isEqualTo(1);
    }

    @ParameterizedTest
    @MethodSource("withoutItems")
    void rule_1_5_an_empty_end_needs_no_demand(Publishing publisher) {
        Told told = new Told();
        publisher.publish().accept(told);
        assertThat(told.signals).containsExactly("subscribed", "completed");
        told.source.request(1);
        told.source.request(-1);
        told.source.cancel();
        assertThat(told.signals).containsExactly("subscribed", "completed");
    }

    /** An envelope around nothing is not empty itself, so that it has to be read. */
    @Test
    void rule_1_5_an_empty_reply_in_chunks_ends_without_an_item() {
        Told told = new Told();
        opened(ENVELOPE, new byte[0], told);
        assertThat(told.signals).containsExactly("subscribed");
        told.source.request(1);
        assertThat(told.signals).containsExactly("subscribed", "completed");
    }

    /** Rules 1.7 and 3.6: after the end there is nothing, whatever is asked. */
    @ParameterizedTest
    @MethodSource("withItems")
    void rule_1_7_one_end_and_the_last_signal(Publishing publisher) {
        Told told = new Told();
        publisher.publish().accept(told);
        told.source.request(Long.MAX_VALUE);
        told.source.request(Long.MAX_VALUE); // rule 3.17: more than there are numbers for
        int all = told.signals.size();
        assertThat(told.signals).endsWith("completed").doesNotContain("failed");
        told.source.request(0);
        told.source.request(1);
        told.source.cancel();
        assertThat(told.signals).hasSize(all);
    }

    /** Each chunk asks for the next one from within. */
    @ParameterizedTest
    @MethodSource("withItems")
    void rule_3_3_demand_from_within_a_signal(Publishing publisher) {
        Told told = new Told() {
            private boolean within;

            @Override
            public void onSubscribe(Flow.Subscription s) {
                super.onSubscribe(s);
                s.request(1);
            }

            @Override
            public void onNext(Object item) {
                assertThat(within).as("signals are serial").isFalse();
                within = true;
                super.onNext(item);
                source.request(1);
                source.request(1);
                within = false;
            }

            @Override
            public void onComplete() {
                assertThat(within).as("signals are serial").isFalse();
                super.onComplete();
            }
        };
        publisher.publish().accept(told);
        assertThat(told.signals).endsWith("completed");
        assertThat(told.signals.stream().filter("completed"::equals)).hasSize(1);
    }

    @ParameterizedTest
    @MethodSource("withItems")
    void rule_3_5_cancel_from_within_a_signal_is_the_end(Publishing publisher) {
        Told told = new Told() {
            @Override
            public void onNext(Object item) {
                super.onNext(item);
                source.cancel();
                source.cancel(); // rule 3.7
                source.request(5);
            }
        };
        publisher.publish().accept(told);
        told.source.request(Long.MAX_VALUE);
        assertThat(told.signals).containsExactly("subscribed", "item");
    }

    @ParameterizedTest
    @MethodSource("publishers")
    void rule_3_5_cancel_at_once(Publishing publisher) {
        Told told = new Told() {
            @Override
            public void onSubscribe(Flow.Subscription s) {
                super.onSubscribe(s);
                s.cancel();
            }
        };
        publisher.publish().accept(told);
        told.source.request(1);
        assertThat(told.signals).containsExactly("subscribed");
    }

    @ParameterizedTest
    @MethodSource("withItems")
    void rule_3_9_demand_of_zero_or_less_is_an_error(Publishing publisher) {
        for (long demand : new long[] {0, -1, Long.MIN_VALUE}) {
            Told told = new Told();
            publisher.publish().accept(told);
            told.source.request(demand);
            assertThat(told.signals).containsExactly("subscribed", "failed");
            assertThat(told.failure).isInstanceOf(IllegalArgumentException.class);
            told.source.request(1);
            assertThat(told.signals).containsExactly("subscribed", "failed");
        }
    }

    @ParameterizedTest
    @MethodSource("publishers")
    void rule_3_9_also_while_it_subscribes(Publishing publisher) {
        Told told = new Told() {
            @Override
            public void onSubscribe(Flow.Subscription s) {
                super.onSubscribe(s);
                s.request(-1);
            }
        };
        publisher.publish().accept(told);
        assertThat(told.signals).containsExactly("subscribed", "failed");
        assertThat(told.failure).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void rule_1_4_a_body_that_cannot_be_sealed_fails_after_it_was_subscribed_to() {
        BodyEncryption fields = Bodies.jweFields("A256KW", "A256GCM", "$.pan").shared("k", new byte[32]);
        Told told = new Told();
        sealed(fields, told);
        assertThat(told.signals).containsExactly("subscribed", "failed");
        assertThat(told.failure).hasMessageStartingWith("the body is no JSON");
        Told gone = new Told() {
            @Override
            public void onSubscribe(Flow.Subscription s) {
                super.onSubscribe(s);
                s.cancel();
            }
        };
        sealed(fields, gone);
        assertThat(gone.signals).containsExactly("subscribed");
    }

    /** The other side: what takes the JDK's signals. */
    @Test
    void rules_2_5_and_2_13_of_those_who_subscribe() {
        for (BodyEncryption form : List.of(JWE, ENVELOPE)) {
            BodySubscriber<byte[]> reply =
                    form.decrypted(info -> BodySubscribers.ofByteArray()).apply(new Info(200));
            Silent first = new Silent();
            Silent second = new Silent();
            reply.onSubscribe(first);
            reply.onSubscribe(second);
            assertThat(first.cancelled).isFalse();
            assertThat(second.cancelled).isTrue();
            assertThatThrownBy(() -> reply.onError(null)).isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> reply.onNext(null)).isInstanceOf(NullPointerException.class);
        }
    }
}
