package io.fairlead.crypto;

import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.util.JSONObjectUtils;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads JWE in its JSON forms (RFC 7516, section 7.2): the general one with recipients, the flattened one with a single recipient. No name
 * may be in two of the headers (section 7.2.1), nor twice in anything; members that nobody knows are left alone.
 */
final class JweJson {

    /** A message for more is none of ours: each costs a header to be put together. */
    private static final int MOST_RECIPIENTS = 100;

    /** What all recipients share is joined with what each has, so that these two together bound the work. */
    private static final int MOST_SHARED = 100;

    private static final byte[] NOTHING = new byte[0];

    private final Map<String, Object> json;
    private final Map<String, Object> shielded;
    private final Map<String, Object> open;
    private final byte[] data;
    private final byte[] nonce;
    private final byte[] sealed;
    private final int tagBytes;

    private JweJson(Map<String, Object> json) throws GeneralSecurityException, ParseException {
        this.json = json;
        byte[] text = text(json, "protected");
        byte[] header = Base64Text.decoded(text);
        this.shielded = header.length == 0 ? Map.of() : object(header);
        this.open = object(json, "unprotected");
        if (shielded.size() + open.size() > MOST_SHARED) {
            throw new Unopened();
        }
        this.data = data(text, text(json, "aad"));
        this.nonce = Base64Text.decoded(text(json, "iv"));
        byte[] tag = Base64Text.decoded(text(json, "tag"));
        if (!(json.get("ciphertext") instanceof String ciphertext)) {
            throw new Unopened();
        }
        byte[] content = ciphertext.getBytes(StandardCharsets.US_ASCII);
        this.sealed = JweMessage.sealed(content, 0, content.length, tag);
        this.tagBytes = tag.length;
    }

    /**
     * The message as one of its recipients has it: the only one, or the first who is one of ours. No other's header is looked into.
     *
     * @param ours by the header
     */
    static JweMessage message(byte[] json, Predicate<Map<String, Object>> ours)
            throws GeneralSecurityException, ParseException {
        JweJson message = new JweJson(object(json));
        List<Map<String, Object>> recipients = message.recipients();
        for (Map<String, Object> recipient : recipients) {
            Map<String, Object> header = message.header(recipient);
            if (recipients.size() == 1 || ours.test(header)) {
                return message.of(header, recipient);
            }
        }
        throw new Unopened();
    }

    private List<Map<String, Object>> recipients() throws GeneralSecurityException, ParseException {
        if (!json.containsKey("recipients")) {
            return List.of(json);
        }
        List<Object> given = JSONObjectUtils.getJSONArray(json, "recipients");
        if (given == null
                || given.isEmpty()
                || given.size() > MOST_RECIPIENTS
                || json.containsKey("header")
                || json.containsKey("encrypted_key")) {
            throw new Unopened();
        }
        List<Map<String, Object>> all = new ArrayList<>();
        for (Object one : given) {
            all.add(object(one));
        }
        return all;
    }

    private Map<String, Object> header(Map<String, Object> recipient) throws GeneralSecurityException {
        Map<String, Object> header = new LinkedHashMap<>(shielded);
        join(header, open);
        join(header, object(recipient, "header"));
        if (header.containsKey("zip") && !shielded.containsKey("zip")) {
            throw new Unopened(); // RFC 7516, section 4.1.3
        }
        return header;
    }

    private JweMessage of(Map<String, Object> header, Map<String, Object> recipient)
            throws GeneralSecurityException, ParseException {
        byte[] key = Base64Text.decoded(text(recipient, "encrypted_key"));
        return new JweMessage(JWEHeader.parse(header), data, key, nonce, sealed, tagBytes);
    }

    private static void join(Map<String, Object> all, Map<String, Object> more) throws GeneralSecurityException {
        for (Map.Entry<String, Object> one : more.entrySet()) {
            if (all.putIfAbsent(one.getKey(), one.getValue()) != null) {
                throw new Unopened();
            }
        }
    }

    private static byte[] data(byte[] shielded, byte[] more) {
        if (more.length == 0) {
            return shielded;
        }
        byte[] all = java.util.Arrays.copyOf(shielded, shielded.length + 1 + more.length);
        all[shielded.length] = '.';
        System.arraycopy(more, 0, all, shielded.length + 1, more.length);
        return all;
    }

    private static Map<String, Object> object(byte[] json) throws ParseException {
        Json.check(json); // a member that is there twice would be read by one so and by another so
        return JSONObjectUtils.parse(new String(json, StandardCharsets.UTF_8));
    }

    private static Map<String, Object> object(Map<String, Object> json, String name) throws GeneralSecurityException {
        return json.containsKey(name) ? object(json.get(name)) : Map.of();
    }

    @SuppressWarnings("unchecked") // names in JSON are strings
    private static Map<String, Object> object(@Nullable Object value) throws GeneralSecurityException {
        if (value instanceof Map<?, ?> map) {
            return (Map<String, Object>) map;
        }
        throw new Unopened();
    }

    /* What is empty has to be left out. */
    private static byte[] text(Map<String, Object> json, String name) throws GeneralSecurityException {
        if (!json.containsKey(name)) {
            return NOTHING;
        }
        if (json.get(name) instanceof String text && !text.isEmpty()) {
            return text.getBytes(StandardCharsets.US_ASCII);
        }
        throw new Unopened();
    }
}
