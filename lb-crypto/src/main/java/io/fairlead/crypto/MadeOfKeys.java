package io.fairlead.crypto;

import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is made of the keys of a ring, anew whenever they change. If that fails, what was made of the keys before stays in use and the
 * ring's listeners are told, once. Thread-safe; without a lock as long as nothing changes.
 */
final class MadeOfKeys<K, T> implements Supplier<T> {

    private static final Logger LOG = LoggerFactory.getLogger(KeyRing.class);

    private final KeyRing<K> ring;
    private final Function<Map<String, K>, T> make;
    private volatile Made<K, T> made;

    private record Made<K, T>(Map<String, K> of, T thing) {}

    /** @throws IllegalArgumentException if nothing can be made of the keys of now */
    MadeOfKeys(KeyRing<K> ring, Function<Map<String, K>, T> make) {
        this.ring = ring;
        this.make = make;
        Map<String, K> keys = ring.keys();
        this.made = new Made<>(keys, make.apply(keys));
    }

    @Override
    public T get() {
        Map<String, K> keys = ring.keys();
        Made<K, T> known = made;
        return known.of == keys ? known.thing : renewed();
    }

    /** What was made last, whatever has become of the keys. */
    T last() {
        return made.thing;
    }

    private synchronized T renewed() {
        Map<String, K> keys = ring.keys();
        Made<K, T> known = made;
        if (known.of == keys) {
            return known.thing; // another thread was first
        }
        T thing = known.thing;
        try {
            thing = make.apply(keys);
        } catch (RuntimeException e) {
            String why = e instanceof IllegalArgumentException
                    ? e.getMessage()
                    : e.getClass().getName();
            LOG.warn("{} cannot be used, the keys before stay: {}", ring, why);
            ring.failed(e);
        }
        made = new Made<>(keys, thing);
        return thing;
    }

    @Override
    public String toString() {
        return made.thing.toString();
    }
}
