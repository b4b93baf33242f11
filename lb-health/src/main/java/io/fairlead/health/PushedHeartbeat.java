package io.fairlead.health;

import io.fairlead.Environment;
import io.fairlead.HealthProbe;
import io.fairlead.Target;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Asks by listening: one long response per target and transport, and how long ago its last piece came. */
final class PushedHeartbeat implements HealthProbe {

    /** Longer than any usual interval between probes; a probe that comes later opens the response anew. */
    private static final long FORGOTTEN_NANOS = Duration.ofMinutes(2).toNanos();

    private record Key(URI uri, HttpClient transport) {}

    private final String path;
    private final long silenceNanos;
    private final Environment env;

    /** Guarded by itself. */
    private final Map<Key, PushedBeats> open = new HashMap<>();

    PushedHeartbeat(String path, long silenceNanos, Environment env) {
        this.path = path;
        this.silenceNanos = silenceNanos;
        this.env = env;
    }

    @Override
    public CompletionStage<Void> probe(Target target, HttpClient transport) {
        Key key = new Key(target.uri(), transport);
        PushedBeats opened = new PushedBeats(env, silenceNanos, forgottenNanos());
        PushedBeats beats;
        synchronized (open) {
            beats = open.merge(key, opened, (known, other) -> known.ended() ? other : known);
        }
        if (beats == opened) {
            try {
                beats.listen(
                        transport,
                        ProbeRequest.to(target, path)
                                .header("User-Agent", "fairlead-probe")
                                .build(),
                        () -> forget(key, beats));
            } catch (RuntimeException e) {
                beats.end(e);
            }
        }
        CompletableFuture<Void> answer = beats.ask();
        answer.whenComplete((nothing, failure) -> {
            if (failure != null) {
                forget(key, beats); // it is told once; the next probe opens another
            }
        });
        return answer;
    }

    private long forgottenNanos() {
        return Math.max(FORGOTTEN_NANOS, silenceNanos > Long.MAX_VALUE / 4 ? Long.MAX_VALUE : 4 * silenceNanos);
    }

    private void forget(Key key, PushedBeats beats) {
        synchronized (open) {
            open.remove(key, beats);
        }
    }

    @Override
    public String toString() {
        return "PushedHeartbeat[" + HttpProbe.shown(path) + ", silence " + Duration.ofNanos(silenceNanos) + "]";
    }
}
