package io.fairlead;

import java.util.Set;

/**
 * Makes strategies (limiters, ejections, signers …) by name, so that they can be chosen in a configuration file.
 *
 * <p>Found by {@link java.util.ServiceLoader}: a user's own jar provides it in its {@code module-info.java} or in
 * {@code META-INF/services/io.fairlead.Factory} and is used exactly like Fairlead's own. Needs a public no-argument constructor.
 *
 * @param <T> what it makes: {@link Balancer}, {@link RateLimiter}, {@link Ejection}, {@link RequestSigner} …
 */
public interface Factory<T> {

    /** What it makes: the interface, not the implementation. */
    Class<T> type();

    /** The names it answers to: lower case, words joined by {@code -}; not empty. */
    Set<String> names();

    /**
     * Makes a new one.
     *
     * @param name one of {@link #names()}
     * @param settings what the configuration says
     * @throws IllegalArgumentException for a bad setting; the message names it, its value and what is allowed
     */
    T create(String name, Settings settings, Environment env);
}
