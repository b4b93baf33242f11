package io.fairlead;

import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A whole answer in memory: what a partner said to an {@link Inquiry}, or what a {@link Fallback} says in a partner's place. The caller's
 * body handler is given it as if it had just come.
 *
 * <p>Immutable.
 */
public final class Reply {

    private final int status;
    private final HttpHeaders headers;
    private final byte[] body;

    private Reply(int status, HttpHeaders headers, byte[] body) {
        this.status = status;
        this.headers = headers;
        this.body = body;
    }

    /**
     * A reply.
     *
     * @param status 200 to 599
     * @param body copied
     */
    public static Reply of(int status, HttpHeaders headers, byte[] body) {
        Require.between(status, 200, 599, "status of the reply");
        Require.notNull(headers, "headers of the reply");
        return new Reply(
                status, headers, Require.notNull(body, "body of the reply").clone());
    }

    /** A reply without headers, whose body is the text in UTF-8. */
    public static Reply of(int status, String body) {
        byte[] bytes = Require.notNull(body, "body of the reply").getBytes(StandardCharsets.UTF_8);
        return of(status, HttpHeaders.of(Map.of(), (name, value) -> true), bytes);
    }

    /** The same with one more header. */
    public Reply withHeader(String name, String value) {
        Map<String, List<String>> all = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        all.putAll(headers.map());
        List<String> values = new ArrayList<>(all.getOrDefault(Require.notBlank(name, "header name"), List.of()));
        values.add(Require.notNull(value, "header " + name));
        all.put(name, values);
        return new Reply(status, HttpHeaders.of(all, (n, v) -> true), body);
    }

    /** The status, 200 to 599. */
    public int status() {
        return status;
    }

    /** The headers. */
    public HttpHeaders headers() {
        return headers;
    }

    /** The body, empty if there is none; a copy. */
    public byte[] body() {
        return body.clone();
    }

    /** The body read as UTF-8. */
    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    /** Status and length alone: the rest may be somebody's secret. */
    @Override
    public String toString() {
        return "Reply[" + status + ", " + body.length + " bytes]";
    }
}
