package io.fairlead.health;

import io.fairlead.Admission;
import io.fairlead.Environment;
import io.fairlead.Factory;
import io.fairlead.Settings;
import java.time.Duration;
import java.util.Set;

/**
 * Makes the admissions of {@link Admissions} by name, with their defaults.
 *
 * <ul>
 *   <li>{@code circuit-breaker}: failure-ratio, minimum-calls, window, slow-time and slow-ratio (both or neither), open-time,
 *       max-open-time, trials, successes, lease, hold
 *   <li>{@code bulkhead}: in-flight (required), queue
 *   <li>{@code aimd}, {@code queue-aware}, {@code gradient2} and {@code vegas}: a bulkhead that learns how many; as of {@link
 *       ConcurrencyLimitFactory}, and queue (default 1 000)
 * </ul>
 */
public final class AdmissionFactory implements Factory<Admission> {

    /** For the service loader. */
    public AdmissionFactory() {}

    @Override
    public Class<Admission> type() {
        return Admission.class;
    }

    @Override
    public Set<String> names() {
        return Set.of("circuit-breaker", "bulkhead", "aimd", "queue-aware", "gradient2", "vegas");
    }

    @Override
    public Admission create(String name, Settings settings, Environment env) {
        return switch (name) {
            case "circuit-breaker" -> circuitBreaker(settings, env);
            case "bulkhead" -> bulkhead(settings, env);
            default -> adaptiveBulkhead(name, settings, env);
        };
    }

    private static Admission adaptiveBulkhead(String name, Settings settings, Environment env) {
        settings.known("initial", "least", "most", "count-failures", "queue");
        return Admissions.bulkhead(ConcurrencyLimitFactory.adaptive(name, settings))
                .queue((int) settings.number("queue", 1_000, 0, 1_000_000))
                .environment(env)
                .build();
    }

    private static Admission bulkhead(Settings settings, Environment env) {
        settings.known("in-flight", "queue").required("in-flight");
        int inFlight = whole(settings, "in-flight", 1, 1);
        return Admissions.bulkhead(inFlight)
                .queue(whole(settings, "queue", inFlight, 0))
                .environment(env)
                .build();
    }

    private static Admission circuitBreaker(Settings settings, Environment env) {
        settings.known(
                "failure-ratio",
                "minimum-calls",
                "window",
                "slow-time",
                "slow-ratio",
                "open-time",
                "max-open-time",
                "trials",
                "successes",
                "lease",
                "hold");
        Duration open = settings.duration("open-time", Duration.ofSeconds(5));
        Duration longest = Duration.ofSeconds(60);
        Admissions.CircuitBreakerBuilder breaker = Admissions.circuitBreaker()
                .failureRatio(settings.decimal("failure-ratio", 0.5, 1e-6, 1))
                .minimumCalls(whole(settings, "minimum-calls", 20, 1))
                .window(settings.duration("window", Duration.ofSeconds(10)))
                .openTime(open, settings.duration("max-open-time", open.compareTo(longest) > 0 ? open : longest))
                .trials(whole(settings, "trials", 1, 1), whole(settings, "successes", 3, 1))
                .lease(settings.duration("lease", Duration.ofSeconds(10)))
                .environment(env);
        slowCalls(breaker, settings);
        int hold = whole(settings, "hold", 0, 0);
        return hold == 0 ? breaker.build() : breaker.hold(hold).build();
    }

    private static void slowCalls(Admissions.CircuitBreakerBuilder breaker, Settings settings) {
        if (settings.text("slow-time") != null || settings.text("slow-ratio") != null) {
            settings.required("slow-time");
            settings.required("slow-ratio");
            breaker.slowCalls(
                    settings.duration("slow-time", Duration.ofSeconds(1)), settings.decimal("slow-ratio", 1, 1e-6, 1));
        }
    }

    private static int whole(Settings settings, String name, int whenUnset, int least) {
        return (int) settings.number(name, whenUnset, least, Integer.MAX_VALUE);
    }
}
