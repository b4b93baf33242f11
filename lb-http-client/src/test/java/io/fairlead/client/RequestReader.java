package io.fairlead.client;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Reads HTTP/1.1 requests as the JDK's client writes them: not a parser to be let loose on others. */
final class RequestReader {

    private final InputStream in;

    RequestReader(InputStream in) {
        this.in = new BufferedInputStream(in);
    }

    InputStream stream() {
        return in;
    }

    /** The next head, header names in lower case, or null at the end of the stream. */
    FaultServer.Request head() throws IOException {
        String first = line();
        if (first == null) {
            return null;
        }
        Map<String, String> headers = new TreeMap<>();
        for (String line = requiredLine(); !line.isEmpty(); line = requiredLine()) {
            int colon = line.indexOf(':');
            headers.merge(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).trim(),
                    (a, b) -> a + ", " + b);
        }
        String[] parts = first.split(" ");
        return new FaultServer.Request(parts[0], parts[1], headers, new byte[0]);
    }

    /** The body that belongs to a head; one that ends too early is an {@link EOFException}. */
    byte[] body(FaultServer.Request head) throws IOException {
        if (!"chunked".equals(head.headers().get("transfer-encoding"))) {
            return bytes(Integer.parseInt(head.headers().getOrDefault("content-length", "0")));
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int size = Integer.parseInt(requiredLine(), 16); size > 0; size = Integer.parseInt(requiredLine(), 16)) {
            body.write(bytes(size));
            requiredLine();
        }
        requiredLine();
        return body.toByteArray();
    }

    private byte[] bytes(int count) throws IOException {
        byte[] bytes = in.readNBytes(count);
        if (bytes.length < count) {
            throw new EOFException("the client left within a body");
        }
        return bytes;
    }

    private String requiredLine() throws IOException {
        String line = line();
        if (line == null) {
            throw new EOFException("the client left within a request");
        }
        return line;
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c == -1) {
                return line.length() == 0 ? null : line.toString();
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }
}
