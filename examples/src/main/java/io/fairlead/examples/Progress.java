package io.fairlead.examples;

import io.fairlead.client.EndpointState;
import io.fairlead.client.EndpointView;
import io.fairlead.client.ServiceView;
import java.io.Console;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/** The live view: a table of the endpoints' states rewritten in place on a terminal, a plain line now and then elsewhere. */
final class Progress implements AutoCloseable {

    private static final String ESCAPE = "\u001b[";
    private static final String CLEAR = ESCAPE + "K";

    private final boolean terminal = isTerminal();
    private final Audit audit;
    private final IntSupplier sent;
    private final ServiceView service;
    private int drawn;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "progress");
        thread.setDaemon(true);
        return thread;
    });

    Progress(Audit audit, IntSupplier sent, ServiceView service) {
        this.audit = audit;
        this.sent = sent;
        this.service = service;
    }

    /* Since JDK 22 there is a console without a terminal, which says so itself. */
    @SuppressWarnings("SystemConsoleNull")
    private static boolean isTerminal() {
        Console console = System.console();
        if (console == null) {
            return false;
        }
        try {
            return (boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (ReflectiveOperationException e) {
            return true; // before 22: a console is a terminal
        }
    }

    void start() {
        long millis = terminal ? 200 : 2000;
        timer.scheduleAtFixedRate(this::show, millis, millis, TimeUnit.MILLISECONDS);
    }

    /** Something happened: a line that stays. */
    synchronized void tell(String what) {
        System.out.print(up() + "  * " + what + (terminal ? CLEAR : "") + System.lineSeparator());
        drawn = 0;
    }

    private String up() {
        return drawn == 0 ? "" : ESCAPE + drawn + "A";
    }

    private synchronized void show() {
        String line = audit.summary(sent.getAsInt());
        List<EndpointView> endpoints = service.endpoints();
        System.out.print(terminal ? table(line, endpoints) : line + "; " + states(endpoints) + System.lineSeparator());
        System.out.flush();
    }

    private String table(String line, List<EndpointView> endpoints) {
        StringBuilder text = new StringBuilder(up());
        text.append(line).append(CLEAR).append(System.lineSeparator());
        for (EndpointView e : endpoints) {
            text.append(String.format(
                            Locale.ROOT,
                            "  %-28s %-8s in flight %3d  %s",
                            e.target().uri(),
                            e.state(),
                            e.inFlight(),
                            e.reason()))
                    .append(CLEAR)
                    .append(System.lineSeparator());
        }
        drawn = 1 + endpoints.size();
        return text.toString();
    }

    /** {@code 4 ready, http://127.0.0.1:8080 ejected (5 failures in a row)}. */
    static String states(List<EndpointView> endpoints) {
        long ready =
                endpoints.stream().filter(e -> e.state() == EndpointState.READY).count();
        StringBuilder text = new StringBuilder().append(ready).append(" ready");
        for (EndpointView e : endpoints) {
            if (e.state() != EndpointState.READY) {
                text.append(", ")
                        .append(e.target().uri())
                        .append(' ')
                        .append(e.state().name().toLowerCase(Locale.ROOT))
                        .append(" (")
                        .append(e.reason())
                        .append(')');
            }
        }
        return text.toString();
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
