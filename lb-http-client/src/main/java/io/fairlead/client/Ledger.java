package io.fairlead.client;

import io.fairlead.Endpoint;
import io.fairlead.Target;
import java.net.URI;
import java.util.Set;

/**
 * An idempotency domain as it was when an attempt was sent: where a key protects. A domain that the targets name is known by its name; one
 * that is only their priority level is known by its servers, because priorities may be swapped while a call is under way, and the
 * ledgers stay where they are.
 */
record Ledger(String domain, Set<URI> servers) {

    boolean has(Endpoint endpoint) {
        Target target = endpoint.target();
        return target.hasNamedDomain() ? target.domain().equals(domain) : servers.contains(target.uri());
    }
}
