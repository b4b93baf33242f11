package io.fairlead.crypto;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Flow;

/** Publishers and subscribers that show how they are treated. */
final class TestFlow {

    private TestFlow() {}

    static List<List<ByteBuffer>> pieces(byte[] bytes, int size) {
        List<List<ByteBuffer>> all = new ArrayList<>();
        for (int at = 0; at < bytes.length; at += size) {
            all.add(List.of(ByteBuffer.wrap(bytes, at, Math.min(size, bytes.length - at))
                    .slice()));
        }
        return all;
    }

    /** Publishes as it is asked to, on the thread that asks. */
    static <T> Source<T> publish(List<T> items, Flow.Subscriber<? super T> to) {
        Source<T> source = new Source<>(items, to);
        to.onSubscribe(source);
        source.drain();
        return source;
    }

    static final class Source<T> implements Flow.Subscription {
        private final List<T> items;
        private final Flow.Subscriber<? super T> to;
        private int at;
        private boolean draining;
        private boolean done;
        long demand;
        long most;
        boolean cancelled;

        Source(List<T> items, Flow.Subscriber<? super T> to) {
            this.items = items;
            this.to = to;
        }

        @Override
        public void request(long n) {
            demand = demand + n < 0 ? Long.MAX_VALUE : demand + n;
            most = Math.max(most, demand);
            drain();
        }

        private void drain() {
            if (draining) {
                return;
            }
            draining = true;
            while (!cancelled && at < items.size() && demand > 0) {
                demand--;
                to.onNext(items.get(at++));
            }
            draining = false;
            if (!cancelled && !done && at == items.size()) {
                done = true;
                to.onComplete();
            }
        }

        @Override
        public void cancel() {
            cancelled = true;
        }
    }

    static class Collector implements Flow.Subscriber<ByteBuffer> {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();
        private final long first;
        Flow.Subscription source;
        int items;
        int ends;
        boolean completed;
        Throwable failure;

        Collector(long first) {
            this.first = first;
        }

        byte[] bytes() {
            return out.toByteArray();
        }

        @Override
        public void onSubscribe(Flow.Subscription s) {
            source = s;
            if (first > 0) {
                s.request(first);
            }
        }

        @Override
        public void onNext(ByteBuffer item) {
            items++;
            byte[] bytes = new byte[item.remaining()];
            item.get(bytes);
            out.writeBytes(bytes);
        }

        @Override
        public void onError(Throwable why) {
            ends++;
            failure = why;
        }

        @Override
        public void onComplete() {
            ends++;
            completed = true;
        }
    }
}
