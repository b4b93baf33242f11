package io.fairlead.crypto;

import java.io.IOException;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.ResponseInfo;
import java.security.SignatureException;

/** Bodies that are handed on once their signature was checked. */
final class VerifiedBody {

    /** Replies of payment APIs are some KiB; what a stranger sends must not fill the memory. */
    static final int MOST_BYTES = 1 << 20;

    /** Says no by throwing. */
    @FunctionalInterface
    interface Check {
        void check(ResponseInfo info, byte[] body) throws SignatureException;
    }

    private VerifiedBody() {}

    static <T> BodyHandler<T> handler(BodyHandler<T> handler, Check check) {
        return HeldBody.handler(handler, MOST_BYTES, "verified", (info, body) -> {
            try {
                check.check(info, body);
                return body;
            } catch (SignatureException e) {
                throw new IOException("the reply is not proven to be the partner's: " + e.getMessage(), e);
            }
        });
    }
}
