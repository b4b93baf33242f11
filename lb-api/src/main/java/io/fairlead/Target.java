package io.fairlead;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One server of a service as discovery describes it: where it is, and how it differs from its siblings.
 *
 * <p>Immutable, equal by all components. A cluster keeps the live state of a server by its {@link #uri()}, so that a
 * changed weight changes the picks and keeps what is known of the server.
 */
public final class Target {

    /**
     * The tag by which a discovery says that a server is on its way out: {@code "drain" → "true"}. It gets no new attempts while it bears
     * the tag, and those under way may end.
     */
    public static final String DRAIN_TAG = "drain";

    private final URI uri;
    private final double weight;
    private final String zone;
    private final int priority;
    private final @Nullable String domain;
    private final Map<String, String> tags;

    private Target(
            URI uri, double weight, String zone, int priority, @Nullable String domain, Map<String, String> tags) {
        this.uri = uri;
        this.weight = weight;
        this.zone = zone;
        this.priority = priority;
        this.domain = domain;
        this.tags = tags;
    }

    /**
     * The server at {@code uri}, of weight 1, without zone, of priority 0.
     *
     * @param uri {@code http://host[:port][/base/path]} or {@code https://…}; the base path stands before every request's path
     * @throws IllegalArgumentException without scheme or host, with another scheme, user-info, query or fragment
     */
    public static Target of(String uri) {
        try {
            return of(new URI(Require.notBlank(uri, "target")));
        } catch (URISyntaxException e) {
            throw Require.bad("target", shown(uri), "a URI such as http://10.0.0.1:8080 (" + e.getReason() + ")");
        }
    }

    /** As {@link #of(String)}. */
    public static Target of(URI uri) {
        return new Target(normalised(Require.notNull(uri, "target")), 1, "", 0, null, Map.of());
    }

    /** The same target with its share of the traffic relative to its siblings: 0 (none while another has a weight) or more. */
    public Target withWeight(double weight) {
        Require.between(weight, 0, Double.MAX_VALUE, "weight of target " + uri);
        return new Target(uri, weight, zone, priority, domain, tags);
    }

    /** The same target in a zone, a name such as {@code eu-west-1a}; empty for none. */
    public Target withZone(String zone) {
        return new Target(uri, weight, Require.notNull(zone, "zone of target " + uri), priority, domain, tags);
    }

    /** The same target at a priority level: 0 is used first, higher numbers when lower ones cannot carry the traffic. */
    public Target withPriority(int priority) {
        Require.between(priority, 0, Integer.MAX_VALUE, "priority of target " + uri);
        return new Target(uri, weight, zone, priority, domain, tags);
    }

    /** The same target in an idempotency domain: see {@link #domain()}. */
    public Target withDomain(String domain) {
        return new Target(
                uri, weight, zone, priority, Require.notBlank(domain, "idempotency domain of target " + uri), tags);
    }

    /** The same target with these tags in place of its own; tags are for users' own strategies, filters and metrics, but for {@link #DRAIN_TAG}. */
    public Target withTags(Map<String, String> tags) {
        return new Target(
                uri, weight, zone, priority, domain, Map.copyOf(Require.notNull(tags, "tags of target " + uri)));
    }

    /** Scheme, host and port of the server and its base path: lower-case host, explicit port, no trailing slash. */
    public URI uri() {
        return uri;
    }

    /** Share of the traffic relative to the siblings; 1 unless set. */
    public double weight() {
        return weight;
    }

    /** Zone, or empty. */
    public String zone() {
        return zone;
    }

    /** Priority level, 0 first. */
    public int priority() {
        return priority;
    }

    /**
     * The servers that share one ledger of idempotency keys with this one. A keyed request that a server may have processed
     * is repeated only within the same domain. Unless set, a target's domain is its priority level, so that a failover to
     * another data centre never repeats what may have been paid.
     */
    public String domain() {
        return domain != null ? domain : "priority-" + priority;
    }

    /** Whether the domain was set, and is not just the priority level. */
    public boolean hasNamedDomain() {
        return domain != null;
    }

    /** Tags, never null, unmodifiable. */
    public Map<String, String> tags() {
        return tags;
    }

    @Override
    public boolean equals(@Nullable Object o) {
        return o instanceof Target t
                && uri.equals(t.uri)
                && weight == t.weight
                && zone.equals(t.zone)
                && priority == t.priority
                && Objects.equals(domain, t.domain)
                && tags.equals(t.tags);
    }

    @Override
    public int hashCode() {
        return Objects.hash(uri, weight, zone, priority, domain, tags);
    }

    @Override
    public String toString() {
        return uri.toString();
    }

    /* Without what may be a password. */
    private static String shown(String uri) {
        int at = uri.lastIndexOf('@');
        return at < 0 ? uri : "…" + uri.substring(at);
    }

    private static URI normalised(URI uri) {
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        if (!scheme.equals("http") && !scheme.equals("https")) {
            throw Require.bad(
                    "target", shown(uri.toString()), "a URI with scheme http or https, such as http://10.0.0.1:8080");
        }
        String authority = uri.getRawAuthority();
        if (authority != null && authority.indexOf('@') >= 0) {
            throw new IllegalArgumentException("target " + scheme + "://" + shown(authority)
                    + " has user-info: credentials belong into a signer or header, not into the URI");
        }
        if (uri.getHost() == null) {
            throw Require.bad("target", uri, "a URI with an RFC host name or IP address, such as http://10.0.0.1:8080");
        }
        if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
            throw Require.bad("target", uri, "a URI without query or fragment");
        }
        int port = uri.getPort() != -1 ? uri.getPort() : scheme.equals("https") ? 443 : 80;
        Require.between(port, 1, 65535, "port of target " + uri);
        String path = uri.getRawPath().replaceAll("/+$", "");
        return URI.create(scheme + "://" + uri.getHost().toLowerCase(Locale.ROOT) + ":" + port + path);
    }
}
