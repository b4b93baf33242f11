package io.fairlead.ratelimit.redis;

import io.fairlead.Admission;
import io.fairlead.testing.FakeAttempt;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** One of the processes of {@link DistributedTable}: calls the partner whenever it may, until its standard input ends. */
final class DistributedWorker {

    private DistributedWorker() {}

    /** Arguments: uri of Redis, mode, number of processes, port of the partner, calls a second. */
    public static void main(String[] args) throws Exception {
        int processes = Integer.parseInt(args[2]);
        RedisLimits limits = RedisLimits.at(args[0])
                .name("table")
                .limit(DistributedTable.QUOTA, Duration.ofSeconds(1), DistributedTable.BURST)
                .processes(processes);
        double demand = Double.parseDouble(args[4]);
        try (RedisAdmission limit = args[1].equals("exact") ? limits.exact() : limits.leased();
                Socket partner = new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(args[3]))) {
            partner.setTcpNoDelay(true);
            OutputStream out = partner.getOutputStream();
            int load = 'i';
            double due = 0;
            while (load != -1) {
                if (System.in.available() > 0) {
                    load = System.in.read();
                    due = load == 'b' ? demand : 0;
                }
                due += load == 's' ? demand * 0.01 : load == 'b' ? demand * 0.01 : 0;
                if (load == 's' || due >= demand) { // steadily, or a second's worth at once
                    for (; due >= 1; due--) {
                        call(limit, out);
                    }
                }
                TimeUnit.MILLISECONDS.sleep(10);
                if (load == 'q') {
                    return;
                }
            }
        }
    }

    private static void call(Admission limit, OutputStream partner) {
        limit.admit(FakeAttempt.fresh(), TimeUnit.MILLISECONDS.toNanos(500)).thenAccept(permit -> {
            try {
                partner.write(1);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }
}
