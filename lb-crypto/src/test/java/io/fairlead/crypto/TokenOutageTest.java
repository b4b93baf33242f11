package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Environment;
import io.fairlead.testing.ManualTime;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A token server that fails in each of its ways while there is a usable token: no call waits for it, and it is asked with pauses. */
class TokenOutageTest {

    private static final HttpRequest PAY =
            HttpRequest.newBuilder(URI.create("https://api.example/v1/pay")).build();

    /** What the server does when the token is old. */
    enum Fault {
        SILENT {
            @Override
            CompletableFuture<ScriptedClient.Reply> answer() {
                return new CompletableFuture<>();
            }
        },
        DOWN {
            @Override
            CompletableFuture<ScriptedClient.Reply> answer() {
                return CompletableFuture.failedFuture(new IOException("connection refused"));
            }
        },
        GARBAGE {
            @Override
            CompletableFuture<ScriptedClient.Reply> answer() {
                return CompletableFuture.completedFuture(ScriptedClient.Reply.of(200, "<html>"));
            }
        },
        NO_TOKEN {
            @Override
            CompletableFuture<ScriptedClient.Reply> answer() {
                return CompletableFuture.completedFuture(ScriptedClient.Reply.json("{\"access_token\":\"\"}"));
            }
        },
        REFUSES {
            @Override
            CompletableFuture<ScriptedClient.Reply> answer() {
                return CompletableFuture.completedFuture(
                        ScriptedClient.Reply.of(401, "{\"error\":\"invalid_client\"}"));
            }
        },
        BUSY {
            @Override
            CompletableFuture<ScriptedClient.Reply> answer() {
                return CompletableFuture.completedFuture(
                        ScriptedClient.Reply.of(429, "").with("Retry-After", "5"));
            }
        };

        abstract CompletableFuture<ScriptedClient.Reply> answer();
    }

    private final ManualTime time = new ManualTime();
    private final Environment env = time.environment(29);
    private final AtomicInteger asked = new AtomicInteger();
    private volatile Fault fault;
    private final ScriptedClient server = ScriptedClient.later(request -> {
        asked.incrementAndGet();
        return fault == null ? CompletableFuture.completedFuture(token()) : fault.answer();
    });

    private ScriptedClient.Reply token() {
        return TokenSignerTest.token("t" + asked, 100);
    }

    private TokenSigner signer(ScriptedClient client) {
        return Tokens.clientCredentialsAt("https://as.example/token", "me", client)
                .secret("x")
                .environment(env);
    }

    private static String authorization(CompletableFuture<HttpRequest> signed) {
        return signed.join().headers().firstValue("Authorization").orElse("");
    }

    @ParameterizedTest
    @EnumSource
    void no_call_is_stalled_while_the_token_is_usable_and_the_first_after_the_fault_renews_it(Fault one) {
        TokenSigner signer = signer(server);
        signer.sign(PAY);
        fault = one;
        for (int i = 0; i < 8990; i++) { // until it is not to be used any more, ten milliseconds each
            CompletableFuture<HttpRequest> signed = signer.signAsync(PAY).toCompletableFuture();
            assertThat(signed).isCompleted();
            assertThat(authorization(signed)).isEqualTo("Bearer t1");
            time.advance(Duration.ofMillis(10));
        }
        assertThat(asked.get()).isBetween(2, 12);
        fault = null;
        time.advance(Duration.ofSeconds(60)); // the token has ended, and so has the longest pause
        assertThat(signer.signAsync(PAY).toCompletableFuture()).isCompleted();
        assertThat(time.pendingTimers()).isZero();
    }

    @Test
    void a_thousand_callers_after_its_end_wait_for_one_fetch() {
        List<CompletableFuture<ScriptedClient.Reply>> pending = new ArrayList<>();
        TokenSigner signer = signer(ScriptedClient.keeping(pending));
        CompletableFuture<HttpRequest> first = signer.signAsync(PAY).toCompletableFuture();
        pending.get(0).complete(TokenSignerTest.token("t1", 100));
        assertThat(first).isCompleted();
        time.advance(Duration.ofSeconds(91));
        List<CompletableFuture<HttpRequest>> waiting = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            waiting.add(signer.signAsync(PAY).toCompletableFuture());
        }
        assertThat(waiting).noneMatch(CompletableFuture::isDone);
        assertThat(pending).hasSize(2);
        pending.get(1).complete(TokenSignerTest.token("t2", 100));
        assertThat(waiting)
                .allSatisfy(signed -> assertThat(authorization(signed)).isEqualTo("Bearer t2"));
        assertThat(pending).hasSize(2);
    }
}
