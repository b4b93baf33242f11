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
import java.security.SignatureException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples of docs/signing.md and docs/tls.md do what they say: they compile, they sign, and they refuse what nobody has signed. */
class SigningDocTest {

    private static final Pattern EXAMPLE = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

    @TempDir
    private Path dir;

    private static List<String> examples() throws IOException {
        String doc = Files.readString(Path.of("..", "docs", "signing.md"))
                + Files.readString(Path.of("..", "docs", "tls.md"));
        List<String> examples = new ArrayList<>();
        for (Matcher matcher = EXAMPLE.matcher(doc); matcher.find(); ) {
            examples.add(matcher.group(1));
        }
        return examples;
    }

    private static boolean verifies(String example) {
        return example.contains(".verify(") || example.contains(".verified(") || example.contains(".verifiedAsSent(");
    }

    private Method compiled(List<String> examples, int index, ClassLoader loader) throws Exception {
        return loader.loadClass("Examples")
                .getMethod("example" + index, Path.class, HttpClient.class, HttpRequest.class, Map.class, byte[].class);
    }

    private Path sources(List<String> examples) throws IOException {
        StringBuilder source = new StringBuilder(
                "import io.fairlead.*;\nimport io.fairlead.crypto.*;\nimport java.net.*;\nimport java.net.http.*;\n"
                        + "import java.net.http.HttpRequest.BodyPublishers;\nimport java.net.http.HttpResponse.BodyHandlers;\n"
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

    private static String classPath() {
        return System.getProperty("jdk.module.path", "") + File.pathSeparator + System.getProperty("java.class.path");
    }

    private HttpServer serve() throws IOException {
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

    @Test
    void every_example_compiles_and_does_what_it_says() throws Exception {
        List<String> examples = examples();
        assertThat(examples).hasSizeGreaterThan(15);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        Path source = sources(examples);
        assertThat(compiler.run(
                        null, null, null, "-proc:none", "-cp", classPath(), "-d", dir.toString(), source.toString()))
                .isZero();
        for (String key : List.of("rsa-pkcs8", "rsa-pkcs8-encrypted", "rsa-public", "ec-public")) {
            Files.writeString(dir.resolve(key + ".pem"), Vectors.key(key));
        }
        DocFiles.write(dir);
        HttpServer server = serve();
        try (URLClassLoader loader = new URLClassLoader(new URL[] {dir.toUri().toURL()})) {
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/v1/pay?a=b"))
                    .POST(BodyPublishers.ofString("{}"))
                    .build();
            for (int i = 0; i < examples.size(); i++) {
                Method example = compiled(examples, i, loader);
                Object[] with = {dir, HttpClient.newHttpClient(), request, Map.of(), new byte[0]};
                if (verifies(examples.get(i))) {
                    assertThatThrownBy(() -> example.invoke(null, with))
                            .as(examples.get(i))
                            .isInstanceOf(InvocationTargetException.class)
                            .hasRootCauseInstanceOf(SignatureException.class);
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
