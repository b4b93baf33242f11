package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;

/** The examples of a page of the documentation, compiled and run against a server that knows nothing of it all. */
final class DocExamples {

    private static final Pattern EXAMPLE = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

    private final List<String> examples = new ArrayList<>();
    private final Path dir;

    DocExamples(String page, Path dir) throws IOException {
        this.dir = dir;
        String doc = Files.readString(Path.of("..", "docs", page));
        for (Matcher matcher = EXAMPLE.matcher(doc); matcher.find(); ) {
            examples.add(matcher.group(1));
        }
        for (String key : List.of("rsa-pkcs8", "rsa-pkcs8-encrypted", "rsa-public", "ec-public", "ec-sec1")) {
            Files.writeString(dir.resolve(key + ".pem"), Vectors.key(key));
        }
        Files.write(dir.resolve("secret-32-bytes"), new byte[32]);
    }

    int size() {
        return examples.size();
    }

    private Path sources() throws IOException {
        StringBuilder source =
                new StringBuilder("import io.fairlead.*;\nimport io.fairlead.crypto.*;\nimport java.net.*;\n"
                        + "import java.net.http.*;\nimport java.net.http.HttpRequest.BodyPublishers;\n"
                        + "import java.net.http.HttpResponse.BodyHandlers;\nimport java.nio.charset.*;\n"
                        + "import java.nio.file.*;\nimport java.security.*;\nimport java.time.*;\nimport java.util.*;\n"
                        + "public class Examples {\n");
        for (int i = 0; i < examples.size(); i++) {
            source.append("public static void example")
                    .append(i)
                    .append("(Path keys, HttpClient client, HttpRequest request, Map<String, List<String>> headers,"
                            + " byte[] body) throws Exception {\n")
                    .append(examples.get(i))
                    .append("}\n");
        }
        return Files.writeString(dir.resolve("Examples.java"), source.append("}\n"));
    }

    private static HttpServer serve() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(200, 2);
            try (exchange) {
                exchange.getResponseBody().write("{}".getBytes(StandardCharsets.US_ASCII));
            }
        });
        server.start();
        return server;
    }

    /**
     * Compiles all and runs each.
     *
     * @param refuses which ones must end in the exception, as the server proves nothing
     */
    void run(String body, Predicate<String> refuses, Class<? extends GeneralSecurityException> why) throws Exception {
        String classPath =
                System.getProperty("jdk.module.path", "") + File.pathSeparator + System.getProperty("java.class.path");
        String source = sources().toString();
        assertThat(ToolProvider.getSystemJavaCompiler()
                        .run(null, null, null, "-proc:none", "-cp", classPath, "-d", dir.toString(), source))
                .isZero();
        HttpServer server = serve();
        try (URLClassLoader loader = new URLClassLoader(new URL[] {dir.toUri().toURL()})) {
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/v1/pay?a=b"))
                    .POST(BodyPublishers.ofString(body))
                    .build();
            for (int i = 0; i < examples.size(); i++) {
                Method example = loader.loadClass("Examples")
                        .getMethod(
                                "example" + i,
                                Path.class,
                                HttpClient.class,
                                HttpRequest.class,
                                Map.class,
                                byte[].class);
                Object[] with = {dir, HttpClient.newHttpClient(), request, Map.of(), new byte[0]};
                if (refuses.test(examples.get(i))) {
                    assertThatThrownBy(() -> example.invoke(null, with))
                            .as(examples.get(i))
                            .isInstanceOf(InvocationTargetException.class)
                            .hasRootCauseInstanceOf(why);
                } else {
                    assertThatCode(() -> example.invoke(null, with))
                            .as(examples.get(i))
                            .doesNotThrowAnyException();
                }
            }
        } finally {
            server.stop(0);
        }
    }
}
