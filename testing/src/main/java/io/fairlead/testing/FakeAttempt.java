package io.fairlead.testing;

import io.fairlead.Attempt;
import io.fairlead.CallOptions;
import io.fairlead.Delivery;
import io.fairlead.Endpoint;
import io.fairlead.Outcome;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.util.HashSet;
import java.util.Set;

/** An attempt whose state a test sets; the setters return the attempt itself. */
public final class FakeAttempt implements Attempt {

    private static final HttpRequest REQUEST =
            HttpRequest.newBuilder(URI.create("http://payments/charge")).build();

    private final Set<Endpoint> tried = new HashSet<>();
    private HttpRequest request = REQUEST;
    private int number = 1;
    private Endpoint endpoint;
    private String affinityKey;
    private String idempotencyKey;
    private int permits = 1;
    private int untried;
    private boolean superseded;
    private long startNanos;
    private long eventNanos;
    private long latencyNanos = -1;
    private int status;
    private HttpHeaders headers;
    private long retryAfterNanos = -1;
    private Throwable failure;
    private Outcome outcome;
    private Delivery delivery;

    /** A first attempt of {@code GET http://payments/charge} of which nothing is known yet. */
    public static FakeAttempt fresh() {
        return new FakeAttempt();
    }

    /** Sets the caller's request. */
    public FakeAttempt request(HttpRequest request) {
        this.request = request;
        return this;
    }

    /** Sets the number. */
    public FakeAttempt number(int number) {
        this.number = number;
        return this;
    }

    /** Sets the endpoint. */
    public FakeAttempt at(Endpoint endpoint) {
        this.endpoint = endpoint;
        return this;
    }

    /** Adds an endpoint that was tried earlier. */
    public FakeAttempt alreadyTried(Endpoint endpoint) {
        tried.add(endpoint);
        return this;
    }

    /** Sets how many endpoints are left. */
    public FakeAttempt untried(int untried) {
        this.untried = untried;
        return this;
    }

    /** Says that another attempt was faster. */
    public FakeAttempt supersededByAnother() {
        this.superseded = true;
        return this;
    }

    /** Sets the affinity key. */
    public FakeAttempt affinityKey(String key) {
        this.affinityKey = key;
        return this;
    }

    /** Sets the idempotency key. */
    public FakeAttempt idempotencyKey(String key) {
        this.idempotencyKey = key;
        return this;
    }

    /** Sets the cost. */
    public FakeAttempt permits(int permits) {
        this.permits = permits;
        return this;
    }

    /** Says that it is sent now. */
    public FakeAttempt startedAt(long nanos) {
        this.startNanos = nanos;
        this.eventNanos = nanos;
        return this;
    }

    /** Says that its answer, or its end, is seen now. */
    public FakeAttempt eventAt(long nanos) {
        this.eventNanos = nanos;
        this.latencyNanos = latencyNanos < 0 ? nanos - startNanos : latencyNanos;
        return this;
    }

    /** Sets the answer. */
    public FakeAttempt answer(int status, HttpHeaders headers) {
        this.status = status;
        this.headers = headers;
        return this;
    }

    /** Sets what the server asked to wait. */
    public FakeAttempt retryAfterNanos(long nanos) {
        this.retryAfterNanos = nanos;
        return this;
    }

    /** Sets the failure. */
    public FakeAttempt failure(Throwable failure) {
        this.failure = failure;
        return this;
    }

    /** Sets the verdict. */
    public FakeAttempt verdict(Outcome outcome, Delivery delivery) {
        this.outcome = outcome;
        this.delivery = delivery;
        return this;
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
        return number;
    }

    @Override
    public HttpRequest request() {
        return request;
    }

    @Override
    public CallOptions options() {
        return CallOptions.of(request);
    }

    @Override
    public String affinityKey() {
        return affinityKey;
    }

    @Override
    public String idempotencyKey() {
        return idempotencyKey;
    }

    @Override
    public int permits() {
        return permits;
    }

    @Override
    public Endpoint endpoint() {
        return endpoint;
    }

    @Override
    public boolean hedge() {
        return false;
    }

    @Override
    public boolean superseded() {
        return superseded;
    }

    @Override
    public boolean tried(Endpoint endpoint) {
        return tried.contains(endpoint);
    }

    @Override
    public int untried() {
        return untried;
    }

    @Override
    public long startNanos() {
        return startNanos;
    }

    @Override
    public long eventNanos() {
        return eventNanos;
    }

    @Override
    public long latencyNanos() {
        return latencyNanos;
    }

    @Override
    public int status() {
        return status;
    }

    @Override
    public HttpHeaders headers() {
        return headers;
    }

    @Override
    public long retryAfterNanos() {
        return retryAfterNanos;
    }

    @Override
    public Throwable failure() {
        return failure;
    }

    @Override
    public Outcome outcome() {
        return outcome;
    }

    @Override
    public Delivery delivery() {
        return delivery;
    }
}
