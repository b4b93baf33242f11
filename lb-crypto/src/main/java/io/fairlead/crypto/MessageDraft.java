package io.fairlead.crypto;

import io.fairlead.crypto.StructuredField.Bytes;
import io.fairlead.crypto.StructuredField.InnerList;
import io.fairlead.crypto.StructuredField.Item;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One signature of RFC 9421 in the making, beside those that the message has already. */
final class MessageDraft implements Draft {

    private final HttpMessage message;
    private final String label;
    private final InnerList parameters;
    private final MessageKey key;
    private final @Nullable String digest;
    private final @Nullable MessageDigest other;

    /** @param digest the algorithm of Content-Digest; null if it is not covered */
    MessageDraft(HttpMessage message, String label, InnerList parameters, MessageKey key, @Nullable String digest) {
        this.message = message;
        this.label = label;
        this.parameters = parameters;
        this.key = key;
        this.digest = digest;
        this.other = digest == null || digest.equals("sha-256") ? null : ContentDigest.digest(digest);
    }

    @Override
    public void update(ByteBuffer chunk) {
        if (other != null) {
            other.update(chunk);
        }
    }

    @Override
    public Map<String, String> headers(String sha256) {
        Map<String, String> added = new LinkedHashMap<>();
        HttpMessage covered = message;
        if (digest != null) {
            byte[] value = other == null ? HexFormat.of().parseHex(sha256) : other.digest();
            added.put(ContentDigest.HEADER, ContentDigest.value(digest, value));
            covered = with("content-digest", ContentDigest.value(digest, value));
        }
        byte[] signature = key.maker().sign(SignatureBase.text(parameters, covered));
        added.put("Signature-Input", joined("signature-input", StructuredField.text(parameters)));
        added.put("Signature", joined("signature", StructuredField.text(new Item(new Bytes(signature), Map.of()))));
        return added;
    }

    private HttpMessage with(String header, String value) {
        Map<String, List<String>> headers = new LinkedHashMap<>(message.headers());
        headers.put(header, List.of(value));
        return new HttpMessage(message.target(), message.status(), headers, message.request());
    }

    private String joined(String header, String value) {
        List<String> before = message.headers().get(header);
        String own = label + "=" + value;
        if (before == null) {
            return own;
        }
        String all = SignatureBase.joined(before);
        if (StructuredParser.dictionary(all).containsKey(label)) {
            throw new IllegalArgumentException("label " + label + " is taken by another signature of the message");
        }
        return all + ", " + own;
    }
}
