package io.fairlead.strategies;

import io.fairlead.Attempt;
import io.fairlead.CallOptions;
import io.fairlead.Delivery;
import io.fairlead.Endpoint;
import io.fairlead.Load;
import io.fairlead.Outcome;
import io.fairlead.Target;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;

/** A first attempt that succeeds at once, and the endpoint it goes to. */
final class BenchAttempt implements Attempt {

    private static final HttpRequest REQUEST =
            HttpRequest.newBuilder(URI.create("http://payments/charge")).build();

    private final long now = System.nanoTime();

    /** An endpoint with the strategy's own gauge. */
    record BenchEndpoint(Target target, Load gauge) implements Endpoint {

        @Override
        public double load() {
            return gauge.value();
        }

        @Override
        public int inFlight() {
            return 0;
        }

        @Override
        public boolean healthy() {
            return true;
        }

        @Override
        public long readySinceNanos() {
            return 0;
        }
    }

    @Override
    public long callId() {
        return 1;
    }

    @Override
    public String service() {
        return "payments";
    }

    @Override
    public int number() {
        return 1;
    }

    @Override
    public HttpRequest request() {
        return REQUEST;
    }

    @Override
    public CallOptions options() {
        return CallOptions.none();
    }

    @Override
    public String affinityKey() {
        return "merchant";
    }

    @Override
    public String idempotencyKey() {
        return "key";
    }

    @Override
    public int permits() {
        return 1;
    }

    @Override
    public Endpoint endpoint() {
        throw new IllegalStateException("not asked for");
    }

    @Override
    public boolean hedge() {
        return false;
    }

    @Override
    public boolean superseded() {
        return false;
    }

    @Override
    public boolean tried(Endpoint endpoint) {
        return false;
    }

    @Override
    public int untried() {
        return 1;
    }

    @Override
    public long startNanos() {
        return now;
    }

    @Override
    public long eventNanos() {
        return now;
    }

    @Override
    public long latencyNanos() {
        return 1_000_000;
    }

    @Override
    public int status() {
        return 200;
    }

    @Override
    public HttpHeaders headers() {
        throw new IllegalStateException("not asked for");
    }

    @Override
    public long retryAfterNanos() {
        return -1;
    }

    @Override
    public Throwable failure() {
        throw new IllegalStateException("not asked for");
    }

    @Override
    public Outcome outcome() {
        return Outcome.SUCCESS;
    }

    @Override
    public Delivery delivery() {
        return Delivery.PROCESSED;
    }
}
