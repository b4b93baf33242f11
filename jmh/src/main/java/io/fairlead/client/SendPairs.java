package io.fairlead.client;

import java.util.Arrays;
import java.util.Locale;

/**
 * Raw and balanced calls in turn, in one process: what JMH's runs one after another cannot tell on a machine whose speed drifts.
 * Each pair is two blocks of calls, the order within the pair alternating; printed are the ratio of each pair and their
 * quartiles. Arguments: pairs (default 20), calls a block (default 2000).
 */
public final class SendPairs {

    private interface Call {
        int send() throws Exception;
    }

    private SendPairs() {}

    /** Runs the pairs of send, then those of sendAsync. */
    public static void main(String[] args) throws Exception {
        int pairs = args.length > 0 ? Integer.parseInt(args[0]) : 20;
        int calls = args.length > 1 ? Integer.parseInt(args[1]) : 2000;
        SendBenchmark clients = new SendBenchmark();
        clients.setUp();
        try {
            compare("send", clients::rawSend, clients::balancedSend, pairs, calls);
            compare("sendAsync", clients::rawSendAsync, clients::balancedSendAsync, pairs, calls);
        } finally {
            clients.tearDown();
        }
        System.exit(0);
    }

    private static void compare(String what, Call raw, Call balanced, int pairs, int calls) throws Exception {
        for (int i = 0; i < 5; i++) { // warm-up
            micros(raw, calls);
            micros(balanced, calls);
        }
        double[] ratios = new double[pairs];
        double[] rawMicros = new double[pairs];
        for (int i = 0; i < pairs; i++) {
            double first = micros(i % 2 == 0 ? raw : balanced, calls);
            double second = micros(i % 2 == 0 ? balanced : raw, calls);
            rawMicros[i] = i % 2 == 0 ? first : second;
            ratios[i] = i % 2 == 0 ? second / first : first / second;
        }
        System.out.printf(
                Locale.ROOT,
                "%s: balanced/raw over %d pairs of %d calls: median %.3f, quartiles %.3f to %.3f, range %.3f to %.3f;"
                        + " raw median %.1f us%n",
                what,
                pairs,
                calls,
                quantile(ratios, 0.5),
                quantile(ratios, 0.25),
                quantile(ratios, 0.75),
                quantile(ratios, 0),
                quantile(ratios, 1),
                quantile(rawMicros, 0.5));
    }

    private static double micros(Call call, int calls) throws Exception {
        long start = System.nanoTime();
        for (int i = 0; i < calls; i++) {
            if (call.send() != 200) {
                throw new IllegalStateException("the server failed");
            }
        }
        return (System.nanoTime() - start) / 1e3 / calls;
    }

    private static double quantile(double[] values, double q) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[(int) Math.round(q * (sorted.length - 1))];
    }
}
