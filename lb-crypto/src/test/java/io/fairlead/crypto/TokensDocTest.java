package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples of docs/tokens.md compile, and do what they say at a server. */
class TokensDocTest {

    private static final String PARAMETERS = "(String issuer, HttpClient client, java.security.PrivateKey key,"
            + " java.security.cert.X509Certificate certificate, HttpRequest request, String token, String proof)";
    private static final Class<?>[] TYPES = {
        String.class,
        HttpClient.class,
        PrivateKey.class,
        X509Certificate.class,
        HttpRequest.class,
        String.class,
        String.class
    };

    @TempDir
    private Path dir;

    private final KeyPair pair = TestCertificates.pair("RSA", 2048);
    private final JoseKey proving = JoseKey.generated();
    private final JoseKey signing = JoseKey.shown(pair.getPrivate(), pair.getPublic());

    private static List<String> examples() throws IOException {
        Matcher matcher = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(Path.of("..", "docs", "tokens.md")));
        List<String> examples = new ArrayList<>();
        while (matcher.find()) {
            examples.add(matcher.group(1));
        }
        return examples;
    }

    private static void respond(HttpExchange exchange, String json) throws IOException {
        exchange.getRequestBody().readAllBytes();
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private HttpServer serve() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        String issuer = issuer(server);
        String key = Jws.parse(signing.sign(null, Map.of())).header().getJWK().toJSONString();
        server.createContext(
                "/.well-known/", exchange -> respond(exchange, TokenSignerTest.metadata(issuer, issuer + "/token")));
        server.createContext("/keys", exchange -> respond(exchange, "{\"keys\":[" + key + "]}"));
        server.createContext(
                "/token", exchange -> respond(exchange, "{\"access_token\":\"t\",\"token_type\":\"Bearer\"}"));
        server.start();
        return server;
    }

    private static String issuer(HttpServer server) {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private String token(String issuer, String example, X509Certificate certificate) {
        Map<String, Object> claims = new HashMap<>();
        claims.put("iss", issuer);
        claims.put("aud", "https://api.shop.example");
        claims.put("exp", Instant.now().getEpochSecond() + 300);
        Map<String, Object> bound = new HashMap<>();
        if (example.contains("Tokens.thumbprint")) {
            bound.put("x5t#S256", Tokens.thumbprint(certificate));
        }
        if (example.contains("Possession.dpop")) {
            bound.put("jkt", proving.thumbprint());
        }
        if (!bound.isEmpty()) {
            claims.put("cnf", bound);
        }
        return signing.sign("at+jwt", claims);
    }

    private String proof(String token) {
        Map<String, Object> claims = new HashMap<>();
        claims.put("jti", "1");
        claims.put("htm", "POST");
        claims.put("htu", "https://api.partner.example/pay");
        claims.put("iat", Instant.now().getEpochSecond());
        claims.put("ath", DpopProofs.hash(token));
        return proving.sign("dpop+jwt", claims);
    }

    private void compile(List<String> examples) throws IOException {
        StringBuilder source =
                new StringBuilder("import io.fairlead.crypto.*;\nimport java.net.*;\nimport java.net.http.*;\n"
                        + "import java.time.*;\nimport java.util.*;\npublic class TokenExamples {\n");
        for (int i = 0; i < examples.size(); i++) {
            source.append("public static void example")
                    .append(i)
                    .append(PARAMETERS)
                    .append(" throws Exception {\n");
            source.append(examples.get(i)).append("}\n");
        }
        Path file = Files.writeString(dir.resolve("TokenExamples.java"), source.append("}\n"));
        String path =
                System.getProperty("jdk.module.path", "") + File.pathSeparator + System.getProperty("java.class.path");
        assertThat(ToolProvider.getSystemJavaCompiler()
                        .run(null, null, null, "-proc:none", "-cp", path, "-d", dir.toString(), file.toString()))
                .isZero();
    }

    @Test
    void every_example_compiles_and_does_what_it_says() throws Exception {
        List<String> examples = examples();
        assertThat(examples).hasSizeGreaterThan(6);
        compile(examples);
        X509Certificate certificate = new TestCertificates().issue("shop", pair.getPublic(), "shop", pair.getPrivate());
        HttpServer server = serve();
        try (URLClassLoader loader = new URLClassLoader(new URL[] {dir.toUri().toURL()})) {
            HttpRequest request = HttpRequest.newBuilder(URI.create("https://api.partner.example/pay"))
                    .build();
            for (int i = 0; i < examples.size(); i++) {
                String token = token(issuer(server), examples.get(i), certificate);
                Method example = loader.loadClass("TokenExamples").getMethod("example" + i, TYPES);
                Object[] with = {
                    issuer(server),
                    HttpClient.newHttpClient(),
                    pair.getPrivate(),
                    certificate,
                    request,
                    token,
                    proof(token)
                };
                assertThatCode(() -> example.invoke(null, with))
                        .as(examples.get(i))
                        .doesNotThrowAnyException();
            }
        } finally {
            server.stop(0);
        }
    }
}
