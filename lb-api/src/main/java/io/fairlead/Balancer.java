package io.fairlead;

/**
 * The definition of a balancing strategy: shareable between services, without state of its own.
 *
 * <p>Called once per service when the client is built. An exception fails the build of the client.
 */
@FunctionalInterface
public interface Balancer {

    /**
     * A fresh strategy for one service.
     *
     * @param env where the strategy takes its time and chance from, so that it can be tested and simulated
     */
    Strategy start(Environment env);
}
