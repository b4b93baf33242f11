package io.fairlead.stress;

import java.util.Set;
import java.util.TreeSet;
import org.openjdk.jcstress.JCStress;
import org.openjdk.jcstress.Options;
import org.openjdk.jcstress.infra.Status;
import org.openjdk.jcstress.infra.collectors.DiskReadCollector;
import org.openjdk.jcstress.infra.collectors.InProcessCollector;
import org.openjdk.jcstress.infra.collectors.TestResult;

/**
 * Runs all tests with jcstress's own options. Fails where an outcome was seen that may not be, and, unlike jcstress itself, where a test
 * was skipped in each of its forks: one that could not start has shown nothing.
 */
public final class Stress {

    private Stress() {}

    /** With the arguments of {@code org.openjdk.jcstress.Main}. */
    public static void main(String[] args) throws Exception {
        Options options = new Options(args);
        if (!options.parse()) {
            System.exit(1);
        }
        JCStress stress = new JCStress(options);
        stress.run();
        Set<String> without = new TreeSet<>(stress.getTests());
        without.removeAll(passed(options));
        if (!without.isEmpty() || stress.getTests().isEmpty()) {
            System.out.println("Tests without a result: " + without);
            System.exit(1);
        }
    }

    private static Set<String> passed(Options options) throws Exception {
        InProcessCollector results = new InProcessCollector();
        DiskReadCollector file = new DiskReadCollector(options.getResultFile(), results);
        file.dump();
        file.close();
        Set<String> passed = new TreeSet<>();
        for (TestResult result : results.getTestResults()) {
            if (result.status() == Status.NORMAL) {
                passed.add(result.getName());
            }
        }
        return passed;
    }
}
