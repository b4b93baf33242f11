package io.fairlead.crypto;

import io.fairlead.Require;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keys by key id that are exchanged while they are in use: one signs, all of them check.
 *
 * <p>A rotation has two steps, some time apart, as partners take theirs: {@link #rotate} adds a key that signs from then on, while what
 * the old one has signed is still accepted; {@link #retire} takes the old one away. {@link Keys#watched} makes a ring that follows a file
 * instead. Signers and verifiers ({@link Signers#rotating}, {@link Verifiers#rotating}) read the ring for every message, without a lock.
 *
 * <p>A key that came with its certificate ({@link Keys#privateKeysBySerial}, {@link Keys#publicKeysBySerial}, {@link Keys#privateKeyBySerial}) leaves the
 * ring when the certificate ends, even if nobody has exchanged it; a warning is logged once when that is two weeks ahead, or a third of its life.
 *
 * <p>Thread-safe; {@link #toString} shows the ids only.
 *
 * @param <K> what a key is: a {@link java.security.PrivateKey}, a {@link java.security.PublicKey}, a secret
 */
public final class KeyRing<K> implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(KeyRing.class);

    private final CopyOnWriteArrayList<Consumer<? super RuntimeException>> onFailure = new CopyOnWriteArrayList<>();
    private volatile CertifiedKeys<K> keys;
    private @Nullable FileWatch watch;

    /** The certificates of all keys have ended. */
    static final class Ended extends IllegalArgumentException {
        private static final long serialVersionUID = 1;

        Ended(String message) {
            super(message);
        }
    }

    private KeyRing(CertifiedKeys<K> keys) {
        this.keys = keys;
    }

    /** A ring of one key. */
    public static <K> KeyRing<K> of(String id, K key) {
        return of(Map.of(checkedId(id), Require.notNull(key, "key " + id)));
    }

    /** A ring of several keys, at least one, in the order of the map: the first signs. Copied. */
    public static <K> KeyRing<K> of(Map<String, K> keys) {
        return new KeyRing<>(checked(keys));
    }

    private static String checkedId(String id) {
        return Values.quotable(id, "key id");
    }

    private static <K> CertifiedKeys<K> checked(Map<String, K> keys) {
        if (Require.notNull(keys, "keys").isEmpty()) {
            throw Require.bad("keys", "empty", "at least one");
        }
        Map<String, K> copy = new LinkedHashMap<>();
        keys.forEach((id, key) -> copy.put(checkedId(id), Require.notNull(key, "key " + id)));
        return CertifiedKeys.as(copy, keys);
    }

    /**
     * All keys by id, the one that signs first; the same object until something changes.
     *
     * @throws IllegalArgumentException naming one's certificate, if those of all keys have ended
     */
    public Map<String, K> keys() {
        CertifiedKeys<K> now = keys;
        return now.ended().isEmpty() ? now : withoutEnded();
    }

    private synchronized Map<String, K> withoutEnded() {
        Map<String, Validity> ended = keys.ended();
        if (ended.isEmpty()) {
            return keys; // another thread was first
        }
        if (ended.size() == keys.size()) {
            throw new Ended(ended.values().iterator().next().reason());
        }
        Map<String, K> rest = new LinkedHashMap<>(keys);
        ended.forEach((id, end) -> {
            rest.remove(id);
            LOG.warn("{}: left out of {}", end.reason(), this);
        });
        keys = CertifiedKeys.as(rest, keys);
        return keys;
    }

    /** The key that signs, under its id. */
    public Map.Entry<String, K> signing() {
        return keys().entrySet().iterator().next();
    }

    /** Adds a key, which signs from now on; those before it are still good for checking. */
    public void rotate(String id, K key) {
        checkedId(id);
        Require.notNull(key, "key " + id);
        change(before -> {
            Map<String, K> more = new LinkedHashMap<>();
            more.put(id, key);
            before.forEach(more::putIfAbsent);
            return more;
        });
    }

    /**
     * Takes a key away: what it has signed is refused from now on.
     *
     * @throws IllegalArgumentException if there is no such key, or if it is the one that signs
     */
    public void retire(String id) {
        change(before -> {
            if (!before.containsKey(id)
                    || before.entrySet().iterator().next().getKey().equals(id)) {
                throw Require.bad("key id to retire", "\"" + id + "\"", "one of " + ids() + " but the first");
            }
            Map<String, K> fewer = new LinkedHashMap<>(before);
            fewer.remove(id);
            return fewer;
        });
    }

    /** Exchanges all keys at once; the first signs. */
    public void replace(Map<String, K> keys) {
        CertifiedKeys<K> checked = checked(keys);
        change(before -> checked);
    }

    private synchronized void change(UnaryOperator<Map<String, K>> change) {
        Map<String, K> changed = change.apply(keys);
        keys = changed instanceof CertifiedKeys<K> whole ? whole : CertifiedKeys.as(changed, keys);
    }

    private String ids() {
        return keys.keySet().toString();
    }

    /** Adds who is told when a new key cannot be used, so that the old ones stay: a wrong file, a key that does not fit its signer. */
    public KeyRing<K> onFailure(Consumer<? super RuntimeException> listener) {
        onFailure.add(Require.notNull(listener, "failure listener"));
        return this;
    }

    void failed(RuntimeException e) {
        onFailure.forEach(listener -> listener.accept(e));
    }

    /** Follows what the watch reads, until it is closed. */
    KeyRing<K> following(FileWatch watch) {
        this.watch = watch;
        return this;
    }

    /** Stops following a file; the keys stay. */
    @Override
    public void close() {
        if (watch != null) {
            watch.close();
        }
    }

    @Override
    public String toString() {
        return "KeyRing" + ids();
    }
}
