package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Environment;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The cases are those of the AWS signing test suite (awslabs/aws-c-auth, Apache-2.0). */
class AwsSignerTest {

    private static final String SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    static Stream<Vectors.Case> cases() {
        return Vectors.cases("sigv4").stream();
    }

    private static AwsSigner signer(Vectors.Case test) {
        Vectors.Case context = test.object("context");
        Vectors.Case credentials = context.object("credentials");
        AwsSigner signer = Signers.aws(
                        context.text("region"),
                        context.text("service"),
                        credentials.text("access_key_id"),
                        credentials.text("secret_access_key"))
                .environment(Environment.builder()
                        .instants(InstantSource.fixed(Instant.parse(context.text("timestamp"))))
                        .build());
        if (credentials.has("token")) {
            signer = context.text("omit_session_token", "false").equals("true")
                    ? signer.unsignedSessionToken(credentials.text("token"))
                    : signer.sessionToken(credentials.text("token"));
        }
        if (context.text("normalize").equals("false")) {
            signer = signer.unnormalizedPath();
        }
        return context.text("sign_body").equals("true") ? signer.payloadHeader() : signer;
    }

    private static HttpMessage message(Vectors.Case test) {
        String line = test.text("request_line");
        String method = line.substring(0, line.indexOf(' '));
        String[] target =
                line.substring(line.indexOf(' ') + 1, line.lastIndexOf(' ')).split("\\?", 2);
        Map<String, List<String>> headers = new LinkedHashMap<>();
        String last = "";
        for (String header : test.strings("request_headers_raw")) {
            if (header.startsWith(" ")) {
                List<String> values = headers.get(last);
                values.set(values.size() - 1, values.get(values.size() - 1) + "\n" + header);
            } else if (!header.isEmpty()) {
                last = header.substring(0, header.indexOf(':'));
                headers.computeIfAbsent(last, n -> new ArrayList<>()).add(header.substring(last.length() + 1));
            }
        }
        headers = HttpMessage.lowerCase(headers);
        String host = headers.get("host").get(0);
        return new HttpMessage(
                new HttpMessage.Target(method, "https", host, target[0], target.length > 1 ? target[1] : null),
                0,
                headers,
                null);
    }

    private static String digest(Vectors.Case test) {
        return HexFormat.of()
                .formatHex(HmacKey.sha256().digest(test.text("body").getBytes(StandardCharsets.UTF_8)));
    }

