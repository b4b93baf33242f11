package io.fairlead.crypto;

import io.fairlead.Environment;
import io.fairlead.RequestSigner;
import io.fairlead.Require;
import io.fairlead.crypto.StructuredField.InnerList;
import io.fairlead.crypto.StructuredField.Item;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Signs requests with HTTP Message Signatures (RFC 9421), and their bodies through Content-Digest (RFC 9530).
 *
 * <p>By default it covers {@code @method}, {@code @target-uri} and {@code content-digest}, with date and nonce. Several signers
 * on one service add several signatures; each needs its own label, and a later one may cover an earlier one as {@code
 * signature;key="sig1"}. Immutable and thread-safe; {@link #toString} shows the key id only.
 */
public final class MessageSigner implements RequestSigner {

    /*
     * What FAPI 2.0 Message Signing wants of a request without authorization: what is done, where, and with what. A target URI
     * holds scheme, authority, path and query in one line.
     */
    private static final List<Component> DEFAULT =
            List.of(Component.parse("@method"), Component.parse("@target-uri"), Component.parse("content-digest"));

    private final MessageKey key;
    private final Profile profile;
    private final Environment env;
    private final Signing signing = new Signing();

    /** What the user may choose. Changed only in a copy, before a signer has it. */
    private static final class Profile implements Cloneable {
        private List<Component> components = DEFAULT;
        private String label = "sig1";
        private String digest = "sha-256";
        private boolean nonce = true;
        private boolean algorithm;
        private @Nullable Duration validity;
        private @Nullable String tag;

        @Override
        public Profile clone() {
            try {
                return (Profile) super.clone();
            } catch (CloneNotSupportedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private MessageSigner(MessageKey key, Profile profile, Environment env) {
        this.key = key;
        this.profile = profile;
        this.env = env;
    }

    static MessageSigner of(MessageKey key) {
        return new MessageSigner(key, new Profile(), Environment.system());
    }

    private MessageSigner with(Consumer<Profile> change) {
        Profile other = profile.clone();
        change.accept(other);
        return new MessageSigner(key, other, env);
    }

    /**
     * The same that covers these components: headers in lower case, derived components, each with parameters if need be, as
     * {@code @authority}, {@code content-type}, {@code @query-param;name="id"}, {@code example;sf}, {@code example;key="a"}, {@code
     * example;bs}. Each must be in the request, but for {@code content-digest}, which is always computed, and {@code
     * content-length} where the length of the body is known and not 0. {@code @status}, {@code req} and {@code tr} belong to responses and
     * trailers and are refused.
     */
    public MessageSigner components(String... components) {
        List<Component> parsed = Arrays.stream(Require.notNull(components, "components"))
                .map(Component::parse)
                .toList();
        for (Component component : parsed) {
            if (component.name().equals("@status") || component.has("req")) {
                throw Require.bad("component", component, "what a request has");
            }
        }
        return with(p -> p.components = parsed);
    }

    /** The same under another label, which tells the signatures of one request apart; default {@code sig1}. */
    public MessageSigner label(String label) {
        if (!Require.notNull(label, "label").matches("[a-z*][a-z0-9_.*-]{0,63}")) {
            throw Require.bad(
                    "label", "\"" + label + "\"", "1 to 64 of the characters a-z 0-9 _ - . *, no digit first");
        }
        return with(p -> p.label = label);
    }

    /** The same with another digest of the body: {@code sha-256}, the default, or {@code sha-512}. */
    public MessageSigner digest(String algorithm) {
        return with(p -> p.digest = ContentDigest.algorithm(algorithm));
    }

    /** The same without the parameter nonce, for partners that refuse it; a replay is then told by nothing but its date. */
    public MessageSigner withoutNonce() {
        return with(p -> p.nonce = false);
    }

    /** The same with the parameter alg; by default the key id alone tells the algorithm (RFC 9421, section 7.3.6). */
    public MessageSigner withAlgorithm() {
        return with(p -> p.algorithm = true);
    }

    /** The same with the parameter expires, so long after the date of the signature, in whole seconds; none by default. */
    public MessageSigner validity(Duration validity) {
        Require.between(Require.notNull(validity, "validity").toSeconds(), 1, 86_400, "validity in seconds");
        return with(p -> p.validity = validity);
    }

    /** The same with the parameter tag, which names the use, as {@code fapi-2-request}; none by default. */
    public MessageSigner tag(String tag) {
        Values.quotable(tag, "tag");
        return with(p -> p.tag = tag);
    }

    /** The same signer with another source of dates and nonces; default {@link Environment#system()}. */
    public MessageSigner environment(Environment env) {
        return new MessageSigner(key, profile, Require.notNull(env, "environment"));
    }

    /**
     * Waits for the body where its publisher does not publish at once, which {@link #signAsync} does not.
     *
     * @throws IllegalArgumentException if a component is not in the request or the label is taken
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
        boolean digested = profile.components.stream()
                .anyMatch(component -> component.name().equals("content-digest"));
        return new MessageDraft(
                HttpMessage.withLength(request), profile.label, parameters(), key, digested ? profile.digest : null);
    }

    private InnerList parameters() {
        long created = env.now().getEpochSecond();
        List<Item> items = profile.components.stream().map(Component::item).toList();
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("created", created);
        all.put("keyid", key.id());
        if (profile.algorithm) {
            all.put("alg", key.algorithm());
        }
        if (profile.validity != null) {
            all.put("expires", created + profile.validity.toSeconds());
        }
        if (profile.nonce) {
            all.put("nonce", Signing.nonce(env));
        }
        if (profile.tag != null) {
            all.put("tag", profile.tag);
        }
        return new InnerList(items, all);
    }

    @Override
    public String toString() {
        return "MessageSigner[" + key.id() + "]";
    }
}
