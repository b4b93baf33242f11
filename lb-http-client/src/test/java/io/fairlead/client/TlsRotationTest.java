package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.CallFailure;
import io.fairlead.Delivery;
import io.fairlead.Service;
import io.fairlead.crypto.Tls;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Keys, trust, pins and revocation lists are exchanged under load: no call fails, and no resumed session skips the new rule. */
@Timeout(60)
class TlsRotationTest {

    private static final String NAME = "api.bank.example";

    /** What is exchanged. */
    enum Kind {
        CLIENT_KEY,
        TRUST,
        PIN,
        REVOCATION
    }

    private final TestTls ca = new TestTls();
    private final TestTls otherCa = new TestTls();
    private final TestTls clientCa = new TestTls();
    private final TestTls.Identity before = ca.issue(NAME);
    private final TestTls.Identity spare = ca.issue(NAME);
    private final CountingTls serverTls = new CountingTls(before, clientCa);
    private final List<AutoCloseable> toClose = new ArrayList<>();
    private final Semaphore calls = new Semaphore(0);

    @TempDir
    private Path dir;

    private Path key;
    private Path trust;
    private Path pins;
    private Path list;

    @BeforeEach
    void files() throws IOException {
        key = write("key.pem", clientCa.issue("shop-1").pem());
        trust = write("ca.pem", ca.pem());
        pins = write("pins", before.pin(), spare.pin());
        list = write("list.pem", ca.revocationList());
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable closeable : toClose) {
            closeable.close();
        }
    }

    private Path write(String name, String... lines) throws IOException {
        return Files.writeString(dir.resolve(name), String.join("\n", lines));
    }

    /** Only what is to be exchanged is asked for, so that the other rules cannot do its work. */
    private Tls tls(Kind kind) {
        Tls.Builder builder = Tls.builder().key(key).trust(trust).reloadEvery(Duration.ofHours(1));
        if (kind == Kind.PIN) {
            builder.pins(pins);
        } else if (kind == Kind.REVOCATION) {
            builder.revocationLists(list);
        }
        Tls tls = builder.build();
        toClose.add(tls);
        return tls;
    }

    private FaultServer http1(String... headers) {
        FaultServer server = FaultServer.startTls(serverTls.context(), connection -> {
            connection.tls().setNeedClientAuth(true);
            FaultServer.Request request = connection.read();
            while (request != null) {
                connection.answer(200, "ok", headers);
                request = headers.length > 0 ? null : connection.read();
            }
        });
        toClose.add(server);
        return server;
    }

    private BalancedClient client(String url, Tls tls, HttpClient.Version version, String... protocols) {
        Service.Builder bank = Service.named("bank").targets(url).tlsName(NAME).tls(tls);
        if (protocols.length > 0) {
            SSLParameters parameters = tls.context().getDefaultSSLParameters();
            parameters.setProtocols(protocols);
            bank.sslParameters(parameters);
        }
        BalancedClient client = BalancedClient.builder()
                .service(bank.build())
                .version(version)
                .connectTimeout(Duration.ofSeconds(20))
                .build();
        toClose.add(0, client);
        return client;
    }

    private static HttpRequest request() {
        return HttpRequest.newBuilder(URI.create("https://bank/balance"))
                .timeout(Duration.ofSeconds(20))
                .build();
    }

    private void call(HttpClient client) throws Exception {
        assertThat(client.send(request(), BodyHandlers.ofString()).statusCode()).isEqualTo(200);
        calls.release();
    }

    // ---- sessions --------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({
        "TRUST, TLSv1.2",
        "TRUST, TLSv1.3",
        "PIN, TLSv1.2",
        "PIN, TLSv1.3",
        "REVOCATION, TLSv1.2",
        "REVOCATION, TLSv1.3"
    })
    void no_session_is_resumed_past_a_rule_that_the_server_no_longer_keeps(Kind kind, String version) throws Exception {
        FaultServer server = http1("Connection: close");
        Tls tls = tls(kind);
        HttpClient client = client(server.url(), tls, HttpClient.Version.HTTP_1_1, version);
        for (int i = 0; i < 4; i++) {
            call(client);
        }
        assertThat(server.connections()).isEqualTo(4);
        assertThat(serverTls.clients()).as("full handshakes").hasSize(1);
        exchange(kind, tls, otherCa.pem(), otherCa.issue(NAME));
        assertThatThrownBy(() -> call(client))
                .isInstanceOfSatisfying(
                        CallFailure.class,
                        failure -> assertThat(failure.delivery()).isEqualTo(Delivery.NOT_PROCESSED))
                .hasCauseInstanceOf(SSLHandshakeException.class);
        assertThat(server.requests()).hasSize(4);
    }

    /** The rules after which the server's first certificate is refused. */
    private void exchange(Kind kind, Tls tls, String authority, TestTls.Identity next) throws IOException {
        switch (kind) {
            case CLIENT_KEY -> write("key.pem", clientCa.issue("shop-2").pem());
            case TRUST -> write("ca.pem", authority);
            case PIN -> write("pins", next.pin(), spare.pin());
            case REVOCATION -> write("list.pem", ca.revocationList(before.certificate()));
        }
        tls.reload();
    }

    @ParameterizedTest
    @CsvSource({"TLSv1.2", "TLSv1.3"})
    void a_new_key_of_the_client_is_shown_at_once(String version) throws Exception {
        FaultServer server = http1("Connection: close");
        Tls tls = tls(Kind.CLIENT_KEY);
        HttpClient client = client(server.url(), tls, HttpClient.Version.HTTP_1_1, version);
        call(client);
        call(client);
        assertThat(serverTls.clients()).containsExactly("CN=shop-1");
        exchange(Kind.CLIENT_KEY, tls, "", before);
        call(client);
        call(client);
        assertThat(serverTls.clients()).containsExactly("CN=shop-1", "CN=shop-2");
        assertThat(server.connections()).isEqualTo(4);
    }

    // ---- load ------------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({
        "CLIENT_KEY, HTTP_1_1",
        "CLIENT_KEY, HTTP_2",
        "TRUST, HTTP_1_1",
        "TRUST, HTTP_2",
        "PIN, HTTP_1_1",
        "PIN, HTTP_2",
        "REVOCATION, HTTP_1_1",
        "REVOCATION, HTTP_2"
    })
    void an_exchange_under_load_fails_no_call(Kind kind, HttpClient.Version version) throws Exception {
        boolean http2 = version == HttpClient.Version.HTTP_2;
        FaultServer one = http2 ? null : http1("Connection: close");
        Http2FaultServer two = http2 ? http2() : null;
        Tls tls = tls(kind);
        HttpClient client = client(http2 ? two.url() : one.url(), tls, version);
        ExecutorService threads = Executors.newCachedThreadPool();
        toClose.add(0, threads::shutdownNow);
        CountDownLatch over = new CountDownLatch(1);
        List<Future<?>> load = new ArrayList<>();
        call(client); // a cold burst over HTTP/2 makes a connection for each
        for (int i = 0; i < 2; i++) {
            load.add(threads.submit(() -> {
                while (over.getCount() > 0) {
                    call(client);
                }
                return null;
            }));
            load.add(threads.submit(() -> {
                while (over.getCount() > 0) {
                    HttpResponse<String> response =
                            client.sendAsync(request(), BodyHandlers.ofString()).get();
                    assertThat(response.statusCode()).isEqualTo(200);
                    calls.release();
                }
                return null;
            }));
        }
        int first = moreFullHandshakes(0, load);
        TestTls.Identity after = kind == Kind.TRUST ? otherCa.issue(NAME) : ca.issue(NAME);
        overlap(kind, tls, after);
        int second = moreFullHandshakes(first, load);
        serverTls.show(after);
        exchange(kind, tls, otherCa.pem(), after);
        moreFullHandshakes(second, load);
        over.countDown();
        for (Future<?> one1 : load) {
            one1.get(20, TimeUnit.SECONDS);
        }
        if (kind == Kind.CLIENT_KEY) {
            assertThat(serverTls.clients()).containsSubsequence("CN=shop-1", "CN=shop-overlap", "CN=shop-2");
        }
        if (!http2) {
            assertThat(one.connections())
                    .as("connections, some of which resumed a session")
                    .isGreaterThan(serverTls.clients().size());
        }
    }

    /** Rules that the server keeps with its certificate before and with the one after. */
    private void overlap(Kind kind, Tls tls, TestTls.Identity after) throws IOException {
        switch (kind) {
            case CLIENT_KEY -> write("key.pem", clientCa.issue("shop-overlap").pem());
            case TRUST -> write("ca.pem", ca.pem(), otherCa.pem());
            case PIN -> write("pins", before.pin(), after.pin());
            case REVOCATION -> write("list.pem", ca.revocationList(spare.certificate()));
        }
        tls.reload();
    }

    /** Waits until the server has had more full handshakes than so many, and thirty calls on top of that. */
    private int moreFullHandshakes(int than, List<Future<?>> load) throws Exception {
        calls.drainPermits();
        for (int more = 30; more > 0; more -= serverTls.clients().size() > than ? 1 : 0) {
            for (Future<?> one : load) {
                if (one.isDone()) {
                    one.get(); // a call has failed
                }
            }
            assertThat(calls.tryAcquire(10, TimeUnit.SECONDS))
                    .as("the next call")
                    .isTrue();
        }
        return serverTls.clients().size();
    }

    private Http2FaultServer http2() {
        Http2FaultServer server = new Http2FaultServer(serverTls.context(), 100, true, Http2FaultServer.Connection::ok);
        toClose.add(server);
        return server;
    }

    // ---- draining --------------------------------------------------------------------------------------------------

    @Test
    void a_call_in_flight_ends_on_its_old_connection_and_the_next_takes_a_new_one() throws Exception {
        CountDownLatch arrived = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        AtomicInteger connections = new AtomicInteger();
        FaultServer server = FaultServer.startTls(serverTls.context(), connection -> {
            connection.tls().setNeedClientAuth(true);
            boolean held = connections.getAndIncrement() == 0;
            while (connection.read() != null) {
                arrived.countDown();
                try {
                    if (held) {
                        answer.await();
                    }
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                connection.answer(200, "ok");
            }
        });
        toClose.add(server);
        Tls tls = tls(Kind.CLIENT_KEY);
        HttpClient client = client(server.url(), tls, HttpClient.Version.HTTP_1_1);
        CompletableFuture<HttpResponse<String>> held = client.sendAsync(request(), BodyHandlers.ofString());
        arrived.await();
        exchange(Kind.CLIENT_KEY, tls, "", before);
        call(client);
        assertThat(held).isNotDone();
        assertThat(serverTls.clients()).containsExactly("CN=shop-1", "CN=shop-2");
        answer.countDown();
        assertThat(held.get().statusCode()).isEqualTo(200);
        call(client);
        assertThat(serverTls.clients()).hasSize(2);
    }

    /** Before JDK 21 a client ends when nothing refers to it any more. */
    @Test
    void the_idle_connections_of_an_old_key_are_closed() throws Exception {
        FaultServer server = http1();
        Tls tls = tls(Kind.CLIENT_KEY);
        HttpClient client = client(server.url(), tls, HttpClient.Version.HTTP_1_1);
        call(client);
        exchange(Kind.CLIENT_KEY, tls, "", before);
        call(client);
        assertThat(serverTls.clients()).containsExactly("CN=shop-1", "CN=shop-2");
        CompletableFuture<Void> gone = CompletableFuture.runAsync(() -> {
            try {
                server.awaitClientGone();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        boolean collected = false;
        while (!collected) {
            System.gc();
            try {
                gone.get(100, TimeUnit.MILLISECONDS);
                collected = true;
            } catch (TimeoutException e) {
                collected = false; // not yet
            }
        }
        call(client);
        assertThat(server.connections()).isEqualTo(2);
    }
}
