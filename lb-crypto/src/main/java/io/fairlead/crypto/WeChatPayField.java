package io.fairlead.crypto;

import io.fairlead.Require;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.util.List;

/** A string as WeChat Pay hides it: its text, without quotes, under the keys that {@link WeChatPayFields} holds. */
record WeChatPayField(WeChatPayFields fields) implements FieldCipher, KeyFit {

    @Override
    public Key fitting(Key key, String field) {
        throw Require.bad(field, "given", "none, as the keys are those of the WeChatPayFields");
    }

    @Override
    public boolean isKeyed() {
        return false;
    }

    @Override
    public String hide(BodyKeys keys, byte[] value, JsonPath path) {
        String text;
        try {
            text = Json.only(value, List.of());
        } catch (IllegalArgumentException e) {
            throw Require.bad("value of " + path, "no string", "a string");
        }
        return fields.hide(text);
    }

    @Override
    public byte[] open(BodyKeys keys, String hidden) throws GeneralSecurityException {
        return Json.quoted(fields.open(hidden));
    }
}
