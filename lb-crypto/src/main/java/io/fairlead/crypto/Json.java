package io.fairlead.crypto;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds values in a JSON text by their paths, as the bytes that they are: what stands around them is never written anew, so that an amount
 * of 10.00 stays one. Members that are there twice, other encodings than UTF-8 and nesting beyond 500 are refused.
 */
final class Json {

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES) // what strangers send is not to stay
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(500)
                    .maxStringLength(
                            Integer.MAX_VALUE) // no longer than the body, which is in memory under a limit of its own
                    .build())
            .build();

    /**
     * A value that was found.
     *
     * @param path one of those looked for
     * @param nameFrom where the name of the member begins; -1 for none
     * @param from where the value begins
     * @param to the byte after it
     */
    record Found(JsonPath path, int nameFrom, int from, int to) {}

    private final JsonParser parser;
    private final List<Found> found = new ArrayList<>();

    private Json(byte[] json) throws IOException {
        parser = FACTORY.createParser(json);
    }

    /** Checks that it is one value and nothing else. */
    static void check(byte[] json) {
        find(json, List.of());
    }

    /**
     * The values at the paths, none of which is inside another, in the order of the text.
     *
     * @throws IllegalArgumentException if it is no JSON; without a word of it
     */
    static List<Found> find(byte[] json, List<JsonPath> paths) {
        try {
            Json reader = new Json(json);
            if (reader.parser.nextToken() == null) {
                throw malformed();
            }
            reader.value(paths, 0, -1);
            if (reader.parser.nextToken() != null) {
                throw malformed();
            }
            return reader.found;
        } catch (IOException e) {
            throw malformed();
        }
    }

    private static IllegalArgumentException malformed() {
        return new IllegalArgumentException(
                "the body is no JSON: allowed is one value in UTF-8, no member of an object twice");
    }

    /** @param looked those whose first steps have led here */
    private void value(List<JsonPath> looked, int depth, int nameFrom) throws IOException {
        int from = offset(parser.currentTokenLocation().getByteOffset());
        JsonToken token = parser.currentToken();
        JsonPath here =
                looked.stream().filter(p -> p.length() == depth).findFirst().orElse(null);
        if (here != null || looked.isEmpty()) {
            skip();
        } else if (token == JsonToken.START_OBJECT) {
            members(looked, depth);
        } else if (token == JsonToken.START_ARRAY) {
            elements(looked, depth);
        } else {
            skip();
        }
        if (here != null) {
            found.add(new Found(
                    here, nameFrom, from, offset(parser.currentLocation().getByteOffset())));
        }
    }

    /* To the end of the value, all of which is read. */
    private void skip() throws IOException {
        if (parser.currentToken().isStructStart()) {
            for (int open = 1; open > 0; ) {
                JsonToken token = parser.nextToken();
                if (token == null) {
                    throw malformed();
                }
                parser.finishToken();
                open += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
            }
        } else {
            parser.finishToken();
        }
    }

    private void members(List<JsonPath> looked, int depth) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            int nameFrom = offset(parser.currentTokenLocation().getByteOffset());
            String name = parser.currentName();
            parser.nextToken();
            value(looked.stream().filter(p -> p.isStep(depth, name)).toList(), depth + 1, nameFrom);
        }
    }

    private void elements(List<JsonPath> looked, int depth) throws IOException {
        for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
            int index = i;
            value(looked.stream().filter(p -> p.isStep(depth, index)).toList(), depth + 1, -1);
        }
    }

    private static int offset(long offset) {
        if (offset < 0) {
            throw malformed(); // of another encoding, of which the parser counts characters
        }
        return (int) offset;
    }

    /**
     * The string that is all there is at the end of these members, each the only one of its object.
     *
     * @throws IllegalArgumentException if there is anything else
     */
    static String only(byte[] json, List<String> members) {
        try (JsonParser parser = FACTORY.createParser(json)) {
            JsonToken token = parser.nextToken();
            for (String member : members) {
                if (token != JsonToken.START_OBJECT || !member.equals(parser.nextFieldName())) {
                    throw malformed();
                }
                token = parser.nextToken();
            }
            if (token != JsonToken.VALUE_STRING) {
                throw malformed();
            }
            String text = parser.getText();
            for (String member : members) {
                if (parser.nextToken() != JsonToken.END_OBJECT) {
                    throw new IllegalArgumentException("beside " + member + " there is more in the body");
                }
            }
            if (parser.nextToken() != null) {
                throw malformed();
            }
            return text;
        } catch (IOException e) {
            throw malformed();
        }
    }

    /** The text as a JSON string. */
    static byte[] quoted(String text) {
        return ('"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"')
                .getBytes(StandardCharsets.UTF_8);
    }
}
