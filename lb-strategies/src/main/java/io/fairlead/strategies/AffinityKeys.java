package io.fairlead.strategies;

import io.fairlead.Require;
import java.net.http.HttpRequest;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where the affinity key of a request is found, for {@code Service.affinityKey(…)}; {@code CallOptions.withAffinityKey} goes before. Each
 * function returns null where the request has none, and is safe for any thread.
 */
public final class AffinityKeys {

    private AffinityKeys() {}

    /** The first value of a header; a blank one is none. */
    public static Function<HttpRequest, @Nullable String> header(String name) {
        Require.notBlank(name, "header of the affinity key");
        return request -> {
            String value = request.headers().firstValue(name).orElse(null);
            return value == null || value.isBlank() ? null : value;
        };
    }

    /** The value of a cookie in the {@code Cookie} headers, without quotes. */
    public static Function<HttpRequest, @Nullable String> cookie(String name) {
        Require.notBlank(name, "cookie of the affinity key");
        return request -> {
            List<String> headers = request.headers().allValues("Cookie");
            for (int i = 0; i < headers.size(); i++) {
                String header = headers.get(i);
                long value = CookieValue.ofCookie(header, name);
                if (value != CookieValue.NONE) {
                    return header.substring(CookieValue.start(value), CookieValue.end(value));
                }
            }
            return null;
        };
    }

    /** The raw value of a query parameter. */
    public static Function<HttpRequest, @Nullable String> queryParameter(String name) {
        String prefix = Require.notBlank(name, "query parameter of the affinity key") + "=";
        return request -> {
            String query = request.uri().getRawQuery();
            return query == null ? null : part(query, prefix);
        };
    }

    /**
     * The address of the end user on whose behalf the call is made, as the request tells it to the server: the first of {@code
     * X-Forwarded-For}. With a strategy by key this is what is called source or IP hash.
     */
    public static Function<HttpRequest, @Nullable String> clientAddress() {
        return request -> {
            String addresses = request.headers().firstValue("X-Forwarded-For").orElse("");
            int comma = addresses.indexOf(',');
            String first = (comma < 0 ? addresses : addresses.substring(0, comma)).trim();
            return first.isEmpty() ? null : first;
        };
    }

    private static @Nullable String part(String query, String prefix) {
        for (String part : query.split("&", -1)) {
            if (part.startsWith(prefix) && part.length() > prefix.length()) {
                return part.substring(prefix.length());
            }
        }
        return null;
    }
}
