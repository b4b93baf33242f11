package io.fairlead.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Balancer;
import io.fairlead.CallException;
import io.fairlead.CallFailure;
import io.fairlead.Delivery;
import io.fairlead.Providers;
import io.fairlead.Service;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SignatureException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {

    private record Result(int code, String out, String err) {}

    private static synchronized Result run(String... args) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
        ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(outBytes, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(errBytes, true, StandardCharsets.UTF_8));
            return new Result(
                    Main.run(args),
                    outBytes.toString(StandardCharsets.UTF_8),
                    errBytes.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    private static void assertRefused(String message, String... args) {
        Result result = run(args);
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err().strip()).contains(message).doesNotContain("\n").doesNotContain("\tat ");
    }

    @Test
    void what_cannot_be_used_is_told_in_one_line_with_exit_code_2() throws Exception {
        assertRefused("--speed is no option", "--speed", "3");
        assertRefused("--rate needs a value", "--rate");
        assertRefused("--rate is \"fast\": allowed is a whole number, 1 to 100000", "--rate", "fast");
        assertRefused("--duration is 0: allowed is 1 to 86400", "--duration", "0");
        assertRefused("did you mean round-robin?", "--balancer", "roundrobin");
        assertRefused("setting table-size is 0", "--balancer", "maglev,table-size=0");
        assertRefused("setting zone is not set", "--balancer", "prefer-zone");
        assertRefused("\"0.9\": allowed is setting=value", "--balancer", "ring,0.9");
        assertRefused("did you mean token-bucket?", "--limit", "tokenbucket");
        assertRefused("setting permits is not set", "--limit", "leaky-bucket");
        assertRefused("setting in-flight is not set", "--limit", "bulkhead");
        assertRefused("check hmac-sha256, http-message, aws", "--signer", "oauth2");
        assertRefused("with --targets", "--signer", "aws,region=eu-central-1");
        assertRefused("--token: for the embedded servers", "--token", "--targets", "http://127.0.0.1:9");
        assertRefused("--encrypt: ", "--encrypt", "card");
        assertRefused("not with --targets", "--encrypt", "$.card", "--targets", "http://127.0.0.1:9");
        assertRefused("--requests: /no/such/file cannot be read", "--requests", "/no/such/file");
        assertRefused("--targets: target is ftp://x", "--targets", "ftp://x");
        ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        String gone = "http://127.0.0.1:" + socket.getLocalPort();
        socket.close();
        assertRefused("nothing listens at " + gone, "--targets", gone);
    }

    @Test
    void a_bad_line_of_the_file_is_named_by_its_number() {
        for (String bad : List.of("{\"path\":\"/a\"", "[]", "{\"path\":\"a\"}", "{\"path\":\"/a\",\"method\":\"\"}")) {
            String file = "{\"method\":\"GET\",\"path\":\"/ok\"}\n\n" + bad + "\n";
            assertThatThrownBy(() -> RequestFile.read(
                            "f.jsonl", new ByteArrayInputStream(file.getBytes(StandardCharsets.UTF_8))))
                    .isInstanceOf(UsageException.class)
                    .hasMessageContaining("f.jsonl, line 3");
        }
    }

    @Test
    void help_lists_the_options() {
        Result result = run("--help");
        assertThat(result.code()).isZero();
        assertThat(result.out())
                .contains("--requests", "--targets", "--rate", "--duration", "--balancer", "--limit", "--signer");
    }

    @Test
    void the_ledger_answers_a_key_once_and_sees_a_payment_made_twice_under_two_keys() {
        Ledger ledger = new Ledger();
        for (int i = 0; i < 2; i++) {
            ledger.once("key", () -> {
                ledger.book("pay-1", 5);
                return new Ledger.Answer(201, "");
            });
        }
        assertThat(ledger.bookings("pay-1")).isOne();
        assertThat(ledger.doubled()).isZero();
        ledger.book("pay-1", 5);
        assertThat(ledger.doubled()).isOne();
    }

    @Test
    void the_audit_fails_for_what_is_doubled_lost_or_wrongly_refused() {
        Ledger ledger = new Ledger();
        ledger.book("a", 5);
        Audit audit = new Audit();
        audit.answered("a", 5, 201);
        audit.answered("b", 5, 402);
        CallFailure.Report inDoubt = new CallFailure.Report("payments", Delivery.UNKNOWN, "key-c", List.of());
        audit.failed("c", 5, new CallException("reset", inDoubt, null));
        assertThat(audit.holds(3, ledger)).isTrue();
        assertThat(audit.report(3, ledger))
                .endsWith("sent 3 = acknowledged 1 + refused 1 + unknown 1 (listed), doubled 0, lost 0")
                .contains("key-c", "not booked");
        assertThat(audit.holds(4, ledger)).isFalse();
        ledger.book("b", 5);
        assertThat(audit.holds(3, ledger)).isFalse();
        ledger.book("a", 5);
        assertThat(audit.report(3, ledger)).endsWith("doubled 1, lost 1");
    }

    @Test
    void the_main_job_holds_its_audit() {
        Result result = run("--duration", "3", "--rate", "200");
        assertThat(result.code()).as(result.out() + result.err()).isZero();
        assertThat(result.out()).contains("doubled 0, lost 0").contains("server 5 commits and drops");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "weighted-round-robin",
                "smooth-round-robin,slow-start=PT2S",
                "load-reported",
                "maglev,bounded-load=1.25",
                "sticky,within=least-request",
                "priorities"
            })
    void the_main_job_runs_with_every_kind_of_strategy(String balancer) {
        Result result = run("--duration", "1", "--rate", "200", "--balancer", balancer);
        assertThat(result.code()).as(result.out() + result.err()).isZero();
        assertThat(result.out()).contains("doubled 0, lost 0");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "leaky-bucket,permits=200",
                "all,limits=200/1s burst 20",
                "learning,permits=200,key=path",
                "bulkhead,in-flight=64,queue=64"
            })
    void the_main_job_runs_with_every_kind_of_limit(String limit) {
        Result result = run("--duration", "1", "--rate", "200", "--limit", limit);
        assertThat(result.code()).as(result.out() + result.err()).isZero();
        assertThat(result.out()).contains("doubled 0, lost 0");
    }

    static List<String> signers() {
        return Credentials.names();
    }

    @ParameterizedTest
    @MethodSource("signers")
    void the_embedded_servers_check_what_was_signed(String signer) {
        Result result = run("--duration", "1", "--rate", "200", "--signer", signer);
        assertThat(result.code()).as(result.out() + result.err()).isZero();
        assertThat(result.out()).containsPattern("acknowledged [1-9]").contains("doubled 0, lost 0");
    }

    @ParameterizedTest
    @MethodSource("signers")
    void a_gate_refuses_what_is_not_signed_or_by_other_keys(String signer) throws Exception {
        Gate gate = Credentials.of(signer).partner();
        Gate.Arrival bare = new Gate.Arrival("POST", "127.0.0.1:1", "/x", null, Map.of());
        byte[] body = {1};
        assertThatThrownBy(() -> gate.open(bare, body)).isInstanceOf(SignatureException.class);
        assertThat(opened(Credentials.of(signer), gate, body)).isInstanceOf(SignatureException.class);
        Credentials right = Credentials.of(signer);
        assertThat(opened(right, right.partner(), body)).isNull();
    }

    /* What the gate says of a request that was signed by these credentials. */
    private static Exception opened(Credentials credentials, Gate gate, byte[] body) {
        Service service = credentials
                .client()
                .apply(Service.named("x").targets("http://127.0.0.1:1"))
                .build();
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:1/x"))
                .POST(BodyPublishers.ofByteArray(body))
                .build();
        HttpHeaders signed = service.signers()
                .get(0)
                .signAsync(request)
                .toCompletableFuture()
                .join()
                .headers();
        Map<String, List<String>> headers = new HashMap<>();
        signed.map().forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values));
        try {
            gate.open(new Gate.Arrival("POST", "127.0.0.1:1", "/x", null, headers), body);
            return null;
        } catch (GeneralSecurityException e) {
            return e;
        }
    }

    @Test
    void the_embedded_servers_read_what_was_hidden_for_them() {
        Result result = run("--duration", "1", "--rate", "200", "--encrypt", "$.amount,$.card?");
        assertThat(result.code()).as(result.out() + result.err()).isZero();
        assertThat(result.out()).containsPattern("acknowledged [1-9]").contains("doubled 0, lost 0");
    }

    @Test
    void requests_bear_tokens_of_the_embedded_authorization_server() {
        Result result = run("--duration", "1", "--rate", "200", "--token", "--signer", "http-message");
        assertThat(result.code()).as(result.out() + result.err()).isZero();
        assertThat(result.out())
                .containsPattern("acknowledged [1-9]")
                .contains("doubled 0, lost 0")
                .contains("tokens fetched: 1");
    }

    @Test
    void a_request_without_the_token_is_refused() {
        try (TokenServer login = new TokenServer("shop", "hush")) {
            Gate gate =
                    Credentials.of("hmac-sha256").bearing(login, "shop", "hush").partner();
            Gate.Arrival bare = new Gate.Arrival("GET", "a:1", "/x", null, Map.of());
            assertThatThrownBy(() -> gate.open(bare, new byte[0])).isInstanceOf(SignatureException.class);
        }
    }

    @Test
    void the_states_are_shown_while_it_runs() {
        Result result = run("--duration", "5", "--rate", "200");
        assertThat(result.out()).containsPattern("; [1-5] ready");
    }

    @Test
    void servers_of_the_users_own_get_each_request_once() {
        Partner partner = new Partner(Credentials.of("hmac-sha256").partner());
        try (partner) {
            Result result = run("--targets", String.join(",", partner.urls()), "--rate", "2000");
            assertThat(result.code()).isZero(); // unsigned: every payment is refused with 401
            assertThat(result.out()).contains("acknowledged 0 + refused ").contains("unknown 0 (no ledger to audit");
        }
    }

    @Test
    void a_target_that_is_named_twice_is_bad() {
        assertRefused(
                "--targets: http://127.0.0.1:1234 is named twice",
                "--targets",
                "http://127.0.0.1:1234,http://127.0.0.1:1234/");
    }

    /** Else the signature or token that the user put there would silently be left out. */
    @ParameterizedTest
    @ValueSource(strings = {"[\"Authorization: x\"]", "\"Authorization: x\"", "{\"Authorization\":[\"x\"]}"})
    void headers_that_are_no_object_of_texts_are_bad(String headers) {
        byte[] line = ("{\"path\":\"/a\",\"headers\":" + headers + "}\n").getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> RequestFile.read("f.jsonl", new ByteArrayInputStream(line)))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("f.jsonl, line 1: ")
                .hasMessageContaining("header");
    }

    @Test
    void help_names_every_strategy() {
        Result result = run("--help");
        assertThat(result.code()).isZero();
        assertThat(result.out()).contains(Providers.load().names(Balancer.class));
        assertThat(result.out().lines()).allMatch(line -> line.length() <= 140);
    }
}
