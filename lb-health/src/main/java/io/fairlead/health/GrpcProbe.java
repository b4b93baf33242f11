package io.fairlead.health;

import io.fairlead.HealthProbe;
import io.fairlead.Target;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.ResponseInfo;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Asks by the health checking protocol of gRPC ({@code grpc.health.v1}; grpc/grpc doc/health-checking.md and doc/PROTOCOL-HTTP2.md):
 * one framed message of one field there, one back, written and read by hand, since the two have a dozen bytes between them.
 */
final class GrpcProbe implements HealthProbe {

    /** A response has two bytes and whatever fields are added one day. */
    private static final int ANSWER_LIMIT = 1024;

    private static final int FRAME_HEAD = 5;

    private static final List<String> SERVING_STATUS = List.of("UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN");

    /** The codes of grpc doc/statuscodes.md in their order. */
    private static final List<String> CODES = List.of(
            "OK",
            "CANCELLED",
            "UNKNOWN",
            "INVALID_ARGUMENT",
            "DEADLINE_EXCEEDED",
            "NOT_FOUND",
            "ALREADY_EXISTS",
            "PERMISSION_DENIED",
            "RESOURCE_EXHAUSTED",
            "FAILED_PRECONDITION",
            "ABORTED",
            "OUT_OF_RANGE",
            "UNIMPLEMENTED",
            "INTERNAL",
            "UNAVAILABLE",
            "DATA_LOSS",
            "UNAUTHENTICATED");

    private final String service;

    GrpcProbe(String service) {
        this.service = service;
    }

    @Override
    public CompletionStage<Void> probe(Target target, HttpClient transport) {
        if (!target.uri().getScheme().equals("https")) {
            return CompletableFuture.failedFuture(new ProbeFailedException(
                    "gRPC needs an https target: the JDK's HTTP client cannot begin HTTP/2 on a plain connection"));
        }
        try {
            HttpRequest request = ProbeRequest.to(target, "/grpc.health.v1.Health/Check")
                    .version(HttpClient.Version.HTTP_2)
                    .header("Content-Type", "application/grpc")
                    .header("TE", "trailers")
                    .header("User-Agent", "fairlead-probe")
                    .POST(BodyPublishers.ofByteArray(question(service)))
                    .build();
            return ProbeRequest.send(transport, request, ANSWER_LIMIT, GrpcProbe::judgeHead, GrpcProbe::judgeMessage);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** {@code HealthCheckRequest { string service = 1; }} in its frame: not compressed, length, message. */
    private static byte[] question(String service) {
        byte[] name = service.getBytes(StandardCharsets.UTF_8);
        ByteBuffer message = ByteBuffer.allocate(name.length + 2 * FRAME_HEAD + 1);
        message.position(FRAME_HEAD);
        if (name.length > 0) { // proto3 does not send what is empty
            message.put((byte) (1 << 3 | 2));
            int length = name.length;
            for (; length > 0x7f; length >>>= 7) {
                message.put((byte) (length | 0x80));
            }
            message.put((byte) length).put(name);
        }
        message.flip();
        message.put(0, (byte) 0).putInt(1, message.limit() - FRAME_HEAD);
        byte[] frame = new byte[message.limit()];
        message.get(frame);
        return frame;
    }

    private static void judgeHead(ResponseInfo info) throws ProbeFailedException {
        if (info.version() != HttpClient.Version.HTTP_2) {
            throw new ProbeFailedException("gRPC needs HTTP/2, and the server agreed on HTTP/1.1 only");
        }
        if (info.statusCode() != 200) {
            throw new ProbeFailedException("status " + info.statusCode());
        }
        String code = info.headers().firstValue("grpc-status").orElse("0");
        if (!code.equals("0")) { // an error without message: its trailers are its headers
            throw new ProbeFailedException("grpc-status " + name(code));
        }
        String type = info.headers().firstValue("content-type").orElse("");
        if (!type.startsWith("application/grpc")) {
            throw new ProbeFailedException("the answer is not gRPC: its content type is another");
        }
    }

    private static String name(String code) {
        for (int i = 1; i < CODES.size(); i++) {
            if (code.equals(String.valueOf(i))) {
                return i + " " + CODES.get(i);
            }
        }
        return "unknown to gRPC";
    }

    private static void judgeMessage(byte[] frame) throws IOException {
        long status = servingStatus(frame);
        if (status != 1) {
            String name = status >= 0 && status < SERVING_STATUS.size()
                    ? SERVING_STATUS.get((int) status)
                    : String.valueOf(status);
            throw new ProbeFailedException("gRPC health is " + name);
        }
    }

    /** {@code HealthCheckResponse { ServingStatus status = 1; }}: the last value of the field, 0 if it is absent. */
    private static long servingStatus(byte[] frame) throws ProbeFailedException {
        ByteBuffer in = ByteBuffer.wrap(frame);
        if (in.remaining() < FRAME_HEAD || in.get() != 0 || in.getInt() != in.remaining()) {
            throw new ProbeFailedException("the answer is not one plain gRPC message");
        }
        long status = 0;
        while (in.hasRemaining()) {
            long tag = varint(in);
            if (tag == (1 << 3)) {
                status = varint(in);
            } else {
                skip(in, (int) (tag & 7));
            }
        }
        return status;
    }

    private static void skip(ByteBuffer in, int wireType) throws ProbeFailedException {
        if (wireType == 0) {
            varint(in);
            return;
        }
        long bytes = switch (wireType) {
            case 1 -> 8;
            case 2 -> varint(in);
            case 5 -> 4;
            default -> -1;
        };
        if (bytes < 0 || bytes > in.remaining()) {
            throw malformed();
        }
        in.position(in.position() + (int) bytes);
    }

    private static long varint(ByteBuffer in) throws ProbeFailedException {
        long value = 0;
        for (int shift = 0; shift < 64 && in.hasRemaining(); shift += 7) {
            byte next = in.get();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw malformed();
    }

    private static ProbeFailedException malformed() {
        return new ProbeFailedException("the answer is not a gRPC health message");
    }

    @Override
    public String toString() {
        return "GrpcProbe[" + service + "]";
    }
}
