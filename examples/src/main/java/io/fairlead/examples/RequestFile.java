package io.fairlead.examples;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Requests as JSON Lines: one object a line with method, path, headers and body. */
final class RequestFile {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** One line of the file. */
    record Entry(
            String method,
            String path,
            Map<String, String> headers,
            @Nullable JsonNode body) {

        boolean isPayment() {
            return method.equals("POST");
        }

        /** The request, with the payment's own id in place of the file's if one is given. */
        HttpRequest request(@Nullable String paymentId, Duration timeout) {
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(URI.create("http://payments" + path)).timeout(timeout);
            headers.forEach(request::header);
            if (body == null) {
                return request.method(method, BodyPublishers.noBody()).build();
            }
            JsonNode content = body;
            if (paymentId != null && content.isObject()) {
                content = ((ObjectNode) content.deepCopy()).put("paymentId", paymentId);
            }
            return request.method(
                            method,
                            BodyPublishers.ofString(content.isTextual() ? content.asText() : content.toString()))
                    .build();
        }
    }

    private RequestFile() {}

    /** Reads a file, standard input ({@code -}), or the shipped requests (empty). */
    static List<Entry> read(String name) throws UsageException {
        try (InputStream in = open(name)) {
            return read(name.isEmpty() ? "payments.jsonl" : name, in);
        } catch (IOException e) {
            throw new UsageException(
                    "--requests: " + name + " cannot be read (" + e.getClass().getSimpleName() + ")");
        }
    }

    private static InputStream open(String name) throws IOException {
        if (name.isEmpty()) {
            InputStream shipped = RequestFile.class.getResourceAsStream("/payments.jsonl");
            if (shipped == null) {
                throw new IOException("payments.jsonl is not on the class path");
            }
            return shipped;
        }
        return name.equals("-") ? System.in : Files.newInputStream(Path.of(name));
    }

    static List<Entry> read(String name, InputStream in) throws IOException, UsageException {
        List<Entry> entries = new ArrayList<>();
        BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        int number = 0;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            number++;
            if (!line.isBlank()) {
                entries.add(entry("--requests: " + name + ", line " + number, line));
            }
        }
        if (entries.isEmpty()) {
            throw new UsageException("--requests: " + name + " holds no request");
        }
        return entries;
    }

    private static Entry entry(String where, String line) throws UsageException {
        JsonNode node;
        try {
            node = JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new UsageException(where + ": no JSON (" + e.getOriginalMessage() + ")");
        }
        if (!node.isObject() || !node.path("path").asText().startsWith("/")) {
            throw new UsageException(where + ": allowed is an object with a \"path\" that begins with /");
        }
        Map<String, String> headers = headers(where, node);
        JsonNode body = node.get("body");
        Entry entry = new Entry(
                node.path("method").asText(body == null ? "GET" : "POST"),
                node.path("path").asText(),
                headers,
                body);
        try {
            entry.request(null, Duration.ofSeconds(1));
        } catch (IllegalArgumentException e) {
            throw new UsageException(where + ": " + e.getMessage());
        }
        return entry;
    }

    private static Map<String, String> headers(String where, JsonNode node) throws UsageException {
        JsonNode given = node.path("headers");
        Map<String, String> headers = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> header : given.properties()) {
            if (!header.getValue().isValueNode() || header.getValue().isNull()) {
                throw new UsageException(where + ": header " + header.getKey() + ": allowed is a text");
            }
            headers.put(header.getKey(), header.getValue().asText());
        }
        if (!given.isObject() && !given.isMissingNode() && !given.isNull()) {
            throw new UsageException(where + ": \"headers\": allowed is an object, {\"name\": \"value\"}");
        }
        return headers;
    }
}
