package io.fairlead.crypto;

import io.fairlead.Environment;
import io.fairlead.RequestSigner;
import io.fairlead.Require;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Signs requests with AWS Signature Version 4, in headers; and makes presigned URIs.
 *
 * <p>It signs the host, every header that the request has and no proxy changes, the path, the query and the body. There is no
 * nonce: within some five minutes AWS takes the same request twice, so a payment still needs its idempotency key. Immutable and
 * thread-safe; {@link #toString} shows the access key id only.
 *
 * @see <a href="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html">the scheme</a>
 */
public final class AwsSigner implements RequestSigner {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private static final String UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD";

    private final AwsKey key;
    private final Profile profile;
    private final Environment env;
    private final Signing signing = new Signing();

    /** What the user may choose. Changed only in a copy, before a signer has it. */
    private static final class Profile implements Cloneable {
        private @Nullable String token;
        private boolean tokenUnsigned;
        private boolean payloadHeader;
        private boolean payloadUnsigned;
        private boolean normalize = true;

        @Override
        public Profile clone() {
            try {
                return (Profile) super.clone();
            } catch (CloneNotSupportedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private AwsSigner(AwsKey key, Profile profile, Environment env) {
        this.key = key;
        this.profile = profile;
        this.env = env;
    }

    static AwsSigner of(AwsKey key) {
        Profile profile = new Profile();
        profile.payloadHeader = key.isS3();
        return new AwsSigner(key, profile, Environment.system());
    }

    private AwsSigner with(Consumer<Profile> change) {
        Profile other = profile.clone();
        change.accept(other);
        return new AwsSigner(key, other, env);
    }

    /** The same with the session token of temporary credentials, which is signed too. */
    public AwsSigner sessionToken(String token) {
        Values.quotable(token, "session token");
        return with(p -> p.token = token);
    }

    /** The same with a session token that is sent and not signed, as some services of AWS IoT want it. */
    public AwsSigner unsignedSessionToken(String token) {
        Values.quotable(token, "session token");
        return with(p -> {
            p.token = token;
            p.tokenUnsigned = true;
        });
    }

    /** The same that also sends the digest of the body, in {@code X-Amz-Content-Sha256}; for S3 it always does. */
    public AwsSigner payloadHeader() {
        return with(p -> p.payloadHeader = true);
    }

    /** The same that leaves the body unsigned; for S3 over TLS, which then does not check what arrives. */
    public AwsSigner unsignedPayload() {
        return with(p -> {
            p.payloadHeader = true;
            p.payloadUnsigned = true;
        });
    }

    /** The same that signs the path with its dots and empty segments, for services that do not remove them; S3 never does. */
    public AwsSigner unnormalizedPath() {
        return with(p -> p.normalize = false);
    }

    /** The same signer with another source of dates; default {@link Environment#system()}. */
    public AwsSigner environment(Environment env) {
        return new AwsSigner(key, profile, Require.notNull(env, "environment"));
    }

    /**
     * Waits for the body where its publisher does not publish at once, which {@link #signAsync} does not.
     *
     * @throws IllegalStateException if the body's publisher fails, with that failure as the cause
     */
    @Override
    public HttpRequest sign(HttpRequest request) {
        return signing.sign(request, draft(request));
    }

    @Override
    @SuppressWarnings("FunctionalInterfaceMethodChanged") // the same act; sign() waits for it
    public CompletionStage<HttpRequest> signAsync(HttpRequest request) {
        return signing.signAsync(request, draft(request));
    }

    private Draft draft(HttpRequest request) {
        return digest -> headers(HttpMessage.of(request), profile.payloadUnsigned ? UNSIGNED_PAYLOAD : digest);
    }

    /** The headers of one signature. */
    Map<String, String> headers(HttpMessage message, String payload) {
        HttpMessage.Target target = Objects.requireNonNull(message.target());
        String time = TIME.format(env.now());
        Map<String, String> added = new LinkedHashMap<>();
        added.put("X-Amz-Date", time);
        if (profile.payloadHeader) {
            added.put("X-Amz-Content-Sha256", payload);
        }
        if (profile.token != null && !profile.tokenUnsigned) {
            added.put("X-Amz-Security-Token", profile.token);
        }
        Map<String, List<String>> all = new LinkedHashMap<>(message.headers());
        all.put("host", List.of(target.authority()));
        added.forEach((name, value) -> all.put(name.toLowerCase(Locale.ROOT), List.of(value)));
        SortedMap<String, String> signed = AwsRequest.headers(all);
        String canonical = AwsRequest.canonical(
                target.method(), path(target.path()), AwsRequest.query(target.query()), signed, payload);
        if (profile.token != null && profile.tokenUnsigned) {
            added.put("X-Amz-Security-Token", profile.token);
        }
        added.put(
                "Authorization",
                AwsRequest.ALGORITHM + " Credential=" + key.id() + '/' + key.scope(time) + ", SignedHeaders="
                        + AwsRequest.names(signed) + ", Signature=" + key.signature(time, canonical));
        return added;
    }

    private String path(String raw) {
        return key.isS3() ? AwsRequest.s3Path(raw) : AwsRequest.path(raw, profile.normalize);
    }

    /**
     * A URI that lets its bearer send one kind of request without credentials for a while. The body is not signed for S3, and must
     * be empty for the others.
     *
     * @param method of the request
     * @param uri without the parameters of the signature
     * @param validity in whole seconds, up to the seven days that AWS allows
     */
    public URI presigned(String method, URI uri, Duration validity) {
        return presigned(
                HttpRequest.newBuilder(uri)
                        .method(method, HttpRequest.BodyPublishers.noBody())
                        .build(),
                validity);
    }

    /**
     * The same for a request whose headers are signed too, so that its bearer must send them as they are: {@code Content-Type}, {@code
     * X-Amz-…}. Its body is not: see above.
     *
     * @param request without the parameters of the signature
     * @param validity in whole seconds, up to the seven days that AWS allows
     */
    public URI presigned(HttpRequest request, Duration validity) {
        long seconds = Require.notNull(validity, "validity").toSeconds();
        Require.between(seconds, 1, 604_800, "validity in seconds");
        HttpMessage message = HttpMessage.of(request);
        HttpMessage.Target target = Objects.requireNonNull(message.target());
        Map<String, List<String>> headers = new LinkedHashMap<>(message.headers());
        headers.put("host", List.of(target.authority()));
        String payload = key.isS3() ? UNSIGNED_PAYLOAD : HmacKey.EMPTY_DIGEST;
        String query = presigned(new HttpMessage(target, 0, headers, null), payload, seconds);
        URI uri = request.uri();
        return URI.create(uri.getScheme() + "://" + uri.getRawAuthority() + uri.getRawPath() + "?" + query);
    }

    /** The query of a presigned URI: what is signed, and the signature. */
    String presigned(HttpMessage message, String payload, long seconds) {
        HttpMessage.Target target = Objects.requireNonNull(message.target());
        String time = TIME.format(env.now());
        SortedMap<String, String> signed = AwsRequest.headers(message.headers());
        String[] parameters = {
            "X-Amz-Algorithm",
            AwsRequest.ALGORITHM,
            "X-Amz-Credential",
            key.id() + '/' + key.scope(time),
            "X-Amz-Date",
            time,
            "X-Amz-SignedHeaders",
            AwsRequest.names(signed),
            "X-Amz-Expires",
            Long.toString(seconds)
        };
        String query = AwsRequest.query(target.query(), parameters);
        String unsigned = "";
        if (profile.token != null) {
            String token = "X-Amz-Security-Token=" + Percent.strict(profile.token);
            query = profile.tokenUnsigned ? query : AwsRequest.query(query + "&" + token);
            unsigned = profile.tokenUnsigned ? "&" + token : "";
        }
        String canonical = AwsRequest.canonical(target.method(), path(target.path()), query, signed, payload);
        return query + unsigned + "&X-Amz-Signature=" + key.signature(time, canonical);
    }

    @Override
    public String toString() {
        return "AwsSigner[" + key.id() + "]";
    }
}
