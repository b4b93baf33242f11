package io.fairlead.crypto;

import java.net.http.HttpRequest;
import java.util.Map;

/** Bodies of any length in the streaming format. */
record EnvelopeBody(DataKeys dataKeys) implements BodyFormat.Streaming {

    @Override
    public Map<String, String> headers(HttpRequest request, BodyKeys keys) {
        return Map.of("Content-Type", "application/octet-stream");
    }

    @Override
    public long length(BodyKeys keys, long plain) {
        return plain < 0 ? -1 : envelope(keys).length(plain);
    }

    @Override
    public Envelope envelope(BodyKeys keys) {
        return Envelope.fresh(dataKeys, keys);
    }

    @Override
    public Chunks opening(BodyKeys keys) {
        return new EnvelopeOpening(dataKeys, keys);
    }

    @Override
    public String toString() {
        return "Envelope " + dataKeys;
    }
}
