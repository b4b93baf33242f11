package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.CallFailure;
import io.fairlead.Delivery;
import io.fairlead.Service;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class TlsNameTest {

    private final TestTls authority = new TestTls();
    private final List<AutoCloseable> toClose = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable closeable : toClose) {
            closeable.close();
        }
    }

    private FaultServer server(String... names) {
        FaultServer server = FaultServer.startTls(authority.server(names), FaultServer.ok("ok"));
        toClose.add(server);
        return server;
    }

    private Service.Builder bank(String target, String tlsName) {
        return Service.named("bank").targets(target).tlsName(tlsName);
    }

    private String call(Service.Builder service, SSLContext context) throws IOException, InterruptedException {
        try (BalancedClient client = BalancedClient.builder()
                .service(service.build())
                .sslContext(context)
                .connectTimeout(Duration.ofSeconds(10))
                .build()) {
            HttpResponse<String> response = client.send(
                    HttpRequest.newBuilder(URI.create("https://bank/")).build(), BodyHandlers.ofString());
            return response.body();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void a_server_by_address_is_asked_for_its_name_and_checked_for_it(String version) throws Exception {
        FaultServer server = server("api.bank.example");
        SSLParameters parameters = authority.client().getDefaultSSLParameters();
        parameters.setProtocols(new String[] {version});
        assertThat(call(bank(server.url(), "api.bank.example").sslParameters(parameters), authority.client()))
                .isEqualTo("ok");
        String byHostName = server.url().replace("127.0.0.1", "localhost");
        assertThat(call(bank(byHostName, "api.bank.example"), authority.client()))
                .isEqualTo("ok");
    }

    @Test
    void a_certificate_for_another_name_or_for_the_address_alone_is_refused() {
        for (String wrong : List.of("other.example", "127.0.0.1")) {
            FaultServer server = server(wrong);
            assertThatThrownBy(() -> call(bank(server.url(), "api.bank.example"), authority.client()))
                    .isInstanceOfSatisfying(
                            CallFailure.class,
                            failure -> assertThat(failure.delivery()).isEqualTo(Delivery.NOT_PROCESSED))
                    .hasCauseInstanceOf(SSLHandshakeException.class);
            assertThat(server.requests()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void a_session_of_one_name_is_not_resumed_for_another(String version) throws Exception {
        FaultServer server = server("api.bank.example");
        SSLContext shared = authority.client();
        SSLParameters parameters = shared.getDefaultSSLParameters();
        parameters.setProtocols(new String[] {version});
        for (int i = 0; i < 3; i++) {
            assertThat(call(bank(server.url(), "api.bank.example").sslParameters(parameters), shared))
                    .isEqualTo("ok");
        }
        assertThatThrownBy(() -> call(bank(server.url(), "evil.example").sslParameters(parameters), shared))
                .hasCauseInstanceOf(SSLHandshakeException.class);
    }

    @Test
    void mutual_tls_works_through_it() throws Exception {
        FaultServer server = FaultServer.startTls(authority.server("api.bank.example"), connection -> {
            connection.tls().setNeedClientAuth(true);
            FaultServer.ok("ok").run(connection);
        });
        toClose.add(server);
        assertThat(call(bank(server.url(), "api.bank.example"), authority.client("shop.example")))
                .isEqualTo("ok");
        assertThatThrownBy(() -> call(bank(server.url(), "api.bank.example"), authority.client()))
                .isInstanceOf(IOException.class);
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void a_wrapped_client_takes_no_tls_name() {
        assertThatThrownBy(() -> BalancedClient.wrap(
                        HttpClient.newHttpClient(),
                        bank("https://127.0.0.1", "api.bank.example").build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("bank")
                .hasMessageContaining("BalancedClient.builder()");
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, TLSv1.2, HTTP_1_1",
        "127.0.0.1, TLSv1.3, HTTP_1_1",
        "127.0.0.1, TLSv1.2, HTTP_2",
        "127.0.0.1, TLSv1.3, HTTP_2",
        "localhost, TLSv1.2, HTTP_1_1",
        "localhost, TLSv1.3, HTTP_1_1",
        "localhost, TLSv1.2, HTTP_2",
        "localhost, TLSv1.3, HTTP_2"
    })
    void the_server_is_asked_for_the_name_and_for_http_2(String host, String tls, HttpClient.Version http)
            throws Exception {
        List<SNIServerName> askedFor = new CopyOnWriteArrayList<>();
        String url = http == HttpClient.Version.HTTP_2 ? http2Server() : serverNoting(askedFor);
        SSLContext context = ClientTls.wrap(authority.client(), "api.bank.example");
        SSLParameters parameters = context.getDefaultSSLParameters();
        parameters.setProtocols(new String[] {tls});
        HttpClient client = HttpClient.newBuilder()
                .sslContext(context)
                .sslParameters(parameters)
                .version(http)
                .build();
        URI uri = URI.create(url.replace("127.0.0.1", host));
        HttpRequest request =
                HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(20)).build();
        HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.version()).isEqualTo(http);
        assertThat(response.sslSession().orElseThrow().getProtocol()).isEqualTo(tls);
        if (http == HttpClient.Version.HTTP_1_1) {
            assertThat(askedFor).containsExactly(new SNIHostName("api.bank.example"));
        }
    }

    private String serverNoting(List<SNIServerName> askedFor) {
        FaultServer server = FaultServer.startTls(authority.server("api.bank.example"), connection -> {
            askedFor.addAll(((ExtendedSSLSession) connection.tls().getSession()).getRequestedServerNames());
            FaultServer.ok("ok").run(connection);
        });
        toClose.add(server);
        return server.url();
    }

    private String http2Server() {
        Http2FaultServer server =
                new Http2FaultServer(authority.server("api.bank.example"), 100, Http2FaultServer.Connection::ok);
        toClose.add(server);
        return server.url();
    }

    @Test
    void the_name_and_its_check_cannot_be_switched_off_by_the_http_client() {
        SSLEngine engine =
                ClientTls.wrap(authority.client(), "api.bank.example").createSSLEngine("127.0.0.1", 443);
        SSLParameters careless = engine.getSSLParameters();
        careless.setServerNames(List.of(new SNIHostName("evil.example")));
        careless.setEndpointIdentificationAlgorithm("");
        engine.setSSLParameters(careless);
        assertThat(engine.getSSLParameters().getServerNames()).containsExactly(new SNIHostName("api.bank.example"));
        assertThat(engine.getSSLParameters().getEndpointIdentificationAlgorithm())
                .isEqualTo("HTTPS");
    }

    /** A second handshake that fails would be told as a first one: as proof that the payment was not sent. */
    @ParameterizedTest
    @ValueSource(strings = {"api.bank.example", ""})
    void a_second_handshake_is_refused_and_leaves_the_payment_in_doubt(String tlsName) throws Exception {
        FaultServer.Script asksAgain = connection -> {
            connection.read();
            connection.tls().setNeedClientAuth(true);
            connection.tls().startHandshake();
            connection.read(); // the client speaks no more
        };
        FaultServer first = FaultServer.startTls(authority.server("api.bank.example", "127.0.0.1"), asksAgain);
        FaultServer second = FaultServer.startTls(authority.server("api.bank.example", "127.0.0.1"), asksAgain);
        toClose.addAll(List.of(first, second));
        SSLParameters parameters = authority.client().getDefaultSSLParameters();
        parameters.setProtocols(new String[] {"TLSv1.2"});
        Service.Builder service = Service.named("bank")
                .targets(first.url(), second.url())
                .sslParameters(parameters)
                .sslContext(authority.client());
        if (!tlsName.isEmpty()) {
            service.tlsName(tlsName);
        }
        try (BalancedClient client =
                BalancedClient.builder().service(service.build()).build()) {
            HttpRequest payment = HttpRequest.newBuilder(URI.create("https://bank/pay"))
                    .POST(BodyPublishers.ofString("payment"))
                    .build();
            assertThatThrownBy(() -> client.send(payment, BodyHandlers.ofString()))
                    .isInstanceOfSatisfying(
                            CallFailure.class,
                            failure -> assertThat(failure.delivery()).isEqualTo(Delivery.UNKNOWN));
        }
        assertThat(first.requests().size() + second.requests().size()).isEqualTo(1);
    }

    /** A server's defaults are wider than a client's, and an engine has them until it is told its side. */
    @Test
    void the_limits_of_the_context_remain() throws Exception {
        SSLContext base = SSLContext.getInstance("TLSv1.2");
        base.init(null, null, null);
        for (SSLContext context : List.of(base, ClientTls.wrap(base, "api.bank.example"))) {
            SSLEngine engine = context.createSSLEngine("127.0.0.1", 443);
            engine.setUseClientMode(true);
            engine.setSSLParameters(new SSLParameters());
            assertThat(engine.getEnabledProtocols()).containsExactly("TLSv1.2");
        }
    }

    /** A method of a later JDK that is not forwarded would throw, or speak of the wrapper instead of the engine. */
    @Test
    void every_method_of_an_engine_is_forwarded() {
        assertThat(ClientEngine.class.getDeclaredMethods())
                .extracting(TlsNameTest::signature)
                .containsAll(Stream.of(SSLEngine.class.getDeclaredMethods())
                        .filter(method -> Modifier.isPublic(method.getModifiers()))
                        .map(TlsNameTest::signature)
                        .toList());
    }

    private static String signature(Method method) {
        return method.getName() + Arrays.toString(method.getParameterTypes());
    }
}
