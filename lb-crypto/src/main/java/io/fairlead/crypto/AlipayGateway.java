package io.fairlead.crypto;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Signs requests of Alipay's gateway with RSA2. The signature is a parameter among others, so the form that is the body is read
 * whole, completed and written anew; the URI stays as it is.
 */
final class AlipayGateway implements Scheme {

    /** A form with a base64 picture fits; a stream of unknown length must not fill the memory. */
    private static final int MOST_BYTES = 1 << 20;

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.ofHours(8));

    private final String appId;
    private final Signatures.Maker maker;

    AlipayGateway(String appId, PrivateKey key) {
        this.appId = Values.quotable(appId, "application id");
        this.maker = Signatures.maker(Algorithm.RSA_SHA256, key, "application key");
    }

    @Override
    public Draft draft(HttpRequest request, long millis, String nonce) {
        List<String> type = request.headers().map().getOrDefault("Content-Type", List.of());
        boolean isForm =
                type.isEmpty() || type.get(0).toLowerCase(Locale.ROOT).startsWith("application/x-www-form-urlencoded");
        if (!request.method().equals("POST") || !isForm) {
            throw new IllegalArgumentException("the gateway's signature is a field of a form: allowed is POST with the "
                    + "content type application/x-www-form-urlencoded");
        }
        return new FormDraft(request.uri().getRawQuery(), millis);
    }

    /** The text to sign: all parameters but the signature, with the sign_type. */
    static String text(FormParameters parameters) {
        return parameters.text();
    }

    private final class FormDraft implements Draft {

        private final ByteArrayOutputStream read = new ByteArrayOutputStream();
        private final @Nullable String query;
        private final long millis;
        private byte[] written = new byte[0];

        FormDraft(@Nullable String query, long millis) {
            this.query = query;
            this.millis = millis;
        }

        @Override
        public void update(ByteBuffer chunk) {
            if (read.size() + chunk.remaining() > MOST_BYTES) {
                throw new IllegalArgumentException("the form is longer than " + MOST_BYTES + " bytes");
            }
            byte[] bytes = new byte[chunk.remaining()];
            chunk.get(bytes);
            read.writeBytes(bytes);
        }

        @Override
        public Map<String, String> headers(String sha256) {
            FormParameters inUri = new FormParameters();
            inUri.addAll(query);
            FormParameters all = new FormParameters();
            all.addAll(query);
            all.addAll(read.toString(StandardCharsets.UTF_8));
            if (all.get("sign") != null) {
                throw new IllegalArgumentException("parameter sign is in the request already");
            }
            all.putIfAbsent("app_id", appId);
            all.putIfAbsent("charset", "utf-8");
            all.putIfAbsent("version", "1.0");
            all.putIfAbsent("sign_type", "RSA2");
            all.putIfAbsent("timestamp", TIME.format(Instant.ofEpochMilli(millis)));
            all.put("sign", Base64.getEncoder().encodeToString(maker.sign(text(all))));
            written = all.encoded(inUri).getBytes(StandardCharsets.US_ASCII);
            return Map.of("Content-Type", "application/x-www-form-urlencoded;charset=utf-8");
        }

        @Override
        public BodyPublisher body() {
            return BodyPublishers.ofByteArray(written);
        }
    }

    @Override
    public String toString() {
        return "Alipay gateway " + appId;
    }
}
