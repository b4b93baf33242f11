package io.fairlead.client;

import io.fairlead.Endpoint;
import io.fairlead.Target;
import java.net.URI;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * An idempotency domain as it was when an attempt was sent: where a key protects. A domain that the targets name is known by its name; one
 * that is only their priority level is known by its servers, because priorities may be swapped while a call is under way, and the
 * ledgers stay where they are.
 */
record Ledger(String domain, Set<URI> servers) {

    /** The ledgers of these servers, by name. Of targets that name no domain those of one priority are taken to share one. */
    static Map<String, Ledger> of(Collection<? extends Endpoint> endpoints) {
        Map<String, Set<URI>> servers = new HashMap<>();
        for (Endpoint endpoint : endpoints) {
            Target target = endpoint.target();
            Set<URI> same = servers.computeIfAbsent(target.domain(), any -> new HashSet<>());
            if (!target.hasNamedDomain()) {
                same.add(target.uri());
            }
        }
        Map<String, Ledger> ledgers = new HashMap<>();
        servers.forEach((domain, same) -> ledgers.put(domain, new Ledger(domain, same)));
        return ledgers;
    }

    boolean has(Endpoint endpoint) {
        Target target = endpoint.target();
        return target.hasNamedDomain() ? target.domain().equals(domain) : servers.contains(target.uri());
    }
}
