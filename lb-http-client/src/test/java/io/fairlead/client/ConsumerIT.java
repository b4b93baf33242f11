package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Service;
import io.fairlead.health.Ejections;
import io.fairlead.ratelimit.RateLimiters;
import io.fairlead.strategies.Balancers;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** A program and a strategy of somebody else's, each in a jar of its own, with our jars: on the class path and the module path. */
class ConsumerIT {

    @TempDir
    private Path dir;

    private static String library() {
        return Stream.of(
                        Service.class,
                        Balancers.class,
                        Ejections.class,
                        RateLimiters.class,
                        BalancedClient.class,
                        LoggerFactory.class,
                        caffeine())
                .map(ConsumerIT::location)
                .reduce((a, b) -> a + File.pathSeparator + b)
                .orElseThrow();
    }

    /* Comes with the strategies; this module does not read it. */
    private static Class<?> caffeine() {
        try {
            return Class.forName("com.github.benmanes.caffeine.cache.Caffeine");
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    private static String location(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    /** Compiles the sources of a project into a jar. */
    private Path jar(String project, boolean modular) throws IOException {
        Path sources = Path.of("src", "test", "resources", "consumer", project);
        Path classes = Files.createDirectories(dir.resolve(project + modular));
        List<String> args = new ArrayList<>(List.of(modular ? "-p" : "-cp", library(), "-d", classes.toString()));
        try (Stream<Path> files = Files.walk(sources)) {
            files.filter(f -> f.toString().endsWith(".java"))
                    .filter(f -> modular || !f.endsWith("module-info.java"))
                    .forEach(f -> args.add(f.toString()));
        }
        run("javac", args);
        if (project.equals("mine")) {
            Path services = Files.createDirectories(classes.resolve("META-INF/services"));
            Files.writeString(services.resolve("io.fairlead.Factory"), "mine.MyFactory\n");
        }
        Path jar = dir.resolve(project + modular + ".jar");
        run("jar", List.of("--create", "--file", jar.toString(), "-C", classes.toString(), "."));
        return jar;
    }

    private static void run(String tool, List<String> args) {
        int code = ToolProvider.findFirst(tool).orElseThrow().run(System.out, System.err, args.toArray(new String[0]));
        assertThat(code).as("%s %s", tool, args).isZero();
    }

    private static String java(String... args) throws Exception {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of(args));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(out).isZero();
        return out;
    }

    @Test
    void on_the_class_path() throws Exception {
        String path = String.join(
                File.pathSeparator,
                library(),
                jar("shop", false).toString(),
                jar("mine", false).toString());
        assertThat(java("-cp", path, "shop.Main")).contains("picked by mine", "paid, module path: false");
    }

    @Test
    void on_the_module_path() throws Exception {
        String path = String.join(
                File.pathSeparator,
                library(),
                jar("shop", true).toString(),
                jar("mine", true).toString());
        assertThat(java("-p", path, "-m", "shop/shop.Main")).contains("picked by mine", "paid, module path: true");
    }
}
