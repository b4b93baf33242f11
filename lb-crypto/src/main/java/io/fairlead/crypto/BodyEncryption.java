package io.fairlead.crypto;

import io.fairlead.Environment;
import io.fairlead.RequestSigner;
import io.fairlead.Require;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandler;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Hides the bodies of requests and opens those of replies, in one of the forms that {@link Bodies} names.
 *
 * <p>Immutable and thread-safe; shows nothing of a key or body. Whatever cannot be opened is the same
 * {@link GeneralSecurityException}, for whatever reason, and nothing of it is handed on.
 */
public final class BodyEncryption {

    /** Bodies of payment APIs are some KiB; the same limit as the verifiers have. */
    private static final int DEFAULT_MOST = 1 << 20;

    private final BodyFormat format;
    private final BodyKeys keys;
    private final int most;
    private final boolean plainErrors;

    private BodyEncryption(BodyFormat format, BodyKeys keys, int most, boolean plainErrors) {
        this.format = format;
        this.keys = keys;
        this.most = most;
        this.plainErrors = plainErrors;
    }

    static BodyEncryption of(BodyFormat format, BodyKeys keys) {
        return new BodyEncryption(format, keys, DEFAULT_MOST, false);
    }

    private BodyEncryption with(BodyKeys keys) {
        return new BodyEncryption(format, keys, most, plainErrors);
    }

    /**
     * The same that encrypts to this key, and to no other.
     *
     * @param keyId by which the recipient knows it, written into each message; empty for none
     * @throws IllegalArgumentException if the key does not fit the algorithm
     */
    public BodyEncryption encryptTo(String keyId, PublicKey key) {
        return with(keys.encryptTo(keyId, key));
    }

    /**
     * The same that also opens with this key: several while keys are rotated. A message that names no key is opened with the only one
     * there is, or the one of the empty id.
     *
     * @throws IllegalArgumentException if the key does not fit the algorithm
     */
    public BodyEncryption decryptWith(String keyId, PrivateKey key) {
        return with(keys.decryptWith(keyId, key));
    }

    /**
     * The same that encrypts to this secret and opens with it.
     *
     * @param secret of the length that the algorithm has, copied
     */
    public BodyEncryption shared(String keyId, byte[] secret) {
        return with(keys.shared(keyId, secret));
    }

    /**
     * The same that encrypts to the key of a JSON Web Key (RFC 7517; RFC 8037 for X25519) under its own id, and to no other. It may be a
     * public key, the public one of a pair, or a secret.
     *
     * @throws IllegalArgumentException if it does not fit the algorithm, or says that it is for another or for signatures
     */
    public BodyEncryption encryptToJwk(String json) {
        return with(keys.encryptTo(EncryptionJwk.of(json, keys.fit())));
    }

    /** The same that also opens with the private or secret key of a JSON Web Key, under its own id. */
    public BodyEncryption decryptWithJwk(String json) {
        return with(keys.decryptWith(EncryptionJwk.of(json, keys.fit())));
    }

    /** The same with another source of content keys, nonces and dates; default {@link Environment#system()}. */
    public BodyEncryption environment(Environment env) {
        return with(keys.environment(env));
    }

    /**
     * The same that holds bodies up to another size; default 1 MiB. Of the streaming forms nothing is held but a chunk.
     *
     * @param bytes 1 to 2³⁰, of plain and of hidden bodies alike
     */
    public BodyEncryption mostBytes(int bytes) {
        return new BodyEncryption(format, keys, Require.between(bytes, 1, 1 << 30, "most bytes"), plainErrors);
    }

    /**
     * The same that hands on replies of the status 400 and above as they are, as partners seldom encrypt these. What is in them was never
     * secret and is not proven. By default they are opened like any other.
     */
    public BodyEncryption plainErrors() {
        return new BodyEncryption(format, keys, most, true);
    }

    /**
     * A signer that encrypts the bodies of a service's requests, afresh for each attempt, and sets their headers. Make it the first signer,
     * so that others sign what is sent. Requests without a body pass.
     */
    public RequestSigner asSigner() {
        keys.ready();
        return new BodySigner(this);
    }

