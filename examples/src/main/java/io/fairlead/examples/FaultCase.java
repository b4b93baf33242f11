package io.fairlead.examples;

import io.fairlead.Target;
import java.net.http.HttpClient.Version;
import java.util.List;
import java.util.Set;

/**
 * One row of the fault table.
 *
 * @param name of the fault
 * @param version that the calls are to be answered with
 * @param targets all servers
 * @param victims those of them whose fault it is
 * @param ledgers all that a payment can have been booked in
 * @param probes whether the service asks {@code /health}, beside its traffic
 * @param before what is done before the client is made
 * @param begin brings the fault about
 * @param end makes everything well again; also called when the row fails
 */
record FaultCase(
        String name,
        Version version,
        List<Target> targets,
        Set<Target> victims,
        List<LedgerPort> ledgers,
        boolean probes,
        Step before,
        Step begin,
        Step end) {

    /** Something that is done to servers. */
    @FunctionalInterface
    interface Step {
        void run() throws Exception;
    }

    /** As many of the victims as may be out at a time: half of all servers. */
    int mostOut() {
        return Math.min(victims.size(), Math.max(1, targets.size() / 2));
    }
}
