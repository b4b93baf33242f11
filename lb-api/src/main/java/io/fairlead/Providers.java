package io.fairlead;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What can be made by name: the {@link Factory factories} that {@link ServiceLoader} finds, Fairlead's own and users' alike.
 *
 * <p>Loaded afresh by each call of {@link #load}, once per client; immutable afterwards.
 */
public final class Providers {

    private final Map<Class<?>, Map<String, Factory<?>>> byTypeAndName;

    private Providers(Map<Class<?>, Map<String, Factory<?>>> byTypeAndName) {
        this.byTypeAndName = byTypeAndName;
    }

    /** The factories visible to the calling thread's context class loader (to Fairlead's own where there is none). */
    public static Providers load() {
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        return load(context != null ? context : Providers.class.getClassLoader());
    }

    /**
     * The factories visible to a class loader.
     *
     * @throws IllegalArgumentException if two factories answer to the same name for the same type; the message names both
     * @throws java.util.ServiceConfigurationError if a factory cannot be loaded
     */
    @SuppressWarnings("rawtypes") // ServiceLoader knows classes, not Factory<T>
    public static Providers load(ClassLoader loader) {
        Map<Class<?>, Map<String, Factory<?>>> found = new HashMap<>();
        for (Factory factory : ServiceLoader.load(Factory.class, loader)) {
            add(found, factory);
        }
        return new Providers(found);
    }

    /** Exactly these factories. */
    public static Providers of(Collection<? extends Factory<?>> factories) {
        Map<Class<?>, Map<String, Factory<?>>> found = new HashMap<>();
        factories.forEach(factory -> add(found, factory));
        return new Providers(found);
    }

    private static void add(Map<Class<?>, Map<String, Factory<?>>> found, Factory<?> factory) {
        Map<String, Factory<?>> names = found.computeIfAbsent(factory.type(), type -> new TreeMap<>());
        for (String name : factory.names()) {
            Factory<?> other = names.putIfAbsent(name, factory);
            if (other != null) {
                throw new IllegalArgumentException(factory.type().getSimpleName() + " name " + name
                        + " is provided twice, by " + other.getClass().getName() + " and by "
                        + factory.getClass().getName() + ": one of them must go");
            }
        }
    }

    /** The names that something of this type can be made by, sorted. */
    public Set<String> names(Class<?> type) {
        return new TreeSet<>(byTypeAndName.getOrDefault(type, Map.of()).keySet());
    }

    /**
     * Makes something by name.
     *
     * @throws IllegalArgumentException if the name is unknown (the message lists the known ones and suggests the nearest), or
     *     a setting is bad
     */
    public <T> T create(Class<T> type, String name, Settings settings, Environment env) {
        Map<String, Factory<?>> factories = byTypeAndName.getOrDefault(type, Map.of());
        Factory<?> factory = factories.get(Require.notBlank(name, "name of the " + type.getSimpleName()));
        if (factory == null) {
            throw new IllegalArgumentException(type.getSimpleName() + " " + name + " is not known: known are "
                    + (factories.isEmpty() ? "none" : String.join(", ", factories.keySet()))
                    + suggestion(name, factories.keySet()));
        }
        return type.cast(factory.create(name, settings, env));
    }

    /** "; did you mean x?" for the nearest of the known names, or nothing where none is near. */
    static String suggestion(String name, Collection<String> known) {
        String nearest = "";
        int best = 1 + Math.max(2, name.length() / 3);
        for (String candidate : known) {
            int distance = distance(name, candidate);
            if (distance < best) {
                best = distance;
                nearest = candidate;
            }
        }
        return nearest.isEmpty() ? "" : "; did you mean " + nearest + "?";
    }

    /* Levenshtein's edit distance, one row at a time; letters compare without case, and '_' is as good as '-'. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int substituted = diagonal + (same(a.charAt(i - 1), b.charAt(j - 1)) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, 1 + Math.min(row[j - 1], row[j]));
            }
        }
        return row[b.length()];
    }

    private static boolean same(char a, char b) {
        return Character.toLowerCase(a == '_' ? '-' : a) == Character.toLowerCase(b == '_' ? '-' : b);
    }
}
