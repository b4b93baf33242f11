package io.fairlead.examples;

import io.fairlead.Environment;
import io.fairlead.Providers;
import io.fairlead.Settings;
import java.util.HashMap;
import java.util.Map;

/**
 * Something that an option chooses by name: {@code NAME[,SETTING=VALUE…]}.
 *
 * @param option the option, for messages
 * @param name of a provider
 * @param settings by name
 */
record Named(String option, String name, Map<String, String> settings) {

    static Named parse(String option, String text) throws UsageException {
        String[] words = text.split(",", -1);
        Map<String, String> settings = new HashMap<>();
        for (int i = 1; i < words.length; i++) {
            int equals = words[i].indexOf('=');
            if (equals < 1) {
                throw new UsageException(option + ": \"" + words[i] + "\": allowed is setting=value");
            }
            settings.put(words[i].substring(0, equals).trim(), words[i].substring(equals + 1));
        }
        return new Named(option, words[0], settings);
    }

    /** Whether something of this type can be made by the name. */
    boolean isA(Class<?> type) {
        return Providers.load().names(type).contains(name);
    }

    /** Made by its provider. */
    <T> T make(Class<T> type) throws UsageException {
        try {
            return Providers.load().create(type, name, Settings.of(settings), Environment.system());
        } catch (IllegalArgumentException e) {
            throw new UsageException(option + ": " + e.getMessage());
        }
    }
}
