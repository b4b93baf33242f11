package io.fairlead.examples;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** nginx or HAProxy in a process of its own, which forwards to one server: HTTP/1.1 on one port, TLS with HTTP/2 on another. */
final class ProxyProcess implements AutoCloseable {

    private static final int MOST_MILLIS_TO_START = 10_000;

    private final String program;
    private final Path folder;
    private final int plainPort;
    private final int securePort;
    private final int upstream;
    private final Path pem;
    private @Nullable Process process;

    /**
     * Starts it.
     *
     * @param program as {@link #find} found it
     * @param upstream port of the server
     */
    ProxyProcess(String program, int upstream, RunCertificates certificates) throws Exception {
        this.program = program;
        this.folder = Files.createTempDirectory("fault-table-proxy");
        this.plainPort = freePort();
        this.securePort = freePort();
        this.upstream = upstream;
        this.pem = certificates.pem();
        start();
    }

    /** The path of a program, or null where it is not installed. */
    static @Nullable String find(String name) {
        for (String folder :
                List.of("/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin")) {
            Path path = Path.of(folder, name);
            if (Files.isExecutable(path)) {
                return path.toString();
            }
        }
        return null;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    String url(boolean tls) {
        return tls ? "https://127.0.0.1:" + securePort : "http://127.0.0.1:" + plainPort;
    }

    private boolean isNginx() {
        return program.endsWith("nginx");
    }

    private Path configuration() {
        return folder.resolve("configuration");
    }

    /** Returns when it listens; does nothing while it runs. */
    void start() throws Exception {
        if (process != null && process.isAlive()) {
            return;
        }
        Files.writeString(configuration(), isNginx() ? nginx("") : haproxy());
        List<String> command = isNginx()
                ? List.of(
                        program,
                        "-p",
                        folder.toString(),
                        "-e",
                        "error.log",
                        "-c",
                        configuration().toString())
                : List.of(program, "-db", "-f", configuration().toString());
        Process started = ChildProcess.start(new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output.log").toFile()));
        process = started;
        awaitPort(started);
    }

    private void awaitPort(Process started) throws Exception {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(MOST_MILLIS_TO_START);
        while (!listens()) {
            if (!started.isAlive() || System.nanoTime() > end) {
                throw new IOException(program + " did not start: " + Files.readString(folder.resolve("output.log")));
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private boolean listens() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), securePort), 1_000);
            return true;
        } catch (IOException e) {
            return false; // not yet
        }
    }

    private String nginx(String directives) {
        return """
                daemon off;
                worker_processes 1;
                pid nginx.pid;
                events { worker_connections 256; }
                http {
                  access_log off;
                  client_body_temp_path body;
                  proxy_temp_path proxy;
                  limit_req_zone $server_name zone=all:1m rate=1r/s;
                  limit_req_status 429;
                  server {
                    server_name fleet;
                    listen 127.0.0.1:%d;
                    listen 127.0.0.1:%d ssl http2;
                    ssl_certificate %s;
                    ssl_certificate_key %s;
                    %s
                    location / { proxy_pass http://127.0.0.1:%d; }
                  }
                }
                """.formatted(plainPort, securePort, pem, pem, directives, upstream);
    }

    private String haproxy() {
        return """
                defaults
                  mode http
                  timeout connect 1s
                  timeout client 30s
                  timeout server 30s
                frontend fleet
                  bind 127.0.0.1:%d
                  bind 127.0.0.1:%d ssl crt %s alpn h2,http/1.1
                  default_backend ledger
                backend ledger
                  server one 127.0.0.1:%d check inter 200 fall 1 rise 1
                """.formatted(plainPort, securePort, pem, upstream);
    }

    /** nginx: goes on with other directives, or with none; its workers end in good order. */
    void reload(String directives) throws IOException {
        Files.writeString(configuration(), nginx(directives));
        signal("HUP");
    }

    /** nginx: SIGKILL for each worker, whom the master replaces. */
    void killWorkers() {
        if (process != null) {
            process.children().forEach(ProcessHandle::destroyForcibly);
        }
    }

    /** HAProxy: takes no more connections, ends those that are there (over HTTP/2 with GOAWAY), and is gone. */
    void stopSoftly() {
        signal("USR1");
    }

    private void signal(String name) {
        if (process != null) {
            ChildProcess.signal(name, process.pid());
        }
    }

    @Override
    public void close() throws IOException {
        if (process != null) {
            ChildProcess.kill(process.toHandle());
        }
    }
}
