package io.fairlead.health;

import io.fairlead.Environment;
import io.fairlead.Require;
import io.fairlead.Target;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks by one HTTP request.
 *
 * @param headers names and values in turn
 * @param statuses those that pass; empty for 2xx
 */
record HttpProbe(
        String path,
        String method,
        List<String> headers,
        @Nullable Supplier<String> body,
        List<Integer> statuses,
        @Nullable BiPredicate<String, String> answer,
        int answerLimit)
        implements Probes.Http {

    private static final int DEFAULT_ANSWER_LIMIT = 4096;

    /** So that a partner can tell probes from payments in its logs; a header of the user's takes its place. */
    private static final String USER_AGENT = "fairlead-probe";

    static HttpProbe get(String path) {
        return new HttpProbe(path(path), "GET", List.of(), null, List.of(), null, DEFAULT_ANSWER_LIMIT);
    }

    static HttpProbe ping(String path) {
        Supplier<String> ping =
                () -> "ping " + Long.toHexString(Environment.system().random().nextLong());
        return new HttpProbe(
                path(path),
                "POST",
                List.of(),
                ping,
                List.of(),
                (sent, received) -> received.contains(sent),
                DEFAULT_ANSWER_LIMIT);
    }

    /** Checks a path. */
    static String path(String path) {
        Require.notBlank(path, "path of the probe");
        if (!path.startsWith("/") || path.contains("#")) {
            throw Require.bad("path of the probe", shown(path), "a path that begins with / and has no fragment");
        }
        try {
            URI.create("http://probe.invalid" + path);
        } catch (IllegalArgumentException e) {
            throw Require.bad("path of the probe", shown(path), "a path as of a URI, its spaces encoded");
        }
        return path;
    }

    /** A query may hold a token. */
    static String shown(String path) {
        return path.replaceAll("\\?.*", "?…");
    }

    @Override
    public HttpProbe method(String method) {
        try {
            ProbeRequest.to(Target.of("http://probe.invalid"), "/").method(method, BodyPublishers.noBody());
        } catch (IllegalArgumentException e) {
            throw Require.bad("method of the probe", "\"" + method + "\"", "a method such as GET, not CONNECT");
        }
        return new HttpProbe(path, method, headers, body, statuses, answer, answerLimit);
    }

    @Override
    public HttpProbe header(String name, String value) {
        Require.notBlank(name, "header of the probe");
        Require.notNull(value, "header " + name + " of the probe");
        try {
            ProbeRequest.to(Target.of("http://probe.invalid"), "/").header(name, value);
        } catch (IllegalArgumentException e) { // its message may quote the value, which may be a secret
            throw new IllegalArgumentException(
                    "header " + name + " of the probe is not allowed: names and values"
                            + " must be as in RFC 9110, and Host, Connection, Content-Length, Expect and Upgrade are the client's own");
        }
        List<String> more = new ArrayList<>(headers);
        more.addAll(List.of(name, value));
        return new HttpProbe(path, method, List.copyOf(more), body, statuses, answer, answerLimit);
    }

    @Override
    public HttpProbe body(Supplier<String> body) {
        Require.notNull(body, "body of the probe");
        return new HttpProbe(path, method, headers, body, statuses, answer, answerLimit);
    }

    @Override
    public HttpProbe status(int... statuses) {
        if (statuses.length == 0) {
            throw Require.bad("statuses of the probe", "empty", "one status or more");
        }
        List<Integer> passing = Arrays.stream(statuses)
                .map(status -> Require.between(status, 200, 599, "status of the probe"))
                .boxed()
                .toList();
        return new HttpProbe(path, method, headers, body, passing, answer, answerLimit);
    }

    @Override
    public HttpProbe answer(Predicate<String> expected) {
        Require.notNull(expected, "answer of the probe");
        return answer((sent, received) -> expected.test(received));
    }

    @Override
    public HttpProbe answer(BiPredicate<String, String> expected) {
        Require.notNull(expected, "answer of the probe");
        return new HttpProbe(path, method, headers, body, statuses, expected, answerLimit);
    }

    @Override
    public HttpProbe answerLimit(int bytes) {
        Require.between(bytes, 1, AnswerPrefix.MOST, "answer limit of the probe");
        return new HttpProbe(path, method, headers, body, statuses, answer, bytes);
    }

    @Override
    public CompletionStage<Void> probe(Target target, HttpClient transport) {
        try {
            String sent = body == null ? "" : body.get();
            return ProbeRequest.send(
                    transport,
                    request(target, sent),
                    answer == null ? 0 : answerLimit,
                    info -> judge(info.statusCode()),
                    received -> judge(sent, new String(received, StandardCharsets.UTF_8)));
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private HttpRequest request(Target target, String sent) {
        HttpRequest.Builder request = ProbeRequest.to(target, path)
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(sent))
                .setHeader("User-Agent", USER_AGENT);
        for (int i = 0; i < headers.size(); i += 2) {
            if (headers.get(i).equalsIgnoreCase("User-Agent")) {
                request.setHeader(headers.get(i), headers.get(i + 1));
            } else {
                request.header(headers.get(i), headers.get(i + 1));
            }
        }
        return request.build();
    }

    private void judge(int status) throws ProbeFailedException {
        if (statuses.isEmpty() ? status / 100 != 2 : !statuses.contains(status)) {
            throw new ProbeFailedException("status " + status);
        }
    }

    private void judge(String sent, String received) throws ProbeFailedException {
        if (answer != null && !answer.test(sent, received)) {
            throw new ProbeFailedException("the answer is not the expected one");
        }
    }

    @Override
    public String toString() {
        StringBuilder names = new StringBuilder();
        for (int i = 0; i < headers.size(); i += 2) {
            names.append(names.isEmpty() ? ", headers " : " ").append(headers.get(i));
        }
        return "HttpProbe[" + method + " " + shown(path) + names + "]";
    }
}
