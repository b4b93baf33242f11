package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.CallFailure;
import io.fairlead.Delivery;
import io.fairlead.Service;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
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
        SSLContext context = authority.server("api.bank.example");
        FaultServer server = FaultServer.startTls(new ClientAuth(context).context(), FaultServer.ok("ok"));
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
}
