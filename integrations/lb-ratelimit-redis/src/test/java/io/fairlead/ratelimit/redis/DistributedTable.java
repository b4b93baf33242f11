package io.fairlead.ratelimit.redis;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * What arrives at a partner from 1, 4 and 16 processes that share one Redis, in calm and in trouble. Not a test: it measures for some
 * minutes, and prints the table of docs/limits-redis.md.
 *
 * <pre>./mvnw test -pl integrations/lb-ratelimit-redis -am -Dtest=DistributedTable -Dsurefire.failIfNoSpecifiedTests=false</pre>
 */
class DistributedTable {

    static final int QUOTA = 200;
    static final int BURST = 20;

    private static final long SECOND = 1_000_000_000L;

    /** When calls arrived at the partner. */
    private final ConcurrentLinkedQueue<Long> arrivals = new ConcurrentLinkedQueue<>();

    /** The processes of which calls have arrived. */
    private final AtomicInteger warm = new AtomicInteger();

    private final List<Process> workers = new ArrayList<>();

    private static String classPath() {
        return String.join(
                File.pathSeparator,
                System.getProperty("jdk.module.path", ""),
                System.getProperty("java.class.path"),
                System.getProperty("surefire.test.class.path", ""),
                new File("target/test-classes").getAbsolutePath());
    }

    private void accept(ServerSocket partner) {
        while (true) {
            try {
                Socket socket = partner.accept();
                Thread reader = new Thread(() -> read(socket));
                reader.setDaemon(true);
                reader.start();
            } catch (IOException e) {
                return; // the run is over
            }
        }
    }

    private void read(Socket socket) {
        byte[] calls = new byte[1_024];
        try (InputStream in = socket.getInputStream()) {
            boolean first = true;
            for (int n = in.read(calls); n >= 0; n = in.read(calls)) {
                long now = System.nanoTime();
                if (first) {
                    warm.incrementAndGet();
                    first = false;
                }
                for (int i = 0; i < n; i++) {
                    arrivals.add(now);
                }
            }
        } catch (IOException e) {
            return; // a process that was killed
        }
    }

    private void tell(char load) throws IOException {
        for (Process worker : workers) {
            if (worker.isAlive()) {
                worker.getOutputStream().write(load);
                worker.getOutputStream().flush();
            }
        }
    }

    private interface Trouble {
        void happen() throws Exception;
    }

    private static void pause(double seconds) throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep((long) (seconds * 1_000));
    }

    private void row(String mode, int processes, String scenario, char load, double seconds, Trouble trouble)
            throws Exception {
        tell('i');
        pause(1.5);
        arrivals.clear();
        long start = System.nanoTime();
        tell(load);
        trouble.happen();
        pause(Math.max(0, seconds - (System.nanoTime() - start) / (double) SECOND));
        List<Long> seen = new ArrayList<>(arrivals);
        double took = (System.nanoTime() - start) / (double) SECOND;
        seen.sort(null);
        int most = 0;
        for (int from = 0, to = 0; to < seen.size(); to++) {
            while (seen.get(to) - seen.get(from) >= SECOND) {
                from++;
            }
            most = Math.max(most, to - from + 1);
        }
        System.out.printf(
                "| %s | %d | %s | %.1f | %d | %.0f | %.0f %% | %d |%n",
                mode,
                processes,
                scenario,
                took,
                seen.size(),
                seen.size() / took,
                100 * seen.size() / took / QUOTA,
                most);
    }

    private void group(RedisProcess redis, int partnerPort, String mode, int processes) throws Exception {
        workers.clear();
        warm.set(0);
        for (int i = 0; i < processes; i++) {
            workers.add(new ProcessBuilder(
                            System.getProperty("java.home") + "/bin/java",
                            "-Xmx48m",
                            "-XX:+UseSerialGC",
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            classPath(),
                            DistributedWorker.class.getName(),
                            redis.uri(),
                            mode,
                            "" + processes,
                            "" + partnerPort,
                            "" + 2.0 * QUOTA / processes)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start());
        }
        try {
            tell('s'); // until all know Redis, and what they run is compiled
            while (warm.get() < processes) {
                pause(0.1);
            }
            pause(3);
            row(mode, processes, "steady, twice the quota asked for", 's', 6, () -> {});
            row(mode, processes, "twice the quota at once, each second", 'b', 6, () -> {});
            row(mode, processes, "Redis killed for 2 s, back without its data", 's', 8, () -> {
                pause(2);
                redis.kill();
                pause(2);
                redis.launch();
            });
            row(mode, processes, "Redis paused for 5 s", 's', 10, () -> {
                pause(2);
                redis.pause();
                pause(5);
                redis.unpause();
            });
            if (processes > 1) {
                row(mode, processes, "one process killed", 's', 6, () -> {
                    pause(2);
                    workers.get(0).destroyForcibly();
                });
            }
        } finally {
            workers.forEach(Process::destroyForcibly);
        }
    }

    @Test
    void print() throws Exception {
        try (RedisProcess redis = RedisProcess.start(RedisProcess.Origin.SYSTEM);
                ServerSocket partner = new ServerSocket(0, 100, InetAddress.getLoopbackAddress())) {
            Thread accepting = new Thread(() -> accept(partner));
            accepting.setDaemon(true);
            accepting.start();
            System.out.println(
                    "| mode | processes | | seconds | arrived | a second | of the quota | most in any second |");
            System.out.println("|---|---|---|---|---|---|---|---|");
            for (String mode : List.of("exact", "leased")) {
                for (int processes : new int[] {1, 4, 16}) {
                    group(redis, partner.getLocalPort(), mode, processes);
                }
            }
        }
    }
}
