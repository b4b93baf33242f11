package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Delivery;
import io.fairlead.Outcome;
import io.fairlead.Verdict;
import java.net.http.HttpClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The table where a proxy stands between, whose answers and refusals must not be taken for the server's. */
@Timeout(30)
class VerdictTableProxyTest {

    private static final Verdict NOTHING_SENT = new Verdict(Outcome.IGNORED, Delivery.NOT_PROCESSED);
    private static final Verdict WHO_KNOWS = new Verdict(Outcome.IGNORED, Delivery.UNKNOWN);
    private static final String DEMAND = "Proxy-Authenticate: Basic realm=\"way out\"";

    private final TestTls authority = new TestTls();

    private HttpClient by(FaultProxy proxy) {
        return HttpClient.newBuilder()
                .sslContext(authority.client())
                .proxy(proxy.selector())
                .build();
    }

    private RawCall payPlain(FaultProxy proxy, String url) throws InterruptedException {
        return RawCall.send(
                by(proxy), RawCall.pay(url).version(HttpClient.Version.HTTP_1_1).build());
    }

    private RawCall pay(FaultProxy proxy, String url) throws InterruptedException {
        return RawCall.send(by(proxy), RawCall.pay(url).build());
    }

    private static Verdict proxied(RawCall call, boolean tunnel) {
        return StandardVerdicts.ofProxied(call.response().statusCode(), tunnel);
    }

    @ParameterizedTest
    @ValueSource(ints = {403, 500, 502, 503, 504})
    void a_tunnel_that_the_proxy_refuses_is_proof_and_says_nothing_of_the_server(int status) throws Exception {
        try (FaultProxy proxy = FaultProxy.answering(status, "no")) {
            RawCall call = pay(proxy, "https://127.0.0.1:1");
            assertThat(call.failure()).hasMessage("Tunnel failed, got: " + status);
            assertThat(call.verdict()).isEqualTo(NOTHING_SENT);
            assertThat(proxy.requests()).extracting(FaultServer.Request::method).containsOnly("CONNECT");
        }
    }

    @Test
    void a_tunnel_whose_proxy_wants_a_password_is_an_answer_407() throws Exception {
        try (FaultProxy proxy = FaultProxy.answering(407, "who are you", DEMAND)) {
            RawCall call = pay(proxy, "https://127.0.0.1:1");
            assertThat(proxied(call, true)).isEqualTo(NOTHING_SENT);
            assertThat(proxy.requests()).extracting(FaultServer.Request::method).containsOnly("CONNECT");
            assertThat(call.response().body()).isNull(); // the body handler was never called
        }
    }

    @Test
    void a_plain_proxy_that_wants_a_password_has_passed_nothing_on() throws Exception {
        try (FaultProxy proxy = FaultProxy.answering(407, "who are you", DEMAND)) {
            assertThat(proxied(payPlain(proxy, "http://127.0.0.1:1"), false)).isEqualTo(NOTHING_SENT);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {502, 503, 504})
    void a_plain_proxy_may_say_this_of_its_own_accord_or_pass_on_what_the_server_said(int status) throws Exception {
        try (FaultProxy proxy = FaultProxy.answering(status, "no");
                FaultProxy relay = FaultProxy.relaying();
                FaultServer server = FaultServer.start(FaultServer.answering(status, "no"))) {
            assertThat(proxied(payPlain(proxy, "http://127.0.0.1:1"), false)).isEqualTo(WHO_KNOWS);
            assertThat(proxied(payPlain(relay, server.url()), false)).isEqualTo(WHO_KNOWS);
            assertThat(server.requests()).hasSize(1);
        }
    }

    @Test
    void other_answers_by_way_of_a_plain_proxy_are_the_servers() throws Exception {
        try (FaultProxy relay = FaultProxy.relaying();
                FaultServer server = FaultServer.start(FaultServer.answering(402, "declined"))) {
            RawCall call = payPlain(relay, server.url());
            assertThat(call.response().body()).isEqualTo("declined");
            assertThat(proxied(call, false)).isEqualTo(VerdictTableTest.DONE);
            assertThat(server.requests())
                    .singleElement()
                    .satisfies(request -> assertThat(request.text()).isEqualTo(RawCall.PAYMENT));
        }
    }

    @Test
    void answers_through_a_tunnel_are_the_servers() throws Exception {
        try (FaultProxy relay = FaultProxy.relaying();
                Http2FaultServer server =
                        new Http2FaultServer(authority.server("127.0.0.1"), 100, Http2FaultServer.Connection::ok)) {
            RawCall call = pay(relay, server.url());
            assertThat(call.response().version()).isEqualTo(HttpClient.Version.HTTP_2);
            assertThat(proxied(call, true)).isEqualTo(VerdictTableTest.DONE);
            assertThat(server.requests()).isOne();
        }
    }

    @Test
    void a_503_through_a_tunnel_is_the_servers_too() throws Exception {
        try (FaultProxy relay = FaultProxy.relaying();
                FaultServer server =
                        FaultServer.startTls(authority.server("127.0.0.1"), FaultServer.answering(503, "busy"))) {
            assertThat(proxied(pay(relay, server.url()), true))
                    .isEqualTo(new Verdict(Outcome.OVERLOADED, Delivery.UNKNOWN));
            assertThat(server.requests()).hasSize(1);
        }
    }

    @Test
    void a_connection_that_ends_in_the_tunnel_after_the_request_is_a_doubt() throws Exception {
        try (FaultProxy relay = FaultProxy.relaying();
                FaultServer server =
                        FaultServer.startTls(authority.server("127.0.0.1"), FaultServer.Connection::read)) {
            assertThat(pay(relay, server.url()).verdict()).isEqualTo(VerdictTableTest.IN_DOUBT);
            assertThat(server.requests()).hasSize(1);
        }
    }
}
