package io.fairlead;

import java.net.http.HttpHeaders;
import java.util.Locale;

/** Judges answers of one status and content type by the beginning of their body. */
final class PrefixClassifier implements OutcomeClassifier {

    private final int status;
    private final String mediaType;
    private final int bytes;
    private final BodyVerdict verdict;

    PrefixClassifier(int status, String mediaType, int bytes, BodyVerdict verdict) {
        this.status = Require.between(status, 200, 599, "status");
        this.mediaType = Require.notBlank(mediaType, "media type").toLowerCase(Locale.ROOT);
        this.bytes = Require.between(bytes, 1, MOST_PREFIX_BYTES, "bytes of the body");
        this.verdict = Require.notNull(verdict, "verdict by the body");
    }

    private boolean concerns(Attempt attempt) {
        HttpHeaders headers = attempt.headers();
        if (headers == null || attempt.status() != status || attempt.failure() != null) {
            return false;
        }
        String type = headers.firstValue("content-type").orElse("");
        int parameters = type.indexOf(';');
        String bare = parameters < 0 ? type : type.substring(0, parameters);
        return bare.strip().toLowerCase(Locale.ROOT).equals(mediaType)
                && headers.firstValue("content-encoding").orElse("identity").equalsIgnoreCase("identity");
    }

    @Override
    public Verdict classify(Attempt attempt, Verdict standard) {
        return standard;
    }

    @Override
    public int prefixBytes(Attempt attempt) {
        return concerns(attempt) ? bytes : 0;
    }

    /* In a chain another classifier may have asked for more than this one. */
    @Override
    public Verdict classify(Attempt attempt, byte[] prefix, Verdict standard) {
        return concerns(attempt) ? verdict.classify(attempt, prefix, standard) : standard;
    }
}
