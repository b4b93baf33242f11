package io.fairlead.crypto;

import io.fairlead.Delivery;
import io.fairlead.RequestSigner;
import io.fairlead.Require;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Signs with the key that the ring has for signing at that moment. */
final class RotatingSigner<K> implements RequestSigner {

    private final MadeOfKeys<K, RequestSigner> signer;

    RotatingSigner(KeyRing<K> keys, BiFunction<String, K, ? extends RequestSigner> signer) {
        Require.notNull(signer, "signer");
        this.signer = new MadeOfKeys<>(Require.notNull(keys, "keys"), all -> {
            Map.Entry<String, K> first = all.entrySet().iterator().next();
            return Require.notNull(signer.apply(first.getKey(), first.getValue()), "signer of key " + first.getKey());
        });
    }

    @Override
    public HttpRequest sign(HttpRequest request) {
        return signer.get().sign(request);
    }

    @Override
    @SuppressWarnings("FunctionalInterfaceMethodChanged") // the same act; sign() waits for it
    public CompletionStage<HttpRequest> signAsync(HttpRequest request) {
        return signer.get().signAsync(request);
    }

    @Override
    public @Nullable Delivery answered(HttpRequest signed, int status, HttpHeaders headers) {
        return signer.last().answered(signed, status, headers);
    }

    @Override
    public String toString() {
        return signer.toString();
    }
}
