package io.fairlead.health;

import io.fairlead.ConcurrencyLimit;
import io.fairlead.Environment;
import io.fairlead.Factory;
import io.fairlead.Settings;
import java.util.Set;

/**
 * Makes the limits of {@link ConcurrencyLimits} by name: {@code aimd}, {@code queue-aware}, {@code gradient2}, {@code vegas} and {@code none}.
 * Settings of all but the last: initial, least, most, count-failures (true or false).
 */
public final class ConcurrencyLimitFactory implements Factory<ConcurrencyLimit> {

    /** For the service loader. */
    public ConcurrencyLimitFactory() {}

    @Override
    public Class<ConcurrencyLimit> type() {
        return ConcurrencyLimit.class;
    }

    @Override
    public Set<String> names() {
        return Set.of("aimd", "queue-aware", "gradient2", "vegas", "none");
    }

    @Override
    public ConcurrencyLimit create(String name, Settings settings, Environment env) {
        if (name.equals("none")) {
            settings.known();
            return ConcurrencyLimit.none();
        }
        settings.known("initial", "least", "most", "count-failures");
        return adaptive(name, settings);
    }

    /** The limit of one of these names, with what its settings say of it. */
    static ConcurrencyLimits.Adaptive adaptive(String name, Settings settings) {
        ConcurrencyLimits.Adaptive limit = switch (name) {
            case "aimd" -> ConcurrencyLimits.aimd();
            case "queue-aware" -> ConcurrencyLimits.queueAware();
            case "gradient2" -> ConcurrencyLimits.gradient2();
            case "vegas" -> ConcurrencyLimits.vegas();
            default -> throw new IllegalArgumentException("concurrency limit " + name + " is not known");
        };
        ConcurrencyLimits.Bounds bounds = limit.bounds();
        int least = number(settings, "least", bounds.least(), 1);
        limit = limit.between(least, number(settings, "most", Math.max(least, bounds.most()), least));
        String initial = settings.text("initial");
        limit = initial == null ? limit : limit.initial(number(settings, "initial", 1, 1));
        return settings.flag("count-failures", false) ? limit.countFailures() : limit;
    }

    private static int number(Settings settings, String name, int whenUnset, int least) {
        return (int) settings.number(name, whenUnset, least, 1_000_000);
    }
}
