package io.fairlead;

/**
 * How many attempts a service as a whole may add to its calls, so that retries never multiply an outage.
 *
 * <p>Called by many threads at once; must not block and should not allocate. One budget may serve several services.
 */
public interface RetryBudget {

    /** A call begins: the budget grows by its share. */
    void deposit();

    /**
     * Takes one attempt from the budget, when it is decided on (so that waiting ones count).
     *
     * @return false if the budget is used up; the call then ends with what it has
     */
    boolean withdraw();
}
