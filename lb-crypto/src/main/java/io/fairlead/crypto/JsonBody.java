package io.fairlead.crypto;

import io.fairlead.crypto.Json.Found;
import java.io.ByteArrayOutputStream;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A JSON body of which some values, or the whole, are hidden in strings; all other bytes stay as they are.
 *
 * @param keyIdHeader a request header with the id of the recipient's key; empty for none
 */
record JsonBody(FieldCipher cipher, List<HiddenField> fields, String keyIdHeader) implements BodyFormat.Whole {

    /** How a value becomes another. */
    private interface Change {
        byte[] of(HiddenField field, byte[] value) throws GeneralSecurityException;
    }

    @Override
    public Map<String, String> headers(HttpRequest request, BodyKeys keys) {
        Map<String, String> headers = new HashMap<>();
        if (request.headers().firstValue("Content-Type").isEmpty()) {
            headers.put("Content-Type", "application/json");
        }
        if (!keyIdHeader.isEmpty() && !keys.keyId().isEmpty()) {
            headers.put(keyIdHeader, keys.keyId());
        }
        return headers;
    }

    @Override
    public long length(BodyKeys keys, long plain) {
        return -1;
    }

    @Override
    public byte[] seal(BodyKeys keys, byte[] plain) {
        try {
            List<JsonPath> paths = fields.stream().map(HiddenField::plain).toList();
            return changed(plain, paths, (field, value) -> sealed(keys, field, value));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private byte[] sealed(BodyKeys keys, HiddenField field, byte[] value) {
        StringBuilder text = new StringBuilder();
        if (field.name() != null) {
            text.append(string(Json.quoted(field.name()))).append(':');
        }
        field.members()
                .forEach(m -> text.append('{').append(string(Json.quoted(m))).append(':'));
        text.append('"').append(cipher.hide(keys, value, field.plain())).append('"');
        text.append("}".repeat(field.members().size()));
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static String string(byte[] utf8) {
        return new String(utf8, StandardCharsets.UTF_8);
    }

    @Override
    public byte[] open(BodyKeys keys, byte[] hidden) throws GeneralSecurityException {
        try {
            List<JsonPath> paths = fields.stream().map(HiddenField::outer).toList();
            return changed(hidden, paths, (field, value) -> opened(keys, field, value));
        } catch (IllegalArgumentException e) {
            throw new Unopened();
        }
    }

    private byte[] opened(BodyKeys keys, HiddenField field, byte[] value) throws GeneralSecurityException {
        byte[] plain = cipher.open(keys, Json.only(value, field.members()));
        if (field.plain().length() == 0) {
            return plain; // the whole body, of which its reader is the judge
        }
        byte[] json = asJson(plain);
        if (field.name() == null) {
            return json;
        }
        byte[] name = Json.quoted(field.plainName());
        byte[] member = Arrays.copyOf(name, name.length + 1 + json.length);
        member[name.length] = ':';
        System.arraycopy(json, 0, member, name.length + 1, json.length);
        return member;
    }

    /* Who knows the public key can encrypt anything: what is put into the body must not reach out of its place. */
    private static byte[] asJson(byte[] plain) {
        try {
            Json.check(plain);
            return plain;
        } catch (IllegalArgumentException e) {
            return Json.quoted(string(plain)); // the bare text of a string, as some partners' libraries write it
        }
    }

    private byte[] changed(byte[] json, List<JsonPath> paths, Change change) throws GeneralSecurityException {
        List<Found> all = Json.find(json, paths);
        Set<JsonPath> missing = new HashSet<>(paths);
        ByteArrayOutputStream out = new ByteArrayOutputStream(json.length + 256);
        int at = 0;
        for (Found found : all) {
            HiddenField field = fields.get(paths.indexOf(found.path()));
            int from = field.name() == null ? found.from() : found.nameFrom();
            out.write(json, at, from - at);
            out.writeBytes(change.of(field, Arrays.copyOfRange(json, found.from(), found.to())));
            at = found.to();
            missing.remove(found.path());
        }
        missing.removeIf(JsonPath::optional);
        if (!missing.isEmpty()) {
            throw new IllegalArgumentException("the body has no "
                    + missing.iterator().next() + ": a path with a question mark at its end may be missing");
        }
        out.write(json, at, json.length - at);
        return checked(out.toByteArray());
    }

    /* A member that was moved may meet one of its name, and a reader would take the one that nobody encrypted. */
    private byte[] checked(byte[] json) {
        if (fields.stream().anyMatch(field -> field.name() != null)) {
            Json.check(json);
        }
        return json;
    }

    @Override
    public String toString() {
        return "JSON " + fields.stream().map(HiddenField::plain).toList();
    }
}
