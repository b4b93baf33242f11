package io.fairlead.health;

import io.fairlead.Admission;
import io.fairlead.Environment;
import io.fairlead.Factory;
import io.fairlead.Settings;
import java.util.Set;

/**
 * Makes the limits of {@link ConcurrencyLimits} for a service as a whole by name, as admissions: {@code aimd}, {@code queue-aware}, {@code gradient2}
 * and {@code vegas}. Settings: as of {@link ConcurrencyLimitFactory}, and queue, how many may wait (default 1 000).
 */
public final class AdaptiveBulkheadFactory implements Factory<Admission> {

    /** For the service loader. */
    public AdaptiveBulkheadFactory() {}

    @Override
    public Class<Admission> type() {
        return Admission.class;
    }

    @Override
    public Set<String> names() {
        return Set.of("aimd", "queue-aware", "gradient2", "vegas");
    }

    @Override
    public Admission create(String name, Settings settings, Environment env) {
        settings.known("initial", "least", "most", "count-failures", "queue");
        return Admissions.bulkhead(ConcurrencyLimitFactory.adaptive(name, settings))
                .queue((int) settings.number("queue", 1_000, 0, 1_000_000))
                .environment(env)
                .build();
    }
}
