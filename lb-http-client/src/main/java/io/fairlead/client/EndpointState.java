package io.fairlead.client;

/** Where an endpoint stands, as its traffic, its probes and operators have it. {@code docs/health.md} draws the ways between. */
public enum EndpointState {
    /** It may be picked. */
    READY,
    /** Its traffic condemned it, or an operator: it is left alone until its time is over. */
    EJECTED,
    /** Its time is over: one attempt at a time tries it, and the first that succeeds makes it ready. */
    TRIAL,
    /** Its probes fail. */
    SICK,
    /** It gets no new attempts, and those under way may end. */
    DRAINING
}
