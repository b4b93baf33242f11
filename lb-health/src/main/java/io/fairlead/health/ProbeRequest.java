package io.fairlead.health;

import io.fairlead.Target;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.ResponseInfo;
import java.util.concurrent.CompletableFuture;

/** One request of a probe: two judgements, at the headers and at the end of the body, and nothing left open behind them. */
final class ProbeRequest {

    /** Throws why the answer is not as it should be. */
    @FunctionalInterface
    interface Judgement<T> {
        void on(T answer) throws IOException;
    }

    private ProbeRequest() {}

    /** A request to a path below the target's. Plain targets are asked in HTTP/1.1: each request would ask for an upgrade otherwise. */
    static HttpRequest.Builder to(Target target, String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(target.uri() + path));
        return target.uri().getScheme().equals("http") ? request.version(HttpClient.Version.HTTP_1_1) : request;
    }

    /**
     * Sends and judges.
     *
     * @param keep bytes of the body that are judged
     * @return when it is done, in whichever way, request and response are over, too: a failed answer's connection is closed, since
     *     that of a sick server is not worth keeping
     */
    static CompletableFuture<Void> send(
            HttpClient transport, HttpRequest request, int keep, Judgement<ResponseInfo> head, Judgement<byte[]> body) {
        CompletableFuture<Void> result = new CompletableFuture<>();
        AnswerPrefix answer = new AnswerPrefix(keep);
        CompletableFuture<HttpResponse<byte[]>> sent = transport.sendAsync(request, info -> {
            judge(head, info, result);
            if (result.isDone()) {
                answer.cancel();
            }
            return answer;
        });
        sent.whenComplete((response, failure) -> {
            if (failure != null) {
                result.completeExceptionally(failure);
            } else if (judge(body, response.body(), result)) {
                result.complete(null);
            }
        });
        result.whenComplete((nothing, failure) -> {
            sent.cancel(true);
            answer.cancel(); // for a transport that ends only what has no headers yet
        });
        return result;
    }

    private static <T> boolean judge(Judgement<T> judgement, T answer, CompletableFuture<Void> result) {
        if (result.isDone()) {
            return false;
        }
        try {
            judgement.on(answer);
            return true;
        } catch (IOException | RuntimeException e) { // a user's predicate may throw; the stage tells it
            result.completeExceptionally(e);
            return false;
        }
    }
}
