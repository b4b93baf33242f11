package io.fairlead.testing;

import static io.fairlead.testing.PartnerChecks.encoded;
import static io.fairlead.testing.PartnerChecks.header;
import static io.fairlead.testing.PartnerChecks.part;
import static io.fairlead.testing.PartnerChecks.path;
import static io.fairlead.testing.PartnerChecks.query;
import static io.fairlead.testing.PartnerChecks.recoded;
import static io.fairlead.testing.PartnerChecks.require;
import static io.fairlead.testing.PartnerChecks.sha256;
import static io.fairlead.testing.PartnerChecks.signed;

import io.fairlead.testing.PartnerChecks.Arrived;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** RFC 5849, section 3.4.1, as Mastercard's own libraries have it: a query with nothing percent-encoded is taken as it is. */
record MastercardCheck(PublicKey key) implements PartnerChecks.Check {

    @Override
    public String proof(Arrived arrived) throws GeneralSecurityException {
        String header = header(arrived, "authorization");
        List<String> all = new ArrayList<>();
        String signature = "";
        for (String one : part(header, "^OAuth (.*)$").split(",")) {
            String name = part(one, "^(\\w+)=");
            String value = part(one, "=\"(.*)\"$");
            if (name.equals("oauth_signature")) {
                signature = URLDecoder.decode(value, StandardCharsets.UTF_8);
            } else {
                all.add(name + "=" + value);
            }
        }
        addQuery(all, query(arrived));
        // By name, then by value.
        all.sort((a, b) -> a.replaceFirst("=", " ").compareTo(b.replaceFirst("=", " ")));
        String text = arrived.method() + "&"
                + encoded(arrived.scheme() + "://" + arrived.authority() + path(arrived))
                + "&" + encoded(String.join("&", all));
        signed("SHA256withRSA", key, text.getBytes(StandardCharsets.UTF_8), signature);
        String hash = Base64.getEncoder().encodeToString(sha256(arrived.body()));
        require(part(header, "oauth_body_hash=\"(.*?)\"").equals(hash), "wrong hash of the body");
        return part(header, "oauth_nonce=\"(\\w+)\"");
    }

    private static void addQuery(List<String> all, String query) {
        for (String pair : query.isEmpty() ? new String[0] : query.split("&")) {
            String[] parts = pair.split("=", 2);
            String value = parts.length < 2 ? "" : parts[1];
            boolean encoded = query.contains("%");
            all.add(encoded ? recoded(parts[0]) + "=" + recoded(value) : parts[0] + "=" + value);
        }
    }
}
