package io.fairlead.simulator;

import io.fairlead.Attempt;
import io.fairlead.Listener;
import io.fairlead.Target;
import io.fairlead.simulator.SimServer.Phase;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** The defaults with few servers and with many: a fleet that is well loses nobody, and one that is sick is soon known. */
final class FleetSizes {

    static final List<Integer> SIZES = List.of(2, 10, 100);

    /** @param callsToSick calls that the first one got until it was ejected; in the whole minute if the strategy avoids it before that */
    record Row(SimResult result, long ejections, long callsToSick) {}

    private FleetSizes() {}

    /** One client that counts what it sends to the first server, until that is out. */
    private static final class Count implements Listener {
        private long calls;
        private long untilEjected = -1;
        private long ejections;

        private static boolean isFirst(Target target) {
            return "s0".equals(target.uri().getHost());
        }

        @Override
        public void attemptStarted(Attempt attempt) {
            calls += attempt.endpoint() != null && isFirst(attempt.endpoint().target()) ? 1 : 0;
        }

        @Override
        public void endpointEjected(String service, Target target, long nanos, String reason) {
            ejections++;
            if (isFirst(target) && untilEjected < 0) {
                untilEjected = calls;
            }
        }
    }

    /** All servers decline one payment in twelve; the first first one fails every other call instead, or not. */
    static Row run(int size, boolean oneSick) {
        SimServer[] servers = new SimServer[size];
        for (int i = 0; i < size; i++) {
            Phase phase = i == 0 && oneSick
                    ? Phase.fixed(Duration.ofMillis(50)).status(500).failureRate(0.5)
                    : Phase.fixed(Duration.ofMillis(50)).status(402).failureRate(0.08);
            servers[i] = SimServer.named("server" + i).phase(phase);
        }
        Count count = new Count();
        SimResult result = Simulation.named("fleet of " + size)
                .servers(servers)
                .rate(20.0 * size)
                .duration(Duration.ofSeconds(60))
                .poisson()
                .configuration((service, env) -> service.listener(count))
                .run(1);
        return new Row(result, count.ejections, count.untilEjected < 0 ? count.calls : count.untilEjected);
    }

    static String table() {
        StringBuilder text =
                new StringBuilder("Every server declines 8 % of payments (402) for a minute; then one of them"
                        + " fails half of its calls (500).\n\n"
                        + "| servers | ejections while all are well | calls to the sick one until it is out, or avoided for good | failed calls of all |\n"
                        + "|---|---|---|---|\n");
        for (int size : SIZES) {
            Row sick = run(size, true);
            long failed = sick.result().byStatus().getOrDefault(500, 0L);
            text.append(String.format(
                    Locale.ROOT,
                    "| %d | %d | %d | %d of %d |\n",
                    size,
                    run(size, false).ejections(),
                    sick.callsToSick(),
                    failed,
                    sick.result().sent()));
        }
        return text.toString();
    }
}
