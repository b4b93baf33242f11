package io.fairlead.client;

import com.sun.management.OperatingSystemMXBean;
import io.fairlead.HealthCheck;
import io.fairlead.Service;
import io.fairlead.Target;
import io.fairlead.health.Probes;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * What does it cost to probe 10 000 endpoints every 5 s? Prints processor time, heap and threads of this process; the server that answers for all
 * of them, at as many addresses of the loopback network, is a process of its own.
 *
 * <pre>{@code java -cp jmh/target/benchmarks.jar io.fairlead.client.ProbeLoad [tcp]}</pre>
 */
public final class ProbeLoad {

    private static final int ENDPOINTS = 10_000;

    private static final int HOSTS_OF_A_NET = 250;

    private static final int ROUNDS = 6;

    private static final Duration INTERVAL = Duration.ofSeconds(5);

    private ProbeLoad() {}

    /** With {@code tcp}, connections alone; else HTTP. */
    public static void main(String[] args) throws Exception {
        Process server = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-Dsun.net.httpserver.maxIdleConnections=20000",
                        OkServer.class.getName(),
                        "0.0.0.0")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            int port = Integer.parseInt(new String(server.getInputStream().readNBytes(5), StandardCharsets.US_ASCII));
            measure(port, args.length > 0 && args[0].equals("tcp"));
        } finally {
            server.destroy();
        }
    }

    private static void measure(int port, boolean tcp) throws InterruptedException {
        LongAdder asked = new LongAdder();
        var probe = tcp ? Probes.tcp() : Probes.http("/health");
        HealthCheck check = HealthCheck.of((target, client) -> {
                    asked.increment();
                    return probe.probe(target, client);
                })
                .withInterval(INTERVAL)
                .withIntervalWhileIdle(INTERVAL);
        System.out.println("round | probes | not ready | processor | heap after GC | threads | of ours");
        try (BalancedClient client = BalancedClient.builder()
                .service(Service.named("fleet")
                        .targets(targets(port))
                        .healthCheck(check)
                        .build())
                .build()) {
            for (int round = 1; round <= ROUNDS; round++) {
                long before = processorNanos();
                asked.reset();
                TimeUnit.NANOSECONDS.sleep(INTERVAL.toNanos());
                print(round, asked.sum(), processorNanos() - before, client);
            }
        }
    }

    private static List<Target> targets(int port) {
        List<Target> targets = new ArrayList<>();
        for (int i = 0; i < ENDPOINTS; i++) {
            targets.add(Target.of("http://127.1." + i / HOSTS_OF_A_NET + "." + (1 + i % HOSTS_OF_A_NET) + ":" + port));
        }
        return targets;
    }

    private static long processorNanos() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    private static void print(int round, long probes, long nanos, BalancedClient client) {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        long notReady = client.service("fleet").endpoints().stream()
                .filter(e -> e.state() != EndpointState.READY)
                .count();
        System.out.printf(
                Locale.ROOT,
                "%d | %d | %d | %.1f %% of one | %d MiB | %d | %d%n",
                round,
                probes,
                notReady,
                100.0 * nanos / INTERVAL.toNanos(),
                (runtime.totalMemory() - runtime.freeMemory()) >> 20,
                ManagementFactory.getThreadMXBean().getThreadCount(),
                Thread.getAllStackTraces().keySet().stream()
                        .filter(thread -> thread.getName().startsWith("fairlead-"))
                        .count());
    }
}
