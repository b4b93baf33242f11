package io.fairlead.crypto;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.fairlead.Environment;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One token in use: how it is fetched, how it is proven, and how often it was rejected. Thread-safe. */
final class Grant {

    /**
     * What makes one token, which whoever asks for the same shares. Credentials, keys and clients are the same if they are the very
     * objects: no secret is compared, and none is guessed by asking for a token that is there.
     *
     * @param auth the setting by which the client authenticates
     * @param parameters of the form, whose order does not count
     */
    private record Name(
            String server,
            boolean discovered,
            Object client,
            Object auth,
            Set<Map.Entry<String, String>> parameters,
            @Nullable String certificate,
            @Nullable Object proofKey,
            @Nullable URI outside,
            boolean plainHttp,
            Duration timeout,
            Object env) {

        static Name of(TokenOptions o) {
            return new Name(
                    o.server(),
                    o.issuer != null,
                    new Same(o.client),
                    new Same(o.auth),
                    Set.copyOf(o.parameters),
                    o.certificate,
                    o.proofKey == null ? null : new Same(o.proofKey),
                    o.outside,
                    o.plainHttp,
                    o.timeout,
                    new Same(o.env));
        }

        @Override
        public String toString() {
            return server;
        }
    }

    /** Equal to itself only, whatever the object says. */
    private record Same(Object object) {

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Same same && same.object == object;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(object);
        }
    }

    /** The grants of signers that were made from one another; what no signer uses any more is forgotten. Thread-safe. */
    static final class Family {

        private final Cache<Name, Grant> grants =
                Caffeine.newBuilder().weakValues().executor(Runnable::run).build();

        Grant of(TokenOptions options) {
            return grants.get(Name.of(options), name -> new Grant(options));
        }

        @Override
        public String toString() {
            return "Family[" + grants.estimatedSize() + "]";
        }
    }

    final @Nullable DpopProofs proofs;
    final Fetched<AccessToken> tokens;
    final Rejections rejections;

    private Grant(TokenOptions options) {
        Environment env = options.env;
        ServerClock clock = new ServerClock(env);
        this.proofs = options.proofKey == null ? null : new DpopProofs(options.proofKey, options.outside, clock, env);
        this.tokens = new Fetched<>(
                "the token of client " + options,
                options.timeout.toNanos(),
                env,
                new TokenFetch(options, clock, proofs));
        this.rejections = new Rejections(env);
    }
}
