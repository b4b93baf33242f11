package io.fairlead.examples;

import io.fairlead.crypto.HmacVerifier;
import io.fairlead.crypto.Signers;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** The embedded partner: five servers on one ledger, and the troubles they get into in the course of a run. */
final class Partner implements AutoCloseable {

    static final String KEY_ID = "shop-1";

    private final byte[] secret = new byte[32];
    private final Ledger ledger = new Ledger();
    private final List<PaymentServer> servers = new ArrayList<>();
    private final ScheduledExecutorService troubles = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "troubles");
        thread.setDaemon(true);
        return thread;
    });

    Partner() {
        new SecureRandom().nextBytes(secret);
        HmacVerifier verifier = Signers.hmacVerifier(Map.of(KEY_ID, secret));
        for (int i = 0; i < 5; i++) {
            servers.add(new PaymentServer(ledger, verifier, 10 + 5L * i));
        }
    }

    byte[] secret() {
        return secret.clone();
    }

    Ledger ledger() {
        return ledger;
    }

    List<String> urls() {
        return servers.stream().map(PaymentServer::url).toList();
    }

    /** What happens when, in percent of the run: troubles overlap, so that at times three of five servers are sick. */
    void play(int seconds) {
        at(seconds, 15, "server 2 is killed", servers.get(1)::kill);
        at(seconds, 40, "server 2 is back", servers.get(1)::restart);
        at(seconds, 25, "server 3 turns slow", () -> servers.get(2).fault(PaymentServer.Fault.SLOW));
        at(seconds, 55, "server 3 is well", () -> servers.get(2).fault(PaymentServer.Fault.NONE));
        at(seconds, 35, "server 4 fails fast", () -> servers.get(3).fault(PaymentServer.Fault.FAILS_FAST));
        at(seconds, 65, "server 4 is well", () -> servers.get(3).fault(PaymentServer.Fault.NONE));
        at(
                seconds,
                50,
                "server 5 commits and drops",
                () -> servers.get(4).fault(PaymentServer.Fault.COMMITS_AND_DROPS));
        at(seconds, 80, "server 5 is well", () -> servers.get(4).fault(PaymentServer.Fault.NONE));
    }

    private void at(int seconds, int percent, String what, Runnable trouble) {
        troubles.schedule(
                () -> {
                    System.out.println("  * " + what);
                    trouble.run();
                },
                seconds * 10L * percent,
                TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        troubles.shutdownNow();
        servers.forEach(PaymentServer::close);
    }
}
