package io.fairlead;

import java.net.http.HttpClient;
import java.util.concurrent.CompletionStage;

/**
 * Asks one server whether it is well.
 *
 * <p>Called on one of the client's threads, at most once at a time per target; must not block.
 */
@FunctionalInterface
public interface HealthProbe {

    /**
     * Asks.
     *
     * @param transport a client that reaches the target as the traffic does: same TLS identity, same proxy
     * @return a stage that completes when the server is well, and fails with the reason when it is not. The client stops waiting
     *     for it when the probe's timeout is over, and cancels it
     */
    CompletionStage<Void> probe(Target target, HttpClient transport);
}
