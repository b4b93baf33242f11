package io.fairlead.client;

import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import org.jspecify.annotations.Nullable;

/** Which redirects are followed, and to what request: those that stay within the service, never from https to http. */
final class Redirects {

    private Redirects() {}

    /**
     * The next logical request (RFC 9110, section 15.4), or null if the answer is none that is followed.
     *
     * @param logical the request of now, whose host is the service's name
     * @param base the endpoint that answered: servers like to put their own host and port into {@code Location}
     */
    static @Nullable HttpRequest next(HttpRequest logical, URI base, int status, HttpHeaders headers) {
        if (status != 301 && status != 302 && status != 303 && status != 307 && status != 308) {
            return null;
        }
        URI to = target(logical.uri(), base, headers.firstValue("location").orElse(""));
        if (to == null) {
            return null;
        }
        HttpRequest.Builder next =
                HttpRequest.newBuilder(logical, (name, value) -> true).uri(to);
        boolean toGet = (status == 303 && !logical.method().equals("HEAD"))
                || ((status == 301 || status == 302) && logical.method().equals("POST"));
        return toGet ? withoutContent(logical).uri(to).GET().build() : next.build();
    }

    /* What described the content that is left behind goes with it. */
    private static HttpRequest.Builder withoutContent(HttpRequest logical) {
        return HttpRequest.newBuilder(
                logical, (name, value) -> !name.regionMatches(true, 0, "content-", 0, "content-".length()));
    }

    private static @Nullable URI target(URI logical, URI base, String location) {
        URI to;
        try {
            // As the server sees it: its own path is the logical one below its base path.
            to = at(logical, base.getRawPath() + logical.getRawPath(), logical.getRawQuery())
                    .resolve(location);
        } catch (IllegalArgumentException e) {
            return null;
        }
        if (location.isBlank() || to.getHost() == null) {
            return null;
        }
        boolean leavesTls = "https".equals(base.getScheme()) && "http".equalsIgnoreCase(schemeOf(location));
        String path = to.getRawPath();
        boolean absolute = schemeOf(location) != null;
        if (absolute && to.getHost().equalsIgnoreCase(logical.getHost())) {
            return leavesTls
                    ? null
                    : at(logical, path, to.getRawQuery()); // the service's own name: its paths are logical
        }
        boolean here = to.getHost().equalsIgnoreCase(base.getHost()) && portOf(to) == base.getPort();
        if (leavesTls
                || (!here && !to.getHost().equalsIgnoreCase(logical.getHost()))
                || !isBelow(path, base.getRawPath())) {
            return null;
        }
        return at(logical, path.substring(base.getRawPath().length()), to.getRawQuery());
    }

    private static boolean isBelow(String path, String basePath) {
        return path.equals(basePath) || path.startsWith(basePath + "/");
    }

    private static URI at(URI logical, String path, @Nullable String query) {
        String rooted = path.startsWith("/") ? path : "/" + path;
        return URI.create(
                logical.getScheme() + "://" + logical.getRawAuthority() + rooted + (query == null ? "" : "?" + query));
    }

    private static @Nullable String schemeOf(String location) {
        int colon = location.indexOf("://");
        return colon < 0 ? null : location.substring(0, colon);
    }

    private static int portOf(URI uri) {
        return uri.getPort() != -1 ? uri.getPort() : "https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80;
    }
}