    /**
     * A body that is encrypted when it is sent. Each subscription gets the same bytes, so that it can be signed, resent and retried. Its
     * content length is known where the plain body's is and the form allows it. Headers are the caller's.
     */
    public BodyPublisher encrypted(BodyPublisher body) {
        Require.notNull(body, "body");
        if (format instanceof BodyFormat.Streaming streaming) {
            return new EnvelopePublisher(body, streaming.envelope(keys), new EnvelopeTags());
        }
        BodyFormat.Whole whole = (BodyFormat.Whole) format;
        keys.ready();
        return new SealedBody(body, most, whole.length(keys, body.contentLength()), plain -> whole.seal(keys, plain));
    }

    /** The same, read at once where that gives it a length. */
    CompletionStage<BodyPublisher> sealed(BodyPublisher body) {
        if (format instanceof BodyFormat.Whole whole) {
            return HeldRequest.of(body, most).thenApply(plain -> BodyPublishers.ofByteArray(whole.seal(keys, plain)));
        }
        return CompletableFuture.completedFuture(encrypted(body));
    }

    BodyFormat format() {
        return format;
    }

    BodyKeys keys() {
        return keys;
    }

    Map<String, String> headers(HttpRequest request) {
        return format.headers(request, keys);
    }

    /**
     * A handler that opens the reply before the given one sees a byte: the whole of it, or in the streaming forms chunk by chunk. What
     * cannot be opened fails the call with an {@link IOException} whose cause is the {@link GeneralSecurityException}; of a stream that was
     * cut off or altered the end is never handed on. Replies of the status 204, 205 and 304 have no body and pass.
     */
    public <T> BodyHandler<T> decrypted(BodyHandler<T> handler) {
        Require.notNull(handler, "body handler");
        BodyHandler<T> opening = format instanceof BodyFormat.Streaming streaming
                ? info -> EnvelopeReply.of(streaming.opening(keys), handler.apply(info))
                : HeldBody.handler(handler, most, "decrypted", (info, body) -> opened(body));
        BodyHandler<T> empty = HeldBody.handler(handler, most, "decrypted", (info, body) -> nothing(body));
        return info -> hasNoBody(info.statusCode())
                ? empty.apply(info)
                : plainErrors && info.statusCode() >= 400 ? handler.apply(info) : opening.apply(info);
    }

    private static boolean hasNoBody(int status) {
        return status == 204 || status == 205 || status == 304;
    }

    /* The JDK reads the body that such a status may not have, and anybody can write the status. */
    private static byte[] nothing(byte[] body) throws IOException {
        if (body.length > 0) {
            throw new IOException("the reply is refused: " + new Unopened().getMessage());
        }
        return body;
    }

    private byte[] opened(byte[] body) throws IOException {
        try {
            return decrypt(body);
        } catch (GeneralSecurityException e) {
            throw new IOException("the reply is refused: " + e.getMessage(), e);
        }
    }

    /**
     * The hidden form of a whole body.
     *
     * @throws IllegalArgumentException if it lacks what is to be hidden, naming the path
     */
    public byte[] encrypt(byte[] body) {
        Require.notNull(body, "body");
        if (format instanceof BodyFormat.Whole whole) {
            keys.ready();
            return whole.seal(keys, body);
        }
        return ((BodyFormat.Streaming) format).envelope(keys).sealed(body);
    }

    /**
     * The plain form of a whole body, such as a notification's.
     *
     * @throws GeneralSecurityException if it cannot be opened, the same for whatever reason
     */
    public byte[] decrypt(byte[] body) throws GeneralSecurityException {
        Require.notNull(body, "body");
        try {
            return format instanceof BodyFormat.Whole whole
                    ? whole.open(keys, body)
                    : through(((BodyFormat.Streaming) format).opening(keys), body);
        } catch (GeneralSecurityException | IOException | RuntimeException e) {
            throw new Unopened();
        }
    }

    private static byte[] through(Chunks opening, byte[] body) throws GeneralSecurityException, IOException {
        ByteBuffer all = ByteBuffer.allocate(body.length);
        ByteBuffer in = ByteBuffer.wrap(body);
        while (in.hasRemaining()) {
            ByteBuffer chunk = opening.next(in);
            if (chunk != null) {
                all.put(chunk);
            }
        }
        all.put(opening.last());
        return Arrays.copyOf(all.array(), all.position());
    }

    @Override
    public String toString() {
        return "BodyEncryption[" + format + ", " + keys + "]";
    }
}
