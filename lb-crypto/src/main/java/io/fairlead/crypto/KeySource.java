package io.fairlead.crypto;

import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Where the keys of an issuer come from. Thread-safe. */
interface KeySource {

    /** The keys if they are there; never waits. */
    @Nullable
    JwsKeys usable();

    /** The keys. */
    CompletableFuture<JwsKeys> get();

    /** Keys that may be newer than these, which lack what is wanted; or these again. */
    CompletableFuture<JwsKeys> newer(JwsKeys than, Predicate<JwsKeys> wanted);

    /** Keys that are given and stay. */
    static KeySource fixed(JwsKeys keys) {
        return new KeySource() {
            @Override
            public JwsKeys usable() {
                return keys;
            }

            @Override
            public CompletableFuture<JwsKeys> get() {
                return CompletableFuture.completedFuture(keys);
            }

            @Override
            public CompletableFuture<JwsKeys> newer(JwsKeys than, Predicate<JwsKeys> wanted) {
                return CompletableFuture.completedFuture(keys);
            }

            @Override
            public String toString() {
                return "given keys";
            }
        };
    }
}
