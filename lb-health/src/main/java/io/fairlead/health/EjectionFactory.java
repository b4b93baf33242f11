package io.fairlead.health;

import io.fairlead.Ejection;
import io.fairlead.Environment;
import io.fairlead.Factory;
import io.fairlead.Settings;
import java.time.Duration;
import java.util.Set;

/** Makes ejections by name: {@code consecutive-failures} with the settings failures, base-time and max-time. */
public final class EjectionFactory implements Factory<Ejection> {

    /** For the service loader. */
    public EjectionFactory() {}

    @Override
    public Class<Ejection> type() {
        return Ejection.class;
    }

    @Override
    public Set<String> names() {
        return Set.of("consecutive-failures");
    }

    @Override
    public Ejection create(String name, Settings settings, Environment env) {
        settings.known("failures", "base-time", "max-time");
        int failures = (int) settings.number("failures", 5, 1, Integer.MAX_VALUE);
        Duration base = settings.duration("base-time", Duration.ofSeconds(30));
        Duration most =
                settings.duration("max-time", base.compareTo(Duration.ofMinutes(5)) > 0 ? base : Duration.ofMinutes(5));
        return Ejections.consecutiveFailures(failures).baseTime(base).maxTime(most);
    }
}
