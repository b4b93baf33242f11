package io.fairlead.examples;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A {@link FaultyJetty} in a process of its own, which keeps its ports from one life to the next. */
final class ServerProcess implements AutoCloseable {

    private final RunCertificates certificates;
    private LedgerPort ledger;
    private @Nullable Process process;
    private @Nullable BufferedReader answers;
    private @Nullable PortHole hole;
    private int plainPort;
    private int securePort;

    ServerProcess(LedgerPort ledger, RunCertificates certificates) {
        this.ledger = ledger;
        this.certificates = certificates;
    }

    /** Returns when it listens; does nothing while it does. */
    synchronized void start() throws IOException {
        closeHole();
        if (process != null && process.isAlive()) {
            return;
        }
        List<String> args = List.of(
                Integer.toString(ledger.port()),
                Integer.toString(plainPort),
                Integer.toString(securePort),
                certificates.keyStore("good").toString());
        Process started = ChildProcess.start(ChildProcess.java(FaultyJetty.class, args));
        BufferedReader out =
                new BufferedReader(new InputStreamReader(started.getInputStream(), StandardCharsets.UTF_8));
        process = started;
        answers = out;
        String ready = out.readLine();
        if (ready == null) {
            throw new IOException("a server did not start");
        }
        String[] ports = ready.split(" ", -1);
        plainPort = Integer.parseInt(ports[1]);
        securePort = Integer.parseInt(ports[2]);
    }

    /** The same on another ledger. */
    synchronized void restart(LedgerPort on) throws IOException {
        ledger = on;
        kill();
        start();
    }

    int plainPort() {
        return plainPort;
    }

    String url(boolean tls) {
        return tls ? "https://127.0.0.1:" + securePort : "http://127.0.0.1:" + plainPort;
    }

    /** SIGKILL: the kernel resets its connections, and refuses new ones. Returns when it is dead. */
    synchronized void kill() {
        Process victim = process;
        if (victim != null) {
            ChildProcess.kill(victim.toHandle());
        }
        process = null;
    }

    /** SIGSTOP: the kernel goes on to accept connections, and nobody answers. */
    void pause() {
        signal("STOP");
    }

    void resume() {
        signal("CONT");
    }

    private synchronized void signal(String name) {
        if (process != null) {
            ChildProcess.signal(name, process.pid());
        }
    }

    /** Dies, and leaves ports behind that swallow connections. */
    synchronized void vanish() throws IOException {
        kill();
        hole = new PortHole(plainPort, securePort);
    }

    private void closeHole() throws IOException {
        if (hole != null) {
            hole.close();
            hole = null;
        }
    }

    synchronized void fault(FaultyJetty.Fault fault) throws IOException {
        command(fault.name());
    }

    /** Shows another certificate, {@code good} or {@code expired}, and closes the connections that have seen the last one. */
    synchronized void certificate(String name) throws IOException {
        command("certificate " + certificates.keyStore(name));
    }

    private void command(String line) throws IOException {
        if (process == null || answers == null) {
            throw new IOException("the server does not run");
        }
        OutputStream in = process.getOutputStream();
        in.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        in.flush();
        if (!"done".equals(answers.readLine())) {
            throw new IOException("the server did not obey: " + line);
        }
    }

    @Override
    public synchronized void close() throws IOException {
        kill();
        closeHole();
    }
}
