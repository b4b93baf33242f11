package io.fairlead.crypto;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Map;
import java.util.function.Function;

/** A signature over a text with the body itself in its middle, which flows through the signature and is never held. */
final class StreamDraft implements Draft {

    private final Signatures.Run run;
    private final String after;
    private final Function<String, Map<String, String>> headers;

    /** @param headers of the signature in base64 */
    StreamDraft(Signatures.Maker maker, String before, String after, Function<String, Map<String, String>> headers) {
        this.run = maker.start();
        this.after = after;
        this.headers = headers;
        run.update(before);
    }

    @Override
    public void update(ByteBuffer chunk) {
        run.update(chunk);
    }

    @Override
    public Map<String, String> headers(String sha256) {
        run.update(after);
        return headers.apply(Base64.getEncoder().encodeToString(run.sign()));
    }
}
