package io.fairlead.examples;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What the fault table needs of processes and threads. */
final class ChildProcess {

    /** Something done with a line. */
    @FunctionalInterface
    interface LineTaker {
        void take(String line) throws Exception;
    }

    private static final Set<ProcessHandle> ALIVE = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> ALIVE.forEach(ChildProcess::kill)));
    }

    private ChildProcess() {}

    /** Starts it, and sees to it that it does not outlive this JVM. */
    static Process start(ProcessBuilder builder) throws IOException {
        Process process = builder.start();
        ALIVE.add(process.toHandle());
        return process;
    }

    /** SIGKILL for a process, then for its own: the other way round nginx replaces its workers. Returns when it is dead. */
    static void kill(ProcessHandle process) {
        List<ProcessHandle> workers = process.children().toList();
        process.destroyForcibly();
        process.onExit().join();
        workers.forEach(ProcessHandle::destroyForcibly);
        ALIVE.remove(process);
    }

    static void daemon(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    /** Hands over each line, until there are no more. */
    static void readLines(InputStream from, LineTaker taker) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(from, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            try {
                taker.take(line);
            } catch (IOException | RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IOException(e);
            }
        }
    }

    /** A small JVM on the class path of this one. */
    static ProcessBuilder java(Class<?> main, List<String> args) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-cp",
                classPath(),
                main.getName()));
        command.addAll(args);
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    }

    /* Within Maven the class path is that of a loader, and not the one that the JVM was started with. */
    private static String classPath() {
        if (!(ChildProcess.class.getClassLoader() instanceof URLClassLoader loader)) {
            return System.getProperty("java.class.path");
        }
        List<String> paths = new ArrayList<>();
        for (URL url : loader.getURLs()) {
            paths.add(Path.of(URI.create(url.toString())).toString());
        }
        return String.join(File.pathSeparator, paths);
    }

    /** Sends a signal by name, and waits until it is sent. */
    static void signal(String name, long pid) {
        run("kill", "-" + name, Long.toString(pid));
    }

    /** Runs a command to its end, which must be a good one. */
    static void run(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException(String.join(" ", command) + ": " + output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while running " + command[0], e);
        }
    }
}
