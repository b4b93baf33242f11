package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Environment;
import io.fairlead.testing.ManualTime;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.ResponseInfo;
import java.nio.ByteBuffer;
import java.security.SignatureException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Flow;
import org.junit.jupiter.api.Test;

/** A verifier that is told the requests as they were sent. */
class SentRequestsTest {

    private static final byte[] SECRET = new byte[32];

    private final Environment env = new ManualTime().environment(4);
    private final SentRequests sent = Signers.sentRequests();
    private final MessageVerifier verifier = Verifiers.httpMessage()
            .secret("bank", SECRET)
            .require("@status", "@authority;req", "@path;req", "content-digest")
            .environment(env);

    private record Info(HttpHeaders headers) implements ResponseInfo {
        @Override
        public int statusCode() {
            return 200;
        }

        @Override
        public HttpClient.Version version() {
            return HttpClient.Version.HTTP_1_1;
        }
    }

    private HttpHeaders answerTo(HttpRequest request) {
        List<StructuredField.Item> items = List.of(
                Component.parse("@status").item(),
                Component.parse("@authority;req").item(),
                Component.parse("@path;req").item(),
                Component.parse("content-digest").item());
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("created", env.now().getEpochSecond());
        parameters.put("keyid", "bank");
        Map<String, String> headers = new MessageDraft(
                        HttpMessage.response(200, Map.of(), request),
                        "sig1",
                        new StructuredField.InnerList(items, parameters),
                        MessageKey.hmac("bank", SECRET),
                        "sha-256")
                .headers(HexFormat.of().formatHex(HmacKey.sha256().digest(new byte[] {'o', 'k'})));
        Map<String, List<String>> all = new LinkedHashMap<>();
        headers.forEach((name, value) -> all.put(name, List.of(value)));
        return HttpHeaders.of(all, (n, v) -> true);
    }

    private static HttpRequest request(String uri) {
        return HttpRequest.newBuilder(URI.create(uri)).build();
    }

    private String read(HttpHeaders headers) {
        BodySubscriber<String> body =
                verifier.verifiedAsSent(BodyHandlers.ofString(), sent).apply(new Info(headers));
        body.onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long n) {}

            @Override
            public void cancel() {}
        });
        body.onNext(List.of(ByteBuffer.wrap(new byte[] {'o', 'k'})));
        body.onComplete();
        return body.getBody().toCompletableFuture().join();
    }

    @Test
    void each_answer_is_checked_with_the_request_that_it_answers() {
        HttpRequest one = request("https://10.0.0.1:8443/pay");
        HttpRequest other = request("https://10.0.0.2:8443/pay");
        HttpHeaders toOne = answerTo(one);
        HttpHeaders toOther = answerTo(other);
        assertThat(sent.sign(one)).isSameAs(one);
        assertThat(sent.answered(one, 200, toOne)).isNull();
        assertThat(sent.answered(other, 200, toOther)).isNull();
        assertThat(read(toOne)).isEqualTo("ok");
        assertThat(read(toOther)).isEqualTo("ok");
    }

    @Test
    void an_answer_to_another_request_or_to_none_that_is_known_is_refused() {
        HttpHeaders headers = answerTo(request("https://10.0.0.1:8443/pay"));
        assertThatThrownBy(() -> read(headers))
                .isInstanceOf(CompletionException.class)
                .hasRootCauseInstanceOf(SignatureException.class)
                .hasMessageContaining("request that was answered is not known");
        sent.answered(request("https://10.0.0.2:8443/pay"), 200, headers);
        assertThatThrownBy(() -> read(headers)).hasMessageContaining("wrong signature");
        HttpHeaders same = HttpHeaders.of(headers.map(), (n, v) -> true);
        assertThat(same).isEqualTo(headers);
        assertThatThrownBy(() -> read(same))
                .as("the same headers of another answer")
                .hasMessageContaining("not known");
    }
}
