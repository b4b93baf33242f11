package io.fairlead.crypto;

import java.util.AbstractMap;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Keys by key id, of which some end with a certificate. Unmodifiable, in an order. */
final class CertifiedKeys<K> extends AbstractMap<String, K> {

    private final Map<String, K> keys;
    private final Map<String, Validity> ends;

    /** @param ends by key id; of those that are not in it nothing is known */
    CertifiedKeys(Map<String, K> keys, Map<String, Validity> ends) {
        this.keys = Collections.unmodifiableMap(new LinkedHashMap<>(keys));
        this.ends = Map.copyOf(ends);
    }

    /** The keys with what other ones say of when those among them end that are the same. */
    static <K> CertifiedKeys<K> as(Map<String, K> keys, Map<String, K> others) {
        Map<String, Validity> ends = new LinkedHashMap<>();
        if (others instanceof CertifiedKeys<K> certified) {
            certified.ends.forEach((id, end) -> {
                if (keys.get(id) == certified.keys.get(id)) {
                    ends.put(id, end);
                }
            });
        }
        return new CertifiedKeys<>(keys, ends);
    }

    /** Those that have ended, by key id. */
    Map<String, Validity> ended() {
        Map<String, Validity> ended = Map.of(); // nearly always
        for (Entry<String, Validity> one : ends.entrySet()) {
            if (one.getValue().isOver()) {
                ended = ended.isEmpty() ? new LinkedHashMap<>() : ended;
                ended.put(one.getKey(), one.getValue());
            }
        }
        return ended;
    }

    @Override
    public @Nullable K get(Object id) {
        return keys.get(id);
    }

    @Override
    public boolean containsKey(Object id) {
        return keys.containsKey(id);
    }

    @Override
    public Set<Entry<String, K>> entrySet() {
        return keys.entrySet();
    }
}
