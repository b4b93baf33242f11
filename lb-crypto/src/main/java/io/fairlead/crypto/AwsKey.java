package io.fairlead.crypto;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** A secret access key for one region and service, and the key that is derived from it for a day. Thread-safe; shows no secret. */
final class AwsKey {

    private final String id;
    private final Macs secret;
    private final String region;
    private final String service;
    private volatile @Nullable Day day;

    /** The key of one day: deriving it costs four codes, so it is kept until the next. */
    private record Day(String date, Macs key) {}

    AwsKey(String region, String service, String id, String secret) {
        this.region = Values.quotable(region, "region");
        this.service = Values.quotable(service, "service");
        this.id = Values.quotable(id, "access key id");
        Values.quotable(secret, "secret access key");
        this.secret = new Macs(("AWS4" + secret).getBytes(StandardCharsets.UTF_8), 1, "secret access key");
    }

    String id() {
        return id;
    }

    boolean isS3() {
        return service.equals("s3");
    }

    /** @param time as yyyyMMdd'T'HHmmss'Z' */
    String scope(String time) {
        return date(time) + '/' + region + '/' + service + "/aws4_request";
    }

    String signature(String time, String canonical) {
        return HexFormat.of().formatHex(key(date(time)).sign(AwsRequest.toSign(time, scope(time), canonical)));
    }

    private static String date(String time) {
        return time.substring(0, 8);
    }

    private Macs key(String date) {
        Day known = day;
        if (known == null || !known.date.equals(date)) {
            Macs key = secret;
            for (String part : new String[] {date, region, service, "aws4_request"}) {
                key = new Macs(key.sign(part), 1, "derived key");
            }
            known = new Day(date, key);
            day = known;
        }
        return known.key;
    }
}
