package io.fairlead.strategies;

import io.fairlead.Require;
import java.net.http.HttpRequest;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where the affinity key of a request is found, for {@code Service.affinityKey(…)}; {@code CallOptions.withAffinityKey} goes before. Each
 * function returns null where the request has none, and is safe for any thread.
 */
public final class AffinityKeys {

    private AffinityKeys() {}

    /** The first value of a header. */
    public static Function<HttpRequest, @Nullable String> header(String name) {
        Require.notBlank(name, "header of the affinity key");
        return request -> request.headers().firstValue(name).orElse(null);
    }

    /** The value of a cookie in the {@code Cookie} headers, without quotes. */
    public static Function<HttpRequest, @Nullable String> cookie(String name) {
        String prefix = Require.notBlank(name, "cookie of the affinity key") + "=";
        return request -> {
            for (String header : request.headers().allValues("Cookie")) {
                String value = part(header, ";", prefix);
                if (value != null) {
                    return value.length() > 1 && value.startsWith("\"") && value.endsWith("\"")
                            ? value.substring(1, value.length() - 1)
                            : value;
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
            return query == null ? null : part(query, "&", prefix);
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

    private static @Nullable String part(String text, String separator, String prefix) {
        for (String part : text.split(separator, -1)) {
            String trimmed = part.trim();
            if (trimmed.startsWith(prefix) && trimmed.length() > prefix.length()) {
                return trimmed.substring(prefix.length());
            }
        }
        return null;
    }
}
