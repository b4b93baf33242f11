package io.fairlead.examples;

import java.io.Console;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/** The live line: rewritten in place on a terminal, a plain line now and then elsewhere. */
final class Progress implements AutoCloseable {

    private final boolean terminal = isTerminal();
    private final Audit audit;
    private final IntSupplier sent;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "progress");
        thread.setDaemon(true);
        return thread;
    });

    Progress(Audit audit, IntSupplier sent) {
        this.audit = audit;
        this.sent = sent;
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

    private void show() {
        String line = audit.summary(sent.getAsInt());
        System.out.print(terminal ? "\r" + line + "   " : line + System.lineSeparator());
        System.out.flush();
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
