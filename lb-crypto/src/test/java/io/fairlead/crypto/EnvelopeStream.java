package io.fairlead.crypto;

import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32;

/** Seals so many mebibytes and opens them again, for a JVM of its own. */
final class EnvelopeStream {

    private static final int PIECE = 64 * 1024;

    private EnvelopeStream() {}

    public static void main(String[] args) throws Exception {
        BodyEncryption form = args[0].equals("sm4")
                ? Bodies.sm4Envelope().shared("k", new byte[16])
                : Bodies.envelope("A256KW").shared("k", new byte[32]);
        long bytes = Long.parseLong(args[1]) * 1024 * 1024;
        CRC32 in = new CRC32();
        CRC32 out = new CRC32();
        AtomicLong read = new AtomicLong();
        BodyPublisher sealed = form.encrypted(BodyPublishers.fromPublisher(source(bytes, in), bytes));
        BodySubscriber<Void> reader = BodySubscribers.ofByteArrayConsumer(chunk -> chunk.ifPresent(b -> {
            read.addAndGet(b.length);
            out.update(b);
        }));
        sealed.subscribe(
                unwrapped(EnvelopeReply.of(((BodyFormat.Streaming) form.format()).opening(form.keys()), reader)));
        reader.getBody().toCompletableFuture().join();
        System.out.println((in.getValue() == out.getValue() ? "same " : "other ") + read);
    }

    private static Flow.Publisher<ByteBuffer> source(long bytes, CRC32 sum) {
        byte[] piece = TestKeys.bytes(PIECE);
        return to -> to.onSubscribe(new Flow.Subscription() {
            private long left = bytes;
            private long asked;
            private boolean publishing;

            @Override
            public void request(long n) {
                asked = asked + n < 0 ? Long.MAX_VALUE : asked + n;
                if (publishing) {
                    return;
                }
                publishing = true;
                for (; left > 0 && asked > 0; asked--) {
                    piece[0] = (byte) left;
                    piece[1] = (byte) (left >> 16);
                    sum.update(piece);
                    left -= PIECE;
                    to.onNext(ByteBuffer.wrap(piece.clone()));
                    if (left == 0) {
                        to.onComplete();
                    }
                }
                publishing = false;
            }

            @Override
            public void cancel() {
                left = 0;
            }
        });
    }

    private static Flow.Subscriber<ByteBuffer> unwrapped(BodySubscriber<?> to) {
        return new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription s) {
                to.onSubscribe(s);
            }

            @Override
            public void onNext(ByteBuffer chunk) {
                to.onNext(List.of(chunk));
            }

            @Override
            public void onError(Throwable why) {
                to.onError(why);
            }

            @Override
            public void onComplete() {
                to.onComplete();
            }
        };
    }
}
