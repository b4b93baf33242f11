package io.fairlead.simulator;

import io.fairlead.Balancer;
import io.fairlead.Environment;
import io.fairlead.Providers;
import io.fairlead.Settings;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Runs the scenarios for strategies by name and prints their medians beside what the peer published. */
final class ScenarioTable {

    private ScenarioTable() {}

    static Simulation.Configuration strategy(String name) {
        if (name.equals("peer")) {
            return PeerPolicy::configure;
        }
        Balancer balancer = Providers.load().create(Balancer.class, name, Settings.none(), Environment.system());
        return (service, env) -> service.balancer(balancer).classifier(Scenarios.classifier());
    }

    static double median(List<SimResult> results, java.util.function.ToDoubleFunction<SimResult> of) {
        double[] values = results.stream().mapToDouble(of).sorted().toArray();
        return (values[(values.length - 1) / 2] + values[values.length / 2]) / 2;
    }

    public static void main(String[] args) {
        List<String> strategies = args.length > 1 ? Arrays.asList(args[1].split(",", -1)) : List.of("peer", "standard");
        int seeds = args.length > 0 ? Integer.parseInt(args[0]) : 5;
        for (Scenarios.Scenario scenario : Scenarios.all()) {
            if (args.length > 2 && !scenario.name().contains(args[2])) {
                continue;
            }
            StringBuilder line = new StringBuilder(String.format(
                    Locale.ROOT, "%-30s %5.1f/%-8.4f", scenario.name(), scenario.bestSuccess(), scenario.bestMean()));
            for (String name : strategies) {
                List<SimResult> results =
                        scenario.simulation().configuration(strategy(name)).runSeeds(seeds);
                line.append(String.format(
                        Locale.ROOT,
                        " | %s %6.2f / %.5f (all %.4f) x%.2f leak %d dbl %d",
                        name,
                        median(results, SimResult::successPercent),
                        median(results, r -> r.successful().mean()),
                        median(results, r -> r.all().mean()),
                        median(results, SimResult::attemptsPerCall),
                        results.stream().mapToLong(SimResult::leaked).sum(),
                        results.stream().mapToLong(SimResult::doubled).sum()));
            }
            System.out.println(line);
        }
    }
}
