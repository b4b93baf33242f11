package io.fairlead.health;

import io.fairlead.Ejection;
import io.fairlead.Environment;
import io.fairlead.Factory;
import io.fairlead.Settings;
import java.time.Duration;
import java.util.Set;

/**
 * Makes ejections by name: {@code standard}, {@code consecutive-failures} and {@code none}. Settings of the first two: failures, base-time,
 * max-time; of {@code standard} also failure-share, slow-time and slow-share (both or none), window, least-calls, compare-declines
 * (true or false).
 */
public final class EjectionFactory implements Factory<Ejection> {

    /** For the service loader. */
    public EjectionFactory() {}

    @Override
    public Class<Ejection> type() {
        return Ejection.class;
    }

    @Override
    public Set<String> names() {
        return Set.of("standard", "consecutive-failures", "none");
    }

    @Override
    public Ejection create(String name, Settings settings, Environment env) {
        return switch (name) {
            case "none" -> {
                settings.known();
                yield Ejection.none();
            }
            case "consecutive-failures" -> {
                settings.known("failures", "base-time", "max-time");
                yield timed(Ejections.consecutiveFailures(failures(settings)), settings);
            }
            default -> standard(settings);
        };
    }

    private static int failures(Settings settings) {
        return (int) settings.number("failures", 5, 1, Integer.MAX_VALUE);
    }

    private static TrafficEjection timed(TrafficEjection ejection, Settings settings) {
        Duration base = settings.duration("base-time", Duration.ofSeconds(30));
        Duration most =
                settings.duration("max-time", base.compareTo(Duration.ofMinutes(5)) > 0 ? base : Duration.ofMinutes(5));
        return ejection.baseTime(base).maxTime(most);
    }

    private static TrafficEjection standard(Settings settings) {
        settings.known(
                "failures",
                "base-time",
                "max-time",
                "failure-share",
                "slow-time",
                "slow-share",
                "window",
                "least-calls",
                "compare-declines");
        TrafficEjection ejection = timed(Ejections.standard(), settings)
                .failuresInARow(failures(settings))
                .failureShare(settings.decimal("failure-share", 0.5, 1e-6, 1))
                .window(settings.duration("window", Duration.ofSeconds(10)), (int)
                        settings.number("least-calls", 10, 1, Integer.MAX_VALUE));
        if (settings.text("slow-time") != null || settings.text("slow-share") != null) {
            settings.required("slow-time");
            settings.required("slow-share");
            ejection = ejection.slowShare(
                    settings.duration("slow-time", Duration.ofSeconds(1)), settings.decimal("slow-share", 1, 1e-6, 1));
        }
        return settings.flag("compare-declines", false) ? ejection.comparingDeclines() : ejection;
    }
}
