package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.fairlead.Delivery;
import io.fairlead.Outcome;
import io.fairlead.Verdict;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The table of docs/outcomes.md: statuses, and the failures of the JDK's own client against servers that produce them. */
@Timeout(30)
class StandardVerdictsTest {

    private static final Verdict UNSENT = new Verdict(Outcome.FAILED, Delivery.NOT_PROCESSED);
    private static final Verdict IN_DOUBT = new Verdict(Outcome.FAILED, Delivery.UNKNOWN);
    private static final Verdict FAILED = new Verdict(Outcome.FAILED, Delivery.PROCESSED);

    private static Verdict verdictOf(FaultServer.Script script) throws IOException {
        try (FaultServer server = FaultServer.start(script)) {
            return verdictOf(server.url(), HttpClient.newHttpClient());
        }
    }

    private static Verdict verdictOf(String url, HttpClient client) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                .version(HttpClient.Version.HTTP_1_1)
                .timeout(Duration.ofMillis(400))
                .POST(BodyPublishers.ofString("payment"))
                .build();
        boolean[] headers = new boolean[1];
        Throwable failure = catchThrowable(() -> client.send(request, info -> {
            headers[0] = true;
            return BodyHandlers.ofString().apply(info);
        }));
        assertThat(failure).isNotNull();
        return StandardVerdicts.ofFailure(failure, headers[0]);
    }

    @ParameterizedTest
    @CsvSource({
        "200,SUCCESS,PROCESSED", "201,SUCCESS,PROCESSED", "302,SUCCESS,PROCESSED", "400,SUCCESS,PROCESSED",
        "401,SUCCESS,PROCESSED", "402,SUCCESS,PROCESSED", "404,SUCCESS,PROCESSED", "409,SUCCESS,PROCESSED",
        "422,SUCCESS,PROCESSED", "408,FAILED,UNKNOWN", "425,OVERLOADED,NOT_PROCESSED", "429,OVERLOADED,NOT_PROCESSED",
        "500,FAILED,PROCESSED", "501,FAILED,PROCESSED", "502,FAILED,UNKNOWN", "503,OVERLOADED,UNKNOWN",
        "504,FAILED,UNKNOWN", "599,FAILED,PROCESSED"
    })
    void statuses(int status, Outcome outcome, Delivery delivery) {
        assertThat(StandardVerdicts.ofStatus(status)).isEqualTo(new Verdict(outcome, delivery));
    }

    @ParameterizedTest
    @CsvSource({
        "407,true,IGNORED,NOT_PROCESSED", "407,false,IGNORED,NOT_PROCESSED", "502,false,IGNORED,UNKNOWN",
        "503,false,IGNORED,UNKNOWN", "503,true,OVERLOADED,UNKNOWN", "200,false,SUCCESS,PROCESSED"
    })
    void statuses_by_way_of_a_proxy(int status, boolean tunnel, Outcome outcome, Delivery delivery) {
        assertThat(StandardVerdicts.ofProxied(status, tunnel)).isEqualTo(new Verdict(outcome, delivery));
    }

    @Test
    void refused() {
        assertThat(verdictOf(FaultServer.refusing(), HttpClient.newHttpClient()))
                .isEqualTo(UNSENT);
    }

    @Test
    void unknown_host() {
        assertThat(verdictOf("http://no-such-host.invalid", HttpClient.newHttpClient()))
                .isEqualTo(UNSENT);
    }

    @Test
    void untrusted_certificate_and_plain_text_on_a_tls_port() throws Exception {
        TestTls authority = new TestTls();
        try (FaultServer tls = FaultServer.startTls(authority.server("127.0.0.1"), FaultServer.ok("ok"));
                FaultServer plain = FaultServer.start(connection -> connection.send("HTTP/1.1 400 Bad\r\n\r\n"))) {
            assertThat(verdictOf(tls.url(), HttpClient.newHttpClient())).isEqualTo(UNSENT);
            assertThat(tls.requests()).isEmpty();
            assertThat(verdictOf(plain.url().replace("http:", "https:"), HttpClient.newHttpClient()))
                    .isEqualTo(UNSENT);
        }
    }

    @Test
    void the_end_of_the_connection_before_the_handshake_is_done() throws Exception {
        try (FaultServer server = FaultServer.start(connection -> {})) {
            assertThat(verdictOf(server.url().replace("http:", "https:"), HttpClient.newHttpClient()))
                    .isEqualTo(UNSENT);
        }
    }

    @Test
    void the_end_or_a_reset_after_the_request_was_read() throws Exception {
        assertThat(verdictOf(FaultServer.Connection::read)).isEqualTo(IN_DOUBT);
        assertThat(verdictOf(connection -> {
                    connection.read();
                    connection.reset();
                }))
                .isEqualTo(IN_DOUBT);
    }

    @Test
    void the_end_before_the_request_was_read_proves_nothing_either() throws Exception {
        assertThat(verdictOf(connection -> {})).isEqualTo(IN_DOUBT);
    }

    @Test
    void no_headers_in_time() throws Exception {
        assertThat(verdictOf(connection -> {
                    connection.read();
                    connection.stall();
                }))
                .isEqualTo(IN_DOUBT);
    }

    @ParameterizedTest
    @CsvSource(
            value = {
                "HTTP/1.1 200 OK\\r\\nContent-Le",
                "HTTP/1.1 XYZ\\r\\n\\r\\n",
                "HTTP/1.1 200 OK\\r\\nBad Name : x\\r\\nContent-Length: 0\\r\\n\\r\\n",
                "HTTP/1.1 204 No\\r\\nContent-Length: 5\\r\\n\\r\\nhello",
                "HTTP/1.1 200 OK\\r\\nContent-Length: 100\\r\\n\\r\\nshort",
                "HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n5\\r\\nhel",
            },
            delimiter = '|')
    void malformed_answers_and_bodies_cut_short(String answer) throws Exception {
        assertThat(verdictOf(connection -> {
                    connection.read();
                    connection.send(answer.replace("\\r", "\r").replace("\\n", "\n"));
                }))
                .isEqualTo(FAILED);
    }

    @Test
    void a_publisher_that_is_shorter_than_it_said() throws Exception {
        try (FaultServer server = FaultServer.start(FaultServer.ok("ok"))) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(server.url()))
                    .version(HttpClient.Version.HTTP_1_1)
                    .POST(BodyPublishers.fromPublisher(BodyPublishers.ofString("short"), 100))
                    .build();
            Throwable failure = catchThrowable(() -> HttpClient.newHttpClient().send(request, BodyHandlers.ofString()));
            assertThat(failure).isInstanceOf(IOException.class);
            assertThat(StandardVerdicts.ofFailure(failure, false)).isEqualTo(IN_DOUBT);
            assertThat(server.requests()).noneMatch(r -> r.body().length == 100);
        }
    }

    @Test
    void a_connection_that_is_ended_in_good_order_is_no_failure_of_the_server() {
        assertThat(StandardVerdicts.ofFailure(new IOException("/127.0.0.1:1: GOAWAY received"), false))
                .isEqualTo(new Verdict(Outcome.OVERLOADED, Delivery.UNKNOWN));
    }

    @ParameterizedTest
    @CsvSource({
        "too many concurrent streams,NOT_PROCESSED",
        "Received RST_STREAM: Stream not processed,NOT_PROCESSED",
        "request not processed by peer,NOT_PROCESSED",
        "Received RST_STREAM: Internal error,UNKNOWN",
        "/127.0.0.1:1: GOAWAY received,UNKNOWN",
        "EOF reached while reading,UNKNOWN",
        "a server says: request not processed by peer,UNKNOWN",
    })
    void the_words_of_http_2_are_matched_whole(String words, Delivery delivery) {
        assertThat(StandardVerdicts.ofFailure(new IOException(words), false).delivery())
                .isEqualTo(delivery);
        assertThat(StandardVerdicts.ofFailure(new IOException("other", new IOException(words)), false)
                        .delivery())
                .isEqualTo(Delivery.UNKNOWN);
    }
}
