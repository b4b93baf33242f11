package io.fairlead.strategies;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Delivery;
import io.fairlead.Outcome;
import io.fairlead.testing.FakeAttempt;
import io.fairlead.testing.FakeEndpoint;
import io.fairlead.testing.ManualTime;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions by key and by the server's cookie: what is recognised, and what it costs. */
class StickyTest {

    /** RFC 6265: section 4.1.1 allows quotes, and user agents (5.2) strip blanks. */
    @ParameterizedTest
    @ValueSource(strings = {"SID=\"abc\"; Path=/", "SID=abc ; Path=/", "SID= abc"})
    void a_session_cookie_sticks_with_quotes_and_blanks(String setCookie) {
        Fleet fleet = Fleet.equal(Balancers.sticky(Balancers.roundRobin()).serverCookie("SID"), 5);
        String pair = setCookie.split(";", 2)[0].trim();
        for (int i = 0; i < 5; i++) {
            FakeEndpoint server = fleet.endpoints.get(i);
            String mine = pair.replace("abc", "abc" + i);
            FakeAttempt begun = fleet.start(server);
            begun.answer(
                    200,
                    HttpHeaders.of(Map.of("Set-Cookie", List.of(setCookie.replace("abc", "abc" + i))), (n, v) -> true));
            server.gauge()
                    .answered(begun.verdict(Outcome.SUCCESS, Delivery.PROCESSED).eventAt(fleet.time.nanoTime()));
            HttpRequest next = HttpRequest.newBuilder(URI.create("http://payments/"))
                    .header("Cookie", mine.replace("= ", "=")) // user agents strip blanks around the value
                    .build();
            assertThat(fleet.pick(FakeAttempt.fresh().request(next))).isSameAs(server);
        }
    }

    /** Else a caller who forwards a browser's cookie lets anybody fill the heap. */
    @Test
    void a_session_takes_the_same_memory_whatever_its_length() {
        Fleet fleet = Fleet.equal(Balancers.sticky(Balancers.roundRobin()), 2);
        Runtime runtime = Runtime.getRuntime();
        System.gc();
        long before = runtime.totalMemory() - runtime.freeMemory();
        String padding = "x".repeat(8_000); // what servers accept as a header
        for (int i = 0; i < 5_000; i++) {
            fleet.pickKey(padding + i);
        }
        System.gc();
        long kept = runtime.totalMemory() - runtime.freeMemory() - before;
        assertThat(fleet.strategy.counters()).containsEntry("sticky sessions", 5_000L);
        assertThat(kept / 5_000).as("bytes a session").isLessThan(1_000);
    }

    @Test
    void a_pick_by_cookie_allocates_nothing() {
        Fleet fleet = Fleet.equal(Balancers.sticky(Balancers.roundRobin()).serverCookie("SID"), 3);
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://payments/"))
                .header("Cookie", "a=1; b=2; SID=x")
                .build();
        FakeAttempt attempt = FakeAttempt.fresh().request(request);
        var threads = (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        long bytes = 0;
        for (int round = 0; round < 5; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 20_000; i++) {
                fleet.pick(attempt);
            }
            bytes = threads.getCurrentThreadAllocatedBytes() - before;
        }
        assertThat(bytes / 20_000).isZero();
    }

    @Test
    void the_least_recently_used_of_the_sessions_that_share_a_place_makes_room() {
        ManualTime time = new ManualTime();
        Sessions sessions = new Sessions(2, 1_000 * Duration.ofSeconds(1).toNanos(), time.environment(1));
        URI uri = URI.create("http://a:80");
        sessions.put(1, uri);
        time.advance(Duration.ofSeconds(1));
        sessions.put(2, uri);
        time.advance(Duration.ofSeconds(1));
        assertThat(sessions.get(1)).isEqualTo(uri);
        time.advance(Duration.ofSeconds(1));
        sessions.put(3, uri);
        assertThat(sessions.get(1)).isEqualTo(uri);
        assertThat(sessions.get(2)).isNull();
        assertThat(sessions.get(3)).isEqualTo(uri);
        assertThat(sessions.count()).isEqualTo(2);
        time.advance(Duration.ofSeconds(1_000));
        assertThat(sessions.get(3)).isNull();
        assertThat(sessions.count()).isZero();
    }

    @Test
    void a_cookie_that_a_server_deletes_is_no_session() {
        assertThat(CookieValue.ofSetCookie("SID=; Max-Age=0", "SID")).isEqualTo(CookieValue.NONE);
        assertThat(CookieValue.ofSetCookie("SID=\"\"", "SID")).isEqualTo(CookieValue.NONE);
        assertThat(CookieValue.ofSetCookie("XSID=a; SID=b", "SID")).isEqualTo(CookieValue.NONE);
        assertThat(CookieValue.ofCookie("SIDX=1;SID", "SID")).isEqualTo(CookieValue.NONE);
        assertThat(CookieValue.ofCookie("", "SID")).isEqualTo(CookieValue.NONE);
        long value = CookieValue.ofCookie("a=1; SID=b", "SID");
        assertThat("a=1; SID=b".substring(CookieValue.start(value), CookieValue.end(value)))
                .isEqualTo("b");
    }
}
