package io.fairlead.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The OpenID provider of npm in a process of its own: installed by its lock file under target, on a port that is free. */
final class NodeIssuer implements AutoCloseable {

    private static final Path SOURCES = Path.of("src", "test", "node");
    private static final Path HOME = Path.of("target", "node-issuer");

    private final Process process;
    private final String url;

    private NodeIssuer(Process process, String url) {
        this.process = process;
        this.url = url;
    }

    /** Whether both programs are on the path. */
    static boolean isPossible() {
        return List.of("node", "npm").stream()
                .allMatch(program -> Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program))));
    }

    /** Installs what the lock file names, and nothing else: no script of a package runs. */
    static void install() throws IOException, InterruptedException {
        Files.createDirectories(HOME);
        for (String file : List.of("package.json", "package-lock.json", "server.mjs")) {
            Files.copy(SOURCES.resolve(file), HOME.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        File log = HOME.resolve("npm.log").toFile();
        Process npm = new ProcessBuilder("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
                .directory(HOME.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log)
                .start();
        boolean ended = npm.waitFor(3, TimeUnit.MINUTES);
        npm.destroyForcibly();
        assertThat(ended && npm.exitValue() == 0)
                .as(() -> "npm ci: " + read(log.toPath()))
                .isTrue();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** @param clients their metadata (RFC 7591), a JSON array */
    static NodeIssuer start(String clients) throws IOException {
        Process process = new ProcessBuilder("node", "server.mjs", clients)
                .directory(HOME.toFile())
                .redirectError(HOME.resolve("server.log").toFile())
                .start();
        BufferedReader said =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String url = said.readLine();
        assertThat(url)
                .as(() -> "the address: " + read(HOME.resolve("server.log")))
                .startsWith("http://127.0.0.1:");
        return new NodeIssuer(process, url);
    }

    String url() {
        return url;
    }

    @Override
    public void close() {
        process.destroy();
    }
}
