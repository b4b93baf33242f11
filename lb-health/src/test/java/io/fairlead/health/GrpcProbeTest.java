package io.fairlead.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Target;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GrpcProbeTest {

    private static final TestCertificates CERTIFICATES = new TestCertificates();
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;

    private final List<AutoCloseable> toClose = new ArrayList<>();
    private final List<String> questions = new CopyOnWriteArrayList<>();
    private final List<String> heads = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : toClose) {
            each.close();
        }
    }

    /** Answers one stream. */
    @FunctionalInterface
    private interface Answer {
        void on(ProbedServer.Connection connection, int stream) throws IOException;
    }

    private static void frame(ProbedServer.Connection connection, int type, int flags, int stream, byte[] payload)
            throws IOException {
        ByteBuffer frame = ByteBuffer.allocate(9 + payload.length);
        frame.putInt(payload.length << 8 | type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload);
        connection.out().write(frame.array());
        connection.out().flush();
    }

    /** Header fields in HPACK (RFC 7541 §6.2.2): literal, not indexed, not Huffman coded. */
    private static byte[] fields(String... namesAndValues) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            block.write(0);
            for (String text : List.of(namesAndValues[i], namesAndValues[i + 1])) {
                block.write(text.length());
                block.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
            }
        }
        return block.toByteArray();
    }

    /** A server that speaks just enough HTTP/2 (RFC 9113) over TLS. */
    private Target server(Answer answer) throws Exception {
        return server(answer, "h2");
    }

    private Target server(Answer answer, String protocol) throws Exception {
        ProbedServer server = ProbedServer.tls(
                CERTIFICATES.server("127.0.0.1"),
                connection -> {
                    DataInputStream in = new DataInputStream(connection.in());
                    in.readFully(new byte[24]); // the preface
                    frame(connection, SETTINGS, 0, 0, new byte[0]);
                    serve(connection, in, answer);
                },
                protocol);
        toClose.add(server);
        return server.target();
    }

    private void serve(ProbedServer.Connection connection, DataInputStream in, Answer answer) throws IOException {
        while (true) {
            int lengthAndType = in.readInt();
            int flags = in.readUnsignedByte();
            int stream = in.readInt();
            byte[] payload = in.readNBytes(lengthAndType >>> 8);
            switch (lengthAndType & 0xff) {
                case SETTINGS, PING -> {
                    if ((flags & 1) == 0) {
                        frame(
                                connection,
                                lengthAndType & 0xff,
                                1,
                                0,
                                (lengthAndType & 0xff) == PING ? payload : new byte[0]);
                    }
                }
                case HEADERS -> heads.add(new String(payload, StandardCharsets.ISO_8859_1));
                case DATA -> {
                    if (payload.length > 0) {
                        questions.add(HexFormat.of().formatHex(payload));
                    }
                    if ((flags & END_STREAM) != 0) {
                        answer.on(connection, stream);
                    }
                }
                default -> {}
            }
        }
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    private static Answer message(String hex) {
        return (connection, stream) -> {
            frame(
                    connection,
                    HEADERS,
                    END_HEADERS,
                    stream,
                    fields(":status", "200", "content-type", "application/grpc+proto"));
            frame(connection, DATA, 0, stream, bytes(hex));
            frame(connection, HEADERS, END_HEADERS | END_STREAM, stream, fields("grpc-status", "0"));
        };
    }

    private static Answer trailersOnly(String... namesAndValues) {
        return (connection, stream) ->
                frame(connection, HEADERS, END_HEADERS | END_STREAM, stream, fields(namesAndValues));
    }

    private static CompletableFuture<Void> probe(String service, Target target) throws Exception {
        HttpClient transport =
                HttpClient.newBuilder().sslContext(CERTIFICATES.client()).build();
        return Probes.grpc(service).probe(target, transport).toCompletableFuture();
    }

    private static String ask(Target target) throws Exception {
        return HttpProbeTest.outcome(probe("", target));
    }

    @Test
    void serving_passes_and_the_question_is_one_framed_message() throws Exception {
        Target target = server(message("00 00000002 0801"));
        assertThat(ask(target)).isEqualTo("well");
        assertThat(HttpProbeTest.outcome(probe("pay", target))).isEqualTo("well");
        assertThat(HttpProbeTest.outcome(probe("x".repeat(300), target))).isEqualTo("well");
        assertThat(questions.get(0)).isEqualTo("0000000000");
        assertThat(questions.get(1)).isEqualTo("00" + "00000005" + "0a03" + "706179");
        assertThat(questions.get(2)).isEqualTo("00" + "0000012f" + "0aac02" + "78".repeat(300));
        assertThat(heads).hasSize(3);
    }

    @ParameterizedTest
    @CsvSource({
        "00 00000002 0802, gRPC health is NOT_SERVING",
        "00 00000002 0803, gRPC health is SERVICE_UNKNOWN",
        "00 00000000, gRPC health is UNKNOWN",
        "00 00000002 0809, gRPC health is 9",
        "00 0000000b 08ffffffffffffffffff01, gRPC health is -1",
        "01 00000002 0801, the answer is not one plain gRPC message",
        "00 00000003 0801, the answer is not one plain gRPC message",
        "00 00000001 0801, the answer is not one plain gRPC message",
        "00 000000, the answer is not one plain gRPC message",
        "00 00000001 08, the answer is not a gRPC health message",
        "00 00000003 1a7f01, the answer is not a gRPC health message",
        "00 00000001 0b, the answer is not a gRPC health message",
        "00 0000000c 1a0378797a 2501020304 0801, well",
        "00 00000004 0802 0801, well"
    })
    void the_status_field_alone_decides(String hex, String outcome) throws Exception {
        assertThat(ask(server(message(hex)))).isEqualTo(outcome);
    }

    @Test
    void an_error_without_message_is_told_by_its_name() throws Exception {
        assertThat(ask(server(trailersOnly(":status", "200", "content-type", "application/grpc", "grpc-status", "12"))))
                .isEqualTo("grpc-status 12 UNIMPLEMENTED");
        assertThat(ask(server(trailersOnly(":status", "200", "content-type", "application/grpc", "grpc-status", "5"))))
                .isEqualTo("grpc-status 5 NOT_FOUND");
        assertThat(ask(server(trailersOnly(":status", "200", "content-type", "application/grpc", "grpc-status", "x"))))
                .isEqualTo("grpc-status unknown to gRPC");
    }

    @Test
    void an_answer_that_is_not_grpc_fails() throws Exception {
        assertThat(ask(server(trailersOnly(":status", "503")))).isEqualTo("status 503");
        assertThat(ask(server(trailersOnly(":status", "200", "content-type", "text/html"))))
                .isEqualTo("the answer is not gRPC: its content type is another");
        assertThat(ask(server((connection, stream) -> frame(connection, RST_STREAM, 0, stream, bytes("00000002")))))
                .contains("RST_STREAM");
    }

    @Test
    void a_server_of_http_1_1_only_and_a_plain_target_fail_and_say_why() throws Exception {
        ProbedServer old = ProbedServer.tls(
                CERTIFICATES.server("127.0.0.1"), ProbedServer.answering(ProbedServer.ok("x")), "http/1.1");
        toClose.add(old);
        assertThat(ask(old.target())).isEqualTo("gRPC needs HTTP/2, and the server agreed on HTTP/1.1 only");
        assertThat(ask(Target.of("http://127.0.0.1:1"))).startsWith("gRPC needs an https target");
    }

    @Test
    void cancelling_ends_the_stream() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch reset = new CountDownLatch(1);
        ProbedServer server = ProbedServer.tls(
                CERTIFICATES.server("127.0.0.1"),
                connection -> {
                    DataInputStream in = new DataInputStream(connection.in());
                    in.readFully(new byte[24]);
                    frame(connection, SETTINGS, 0, 0, new byte[0]);
                    while (true) {
                        int lengthAndType = in.readInt();
                        int flags = in.readUnsignedByte();
                        in.readInt();
                        in.readNBytes(lengthAndType >>> 8);
                        switch (lengthAndType & 0xff) {
                            case DATA -> asked.countDown();
                            case RST_STREAM -> reset.countDown();
                            case SETTINGS -> {
                                if ((flags & 1) == 0) {
                                    frame(connection, SETTINGS, 1, 0, new byte[0]);
                                }
                            }
                            default -> {}
                        }
                    }
                },
                "h2");
        toClose.add(server);
        CompletableFuture<Void> answer = probe("", server.target());
        assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
        answer.cancel(true);
        assertThat(reset.await(20, TimeUnit.SECONDS)).isTrue();
    }
}
