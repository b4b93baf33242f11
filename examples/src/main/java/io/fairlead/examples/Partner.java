package io.fairlead.examples;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The embedded partner: five servers on one ledger, and the troubles they get into in the course of a run. */
final class Partner implements AutoCloseable {

    private final Ledger ledger = new Ledger();
    private final List<PaymentServer> servers = new ArrayList<>();
    private final ScheduledExecutorService troubles = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "troubles");
        thread.setDaemon(true);
        return thread;
    });

    Partner(Gate gate) {
        for (int i = 0; i < 5; i++) {
            servers.add(new PaymentServer(ledger, gate, 10 + 5L * i));
        }
    }

    Ledger ledger() {
        return ledger;
    }

    List<String> urls() {
        return servers.stream().map(PaymentServer::url).toList();
    }

    /** What happens when, in percent of the run: troubles overlap, so that at times three of five servers are sick. */
    void play(int seconds, Consumer<String> told) {
        at(seconds, told, 15, "server 2 is killed", servers.get(1)::kill);
        at(seconds, told, 40, "server 2 is back", servers.get(1)::restart);
        at(seconds, told, 25, "server 3 turns slow", () -> servers.get(2).fault(PaymentServer.Fault.SLOW));
        at(seconds, told, 55, "server 3 is well", () -> servers.get(2).fault(PaymentServer.Fault.NONE));
        at(seconds, told, 35, "server 4 fails fast", () -> servers.get(3).fault(PaymentServer.Fault.FAILS_FAST));
        at(seconds, told, 65, "server 4 is well", () -> servers.get(3).fault(PaymentServer.Fault.NONE));
        at(
                seconds,
                told,
                50,
                "server 5 commits and drops",
                () -> servers.get(4).fault(PaymentServer.Fault.COMMITS_AND_DROPS));
        at(seconds, told, 80, "server 5 is well", () -> servers.get(4).fault(PaymentServer.Fault.NONE));
    }

    private void at(int seconds, Consumer<String> told, int percent, String what, Runnable trouble) {
        troubles.schedule(
                () -> {
                    told.accept(what);
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
