package io.fairlead.crypto;

import io.fairlead.Delivery;
import io.fairlead.RequestSigner;
import io.fairlead.Require;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Lets a signer sign only what its caller may have signed: whatever no route allows is refused, and so is a path that could mean another. */
final class AllowList implements RequestSigner {

    /**
     * A segment that a server may read as a way up, a second slash or the end of the segment, encoded or not: what it would then be asked
     * for is not what was allowed. UTF-8 of more bytes than a character needs (RFC 3629, section 3) may hide each of these.
     */
    private static final Pattern AMBIGUOUS =
            Pattern.compile("(?i)(^|/)(\\.|%2e){1,2}(;|/|$)|//|\\\\|%2f|%5c|%25|%00|;|%3b|%c[01]|%e0%[89]|%f0%8");

    private static final Pattern ROUTE = Pattern.compile("([A-Z]+|\\*) (https?)://([^/?#@\\s]+)(/[^?#\\s]*)");

    private final RequestSigner signer;
    private final Function<HttpRequest, @Nullable String> caller;
    private final Map<String, List<Route>> routes = new HashMap<>();

    /** @param path without its star, if it is one that others are below */
    private record Route(String method, String scheme, String authority, String path, boolean below) {

        static Route parse(String text) {
            var matcher = ROUTE.matcher(Require.notNull(text, "route"));
            if (!matcher.matches()
                    || (matcher.group(4).indexOf('*') >= 0 && !matcher.group(4).matches("[^*]*/\\*"))) {
                throw Require.bad(
                        "route",
                        "\"" + text + "\"",
                        "METHOD https://host[:port]/path, with * for any method, and with /* at its end for all paths below");
            }
            boolean below = matcher.group(4).endsWith("/*");
            String path = below ? matcher.group(4).substring(0, matcher.group(4).length() - 1) : matcher.group(4);
            if (AMBIGUOUS.matcher(path).find()) {
                throw Require.bad("route", "\"" + text + "\"", "a path that can mean one thing only");
            }
            var target = new HttpMessage.Target("", matcher.group(2), matcher.group(3), path, null);
            return new Route(matcher.group(1), matcher.group(2), target.normalAuthority(), path, below);
        }

        boolean allows(HttpMessage.Target target) {
            String asked = target.path().isEmpty() ? "/" : target.path();
            return (method.equals("*") || method.equals(target.method()))
                    && scheme.equals(target.scheme().toLowerCase(Locale.ROOT))
                    && authority.equals(target.normalAuthority())
                    && (below ? asked.startsWith(path) : asked.equals(path))
                    && !AMBIGUOUS.matcher(asked).find();
        }
    }

    AllowList(
            RequestSigner signer,
            Function<HttpRequest, @Nullable String> caller,
            Map<String, ? extends List<String>> routes) {
        this.signer = Require.notNull(signer, "signer");
        this.caller = Require.notNull(caller, "caller");
        Require.notNull(routes, "routes")
                .forEach((who, allowed) -> this.routes.put(
                        Require.notBlank(who, "caller"),
                        Require.notNull(allowed, "routes of " + who).stream()
                                .map(Route::parse)
                                .toList()));
    }

    @Override
    public HttpRequest sign(HttpRequest request) {
        check(request);
        return signer.sign(request);
    }

    @Override
    @SuppressWarnings("FunctionalInterfaceMethodChanged") // the same act; sign() waits for it
    public CompletionStage<HttpRequest> signAsync(HttpRequest request) {
        try {
            check(request);
        } catch (IllegalArgumentException e) {
            return CompletableFuture.failedFuture(e);
        }
        return signer.signAsync(request);
    }

    private void check(HttpRequest request) {
        String who = caller.apply(request);
        HttpMessage.Target target = HttpMessage.target(request);
        List<Route> allowed = who == null ? List.of() : routes.getOrDefault(who, List.of());
        if (allowed.stream().noneMatch(route -> route.allows(target))) {
            // The query stays out of it: it may hold what is secret.
            throw new IllegalArgumentException("caller " + who + " may not have signed: " + target.method() + ' '
                    + target.scheme() + "://" + target.authority() + target.path());
        }
    }

    @Override
    public @Nullable Delivery answered(HttpRequest signed, int status, HttpHeaders headers) {
        return signer.answered(signed, status, headers);
    }

    @Override
    public String toString() {
        return signer + " for " + routes.keySet();
    }
}
