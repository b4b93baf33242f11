package io.fairlead.crypto;

import com.nimbusds.jose.util.JSONObjectUtils;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * What an authorization server said: a status, headers and at most 1 MiB, to be read as JSON. Shows nothing of the body.
 */
record ServerAnswer(int status, HttpHeaders headers, String body) {

    static CompletableFuture<ServerAnswer> to(Wire wire, HttpClient client, HttpRequest request) {
        return wire.send(
                        client,
                        request,
                        VerifiedBody.handler(BodyHandlers.ofString(StandardCharsets.UTF_8), (info, body) -> {}))
                .thenApply(r -> new ServerAnswer(r.statusCode(), r.headers(), r.body()));
    }

    /** The object that the body is; without the parser's words, which quote it. */
    Map<String, Object> json(String what) throws FetchFailure {
        try {
            return object(body);
        } catch (ParseException | RuntimeException e) {
            throw new FetchFailure(what + " is not a JSON object: the answer has the status " + status + " and "
                    + body.length() + " characters");
        }
    }

    /** A JSON object in which no name is twice; read by one so and by another so, it would be. */
    static Map<String, Object> object(String json) throws ParseException {
        JsonMembers.of(json);
        Json.check(json.getBytes(StandardCharsets.UTF_8)); // no name twice, on any level
        return JSONObjectUtils.parse(json);
    }

    /** The error code of RFC 6749, section 5.2, or empty. */
    String errorCode() {
        try {
            Object error = object(body).get("error");
            return error instanceof String code && code.matches("[A-Za-z0-9_.-]{1,64}") ? code : "";
        } catch (ParseException | RuntimeException noJson) {
            return "";
        }
    }

    /** The failure that this answer is. */
    FetchFailure failure(String what) {
        String code = errorCode();
        return new FetchFailure(
                what + " was refused with the status " + status + (code.isEmpty() ? "" : " (" + code + ")"),
                retryAfterNanos());
    }

    private long retryAfterNanos() {
        String value = headers.firstValue("Retry-After").orElse("");
        return value.matches("[0-9]{1,6}") ? TimeUnit.SECONDS.toNanos(Long.parseLong(value)) : 0;
    }

    /** The server's date in milliseconds, if it gave one. */
    OptionalLong dateMillis() {
        try {
            return headers.firstValue("Date")
                    .map(date -> ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME))
                    .map(ZonedDateTime::toInstant)
                    .map(Instant::toEpochMilli)
                    .map(OptionalLong::of)
                    .orElse(OptionalLong.empty());
        } catch (DateTimeException e) {
            return OptionalLong.empty();
        }
    }

    @Override
    public String toString() {
        return "ServerAnswer[" + status + "]";
    }
}