    private static List<String> lines(String request) {
        return Arrays.stream(request.split("\n")).map(String::strip).toList();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void in_headers(Vectors.Case test) {
        Map<String, String> headers = signer(test).headers(message(test), digest(test));
        List<String> expected = lines(test.object("header").text("signed_request"));
        headers.forEach((name, value) ->
                assertThat(expected).anySatisfy(line -> assertThat(line).isEqualToIgnoringCase(name + ":" + value)));
        assertThat(headers.get("Authorization"))
                .endsWith("Signature=" + test.object("header").text("signature"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void in_the_query(Vectors.Case test) {
        String query = signer(test)
                .presigned(message(test), digest(test), test.object("context").number("expiration_in_seconds"));
        assertThat(query).endsWith("&X-Amz-Signature=" + test.object("query").text("signature"));
        String line = lines(test.object("query").text("signed_request")).get(0);
        String expected = line.substring(line.indexOf('?') + 1, line.lastIndexOf(' '));
        for (String pair : query.split("&")) {
            assertThat(List.of(expected.split("&")))
                    .anySatisfy(e -> assertThat(Percent.strictAgain(e)).isEqualTo(Percent.strictAgain(pair)));
        }
    }

    /** The cases that a request of the JDK can have: without a body, and with no header that it keeps to itself. */
    @Test
    void in_the_query_of_a_request() {
        int tried = 0;
        for (Vectors.Case test : cases().toList()) {
            HttpMessage message = message(test);
            HttpMessage.Target target = java.util.Objects.requireNonNull(message.target());
            HttpRequest.Builder request = HttpRequest.newBuilder();
            try {
                request.uri(URI.create("https://" + target.authority() + target.pathAndQuery()))
                        .method(target.method(), HttpRequest.BodyPublishers.noBody());
                message.headers().forEach((name, values) -> {
                    if (!name.equals("host")) {
                        values.forEach(value -> request.header(name, value));
                    }
                });
            } catch (IllegalArgumentException e) {
                continue; // a blank in the path, a folded header, a length
            }
            if (!test.text("body").isEmpty()) {
                continue;
            }
            long seconds = test.object("context").number("expiration_in_seconds");
            URI presigned = signer(test).presigned(request.build(), Duration.ofSeconds(seconds));
            assertThat(presigned.getRawQuery())
                    .as(test.text("id"))
                    .endsWith("&X-Amz-Signature=" + test.object("query").text("signature"));
            tried++;
        }
        assertThat(tried).isGreaterThan(10);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void canonical_requests_and_strings_to_sign(Vectors.Case test) {
        Vectors.Case header = test.object("header");
        HttpMessage message = message(test);
        Map<String, List<String>> all = new LinkedHashMap<>(message.headers());
        signer(test).headers(message, digest(test)).forEach((name, value) -> {
            boolean unsigned = name.equals("X-Amz-Security-Token")
                    && test.object("context")
                            .text("omit_session_token", "false")
                            .equals("true");
            if (!name.equals("Authorization") && !unsigned) {
                all.put(name.toLowerCase(java.util.Locale.ROOT), List.of(value));
            }
        });
        HttpMessage.Target target = message.target();
        String canonical = AwsRequest.canonical(
                target.method(),
                AwsRequest.path(
                        target.path(), test.object("context").text("normalize").equals("true")),
                AwsRequest.query(target.query()),
                AwsRequest.headers(all),
                digest(test));
        assertThat(canonical).isEqualTo(header.text("canonical_request"));
        assertThat(AwsRequest.toSign("20150830T123600Z", "20150830/us-east-1/service/aws4_request", canonical))
                .isEqualTo(header.text("string_to_sign"));
    }

    private static Environment at(String instant) {
        return Environment.builder()
                .instants(InstantSource.fixed(Instant.parse(instant)))
                .build();
    }

    private static final AwsSigner S3 =
            Signers.aws("us-east-1", "s3", "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");

    /** The example of the documentation of Amazon S3, "Authenticating Requests: Using Query Parameters". */
    @Test
    void a_presigned_uri_of_s3() {
        URI uri = S3.environment(at("2013-05-24T00:00:00Z"))
                .presigned(
                        "GET",
                        URI.create("https://examplebucket.s3.amazonaws.com/test.txt"),
                        Duration.ofSeconds(86400));
        assertThat(uri)
                .hasHost("examplebucket.s3.amazonaws.com")
                .hasPath("/test.txt")
                .hasParameter("X-Amz-Credential", "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request")
                .hasParameter("X-Amz-Expires", "86400")
                .hasParameter("X-Amz-SignedHeaders", "host")
                .hasParameter("X-Amz-Signature", "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
    }

    /** The example "PUT Object" of the documentation of Amazon S3, "Signature Calculations for the Authorization Header". */
    @Test
    void a_put_to_s3_through_the_signer() {
        HttpRequest put = HttpRequest.newBuilder(URI.create("https://examplebucket.s3.amazonaws.com/test%24file.text"))
                .header("Date", "Fri, 24 May 2013 00:00:00 GMT")
                .header("x-amz-storage-class", "REDUCED_REDUNDANCY")
                .PUT(BodyPublishers.ofString("Welcome to Amazon S3."))
                .build();
        HttpRequest signed = S3.environment(at("2013-05-24T00:00:00Z")).sign(put);
        assertThat(signed.headers().firstValue("x-amz-content-sha256"))
                .hasValue("44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
        assertThat(signed.headers().firstValue("Authorization"))
                .hasValue("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
                        + "SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class, "
                        + "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
        HttpRequest unsigned = S3.unsignedPayload().sign(put);
        assertThat(unsigned.headers().firstValue("x-amz-content-sha256")).hasValue("UNSIGNED-PAYLOAD");
        assertThat(unsigned.uri()).isEqualTo(put.uri());
    }

    @Test
    void a_token_is_sent_and_signed_and_everything_that_is_signed_counts() {
        AwsSigner signer = Signers.aws("r", "s", "id", SECRET).environment(at("2026-01-02T03:04:05Z"));
        HttpRequest.Builder get = HttpRequest.newBuilder(URI.create("https://h:8443/a%20b?x=1&X=2&y=a+b&y="));
        String plain = authorization(signer.sign(get.build()));
        String token = authorization(signer.sessionToken("t0ken").sign(get.build()));
        assertThat(token).contains("SignedHeaders=host;x-amz-date;x-amz-security-token,");
        String loose = authorization(signer.unsignedSessionToken("t0ken").sign(get.build()));
        assertThat(loose).isEqualTo(plain);
        assertThat(signer.unsignedSessionToken("t0ken")
                        .sign(get.build())
                        .headers()
                        .firstValue("X-Amz-Security-Token"))
                .hasValue("t0ken");
        assertThat(List.of(
                        plain,
                        token,
                        authorization(signer.sign(get.copy().header("a", "b").build())),
                        authorization(signer.sign(
                                get.copy().POST(BodyPublishers.ofString("x")).build())),
                        authorization(signer.sign(
                                get.copy().uri(URI.create("https://h/a%20b")).build())),
                        authorization(
                                signer.environment(at("2026-01-03T03:04:05Z")).sign(get.build()))))
                .doesNotHaveDuplicates();
        assertThat(authorization(
                        signer.sign(get.copy().header("User-Agent", "x").build())))
                .isEqualTo(plain);
        URI presigned =
                signer.sessionToken("t0k+n").presigned("GET", URI.create("https://h/?a=b"), Duration.ofSeconds(9));
        assertThat(presigned.getRawQuery()).startsWith("X-Amz-Algorithm=").contains("X-Amz-Security-Token=t0k%2Bn&");
        assertThat(presigned.getRawQuery())
                .endsWith(presigned.getRawQuery().replaceAll(".*(&X-Amz-Signature=\\w{64})$", "$1"));
    }

    @Test
    void what_is_no_utf8_stays_the_same_bytes() {
        assertThat(AwsRequest.query("b=%ff&a=%c3%a9&c=%zz&d=%4")).isEqualTo("a=%C3%A9&b=%FF&c=%25zz&d=%254");
        assertThat(AwsRequest.s3Path("/%ff/a%2Fb+c")).isEqualTo("/%FF/a/b%2Bc");
        assertThat(AwsRequest.path("/%ff", true)).isEqualTo("/%25ff");
    }

    private static String authorization(HttpRequest signed) {
        return signed.headers().firstValue("Authorization").orElseThrow();
    }

    @Test
    void bad_settings_are_refused_by_name_and_the_secret_is_not_shown() {
        AwsSigner signer = Signers.aws("r", "s", "id", SECRET);
        assertThat(signer).hasToString("AwsSigner[id]");
        assertThatThrownBy(() -> Signers.aws("r", "s", "id", "se\ncret"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("secret access key")
                .hasMessageNotContaining("cret\"");
        assertThatThrownBy(() -> Signers.aws("r\n", "s", "id", SECRET)).hasMessageStartingWith("region");
        assertThatThrownBy(() -> Signers.aws("r", "", "id", SECRET)).hasMessageStartingWith("service");
        assertThatThrownBy(() -> signer.sessionToken("a\rb")).hasMessageStartingWith("session token");
        assertThatThrownBy(() -> signer.presigned("GET", URI.create("https://h/"), Duration.ofDays(8)))
                .hasMessageContaining("validity in seconds");
    }
}
