package io.fairlead.client;

import io.fairlead.AsyncRequestSigner;
import io.fairlead.Delivery;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The signers of an attempt: one after the other on its request, and each told of the answer to what it signed. */
final class Signing {

    private final List<AsyncRequestSigner> signers;
    private final HttpRequest @Nullable [] earlier;
    private @Nullable HttpRequest request;
    private int done;

    Signing(List<AsyncRequestSigner> signers) {
        this.signers = signers;
        this.earlier = signers.size() > 1 ? new HttpRequest[signers.size() - 1] : null;
    }

    /** A new attempt: nobody has signed its request. */
    void begin(HttpRequest routed) {
        request = routed;
        done = 0;
    }

    boolean isSigned() {
        return done > 0;
    }

    boolean isOver() {
        return done == signers.size();
    }

    /** The next signer's work. */
    CompletionStage<HttpRequest> next() {
        return signers.get(done).signAsync(request());
    }

    /** What the signer has made of it. */
    void take(@Nullable Object value) {
        HttpRequest unsigned = request();
        HttpRequest result = (HttpRequest) Objects.requireNonNull(value, "signed request");
        if (!result.uri().equals(unsigned.uri()) || !result.method().equals(unsigned.method())) {
            throw new IllegalStateException("a signer changed the method or URI of the request");
        }
        if (earlier != null && done < earlier.length) {
            earlier[done] = result;
        }
        request = result;
        done++;
    }

    /** The request as the last signer left it. */
    HttpRequest request() {
        return Objects.requireNonNull(request);
    }

    /** Tells every signer of the answer: what is proven if one of them says that fresh credentials may pass, else null. */
    @Nullable
    Delivery rejected(int status, HttpHeaders headers) {
        Delivery proven = null;
        for (int i = 0; i < done; i++) {
            HttpRequest signed = earlier != null && i < earlier.length ? earlier[i] : request();
            Delivery says = signers.get(i).answered(signed, status, headers);
            if (says != null) {
                proven = proven == null ? says : proven.or(says);
            }
        }
        return proven;
    }
}
