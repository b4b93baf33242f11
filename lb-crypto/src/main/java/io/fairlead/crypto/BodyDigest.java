package io.fairlead.crypto;

import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** The SHA-256 of a body, read in constant memory, and the form in which exactly those bytes are sent. */
final class BodyDigest implements Flow.Subscriber<ByteBuffer> {

    /** A body of this size is kept and not read twice; 16 KiB is the chunk of the JDK's publishers, and more than most payments. */
    private static final int MOST_KEPT = 16 * 1024;

    private final CompletableFuture<BodyDigest> result = new CompletableFuture<>();
    private final Spare<MessageDigest> digests;
    private final Draft draft;
    private @Nullable MessageDigest digesting;
    private byte @Nullable [] kept = new byte[0];
    private String sha256 = HmacKey.EMPTY_DIGEST;
    private long length;

    private BodyDigest(Spare<MessageDigest> digests, Draft draft) {
        this.digests = digests;
        this.draft = draft;
        this.digesting = digests.take();
    }

    /** Reads the body once, past the draft. The stage completes at once if the publisher publishes at once, and fails with the publisher's failure. */
    static CompletableFuture<BodyDigest> of(BodyPublisher body, Spare<MessageDigest> digests, Draft draft) {
        BodyDigest digest = new BodyDigest(digests, draft);
        try {
            body.subscribe(digest);
        } catch (RuntimeException e) {
            digest.result.completeExceptionally(e);
        }
        return digest.result;
    }

    String hex() {
        return sha256;
    }

    /**
     * The body to send, of the same content length. A small one is sent as it was read; a larger one is read again and checked on
     * the way. One that breaks its own promise of a length is left to the client, which refuses to send it.
     */
    BodyPublisher sendable(BodyPublisher body) {
        if (length == 0) {
            return body.contentLength() == 0 ? body : ofLength(body.contentLength(), BodyPublishers.noBody());
        }
        return kept != null
                ? ofLength(body.contentLength(), BodyPublishers.ofByteArray(kept))
                : new SignedBody(body, length, sha256);
    }

    /* An unknown length stays unknown: it decides between Content-Length and chunks on the wire. */
    private static BodyPublisher ofLength(long promised, BodyPublisher body) {
        if (promised == body.contentLength()) {
            return body;
        }
        return promised < 0 ? BodyPublishers.fromPublisher(body) : BodyPublishers.fromPublisher(body, promised);
    }

    /* Without limit: each chunk is digested as it comes, so that nothing heaps up. */
    @Override
    public void onSubscribe(Flow.Subscription s) {
        s.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(ByteBuffer chunk) {
        if (digesting == null) {
            return; // after its end, which a publisher should not do
        }
        length += chunk.remaining();
        if (kept != null) {
            kept = length <= MOST_KEPT ? joined(kept, chunk) : null;
        }
        digesting.update(chunk.duplicate());
        try {
            draft.update(chunk.duplicate());
        } catch (RuntimeException e) {
            onError(e);
        }
    }

    private static byte[] joined(byte[] before, ByteBuffer chunk) {
        byte[] all = Arrays.copyOf(before, before.length + chunk.remaining());
        chunk.duplicate().get(all, before.length, chunk.remaining());
        return all;
    }

    @Override
    public void onError(Throwable why) {
        digesting = null;
        result.completeExceptionally(why);
    }

    @Override
    public void onComplete() {
        MessageDigest whole = digesting;
        if (whole != null) {
            digesting = null;
            sha256 = HexFormat.of().formatHex(whole.digest());
            digests.giveBack(whole);
            result.complete(this);
        }
    }
}
