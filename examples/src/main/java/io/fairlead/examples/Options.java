package io.fairlead.examples;

import io.fairlead.Admission;
import io.fairlead.Balancer;
import io.fairlead.Providers;
import io.fairlead.RateLimiter;
import io.fairlead.RequestSigner;
import io.fairlead.Service;
import io.fairlead.Target;
import io.fairlead.health.Ejections;
import io.fairlead.ratelimit.RateLimiters;
import io.fairlead.strategies.AffinityKeys;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What the command line asks for. */
final class Options {

    private static final String HELP = """
            Sends payments through Fairlead's BalancedClient.

              --requests FILE|-      requests as JSON Lines: {"method":…,"path":…,"headers":{…},"body":…}; default: the shipped ones
              --targets URL,URL…     servers to send to; default: five embedded ones that fail in their own ways
              --rate N               the partner's quota in requests a second, 1 to 100000; default 100. Nine tenths are sent, the rest is for retries
              --duration SECONDS     1 to 86400; requests repeat as needed. Default: 20 with embedded servers, else each request once
              --balancer NAME[,SETTING=VALUE…]
                                     {balancers}; default standard.
                                     Strategies by key take the header X-Merchant for it. Settings: docs/strategies.md
              --limit NAME[,SETTING=VALUE…]
                                     {limits}; default token-bucket,permits=N
                                     with the N of --rate. Settings: docs/limits.md, docs/admissions.md
              --signer NAME[,SETTING=VALUE…]
                                     {signers};
                                     default hmac-sha256 with embedded servers, which make the keys and check {embedded};
                                     none with servers of your own. Settings: docs/signing.md
              --encrypt PATH[,PATH…] values of the JSON bodies that only the embedded servers can read, as $.card? or $.amount; with a
                                     question mark for what some bodies lack. JWE by ECDH-ES+A256KW and A256GCM: docs/encryption.md
              --token                each request bears an OAuth2 token of an embedded authorization server, of five seconds each; the embedded
                                     servers judge it
              --help                 this text

            With embedded servers every payment gets an id of its own, and the run ends with an audit of their ledger; exit code 1 if it
            fails. Servers of your own get the requests as they stand, each POST with an Idempotency-Key. Exit code 2: bad arguments.""";

    private static final int HELP_WIDTH = 130;
    private static final int HELP_INDENT = 25;

    private String requests = "";
    private List<String> targets = List.of();
    private int rate = 100;
    private int seconds = -1;
    private Named balancer = new Named("--balancer", "standard", Map.of());
    private @Nullable Named limit;
    private @Nullable Named signer;
    private boolean token;
    private List<String> hidden = List.of();
    private boolean help;

    private Options() {}

    static Options parse(String... args) throws UsageException {
        Options options = new Options();
        Iterator<String> words = Arrays.asList(args).iterator();
        while (words.hasNext() && !options.help) {
            options.take(words.next(), words);
        }
        return options;
    }

    private void take(String option, Iterator<String> words) throws UsageException {
        switch (option) {
            case "--help", "-h" -> help = true;
            case "--requests" -> requests = value(option, words);
            case "--targets" -> targets = targets(value(option, words));
            case "--rate" -> rate = number(option, value(option, words), 100_000);
            case "--duration" -> seconds = number(option, value(option, words), 86_400);
            case "--balancer" -> balancer = Named.parse(option, value(option, words));
            case "--limit" -> limit = Named.parse(option, value(option, words));
            case "--signer" -> signer = Named.parse(option, value(option, words));
            case "--token" -> token = true;
            case "--encrypt" -> hidden = List.of(value(option, words).split(",", -1));
            default -> throw new UsageException(option + " is no option; try --help");
        }
    }

    /** Whether to explain instead. */
    boolean help() {
        return help;
    }

    /** A file of requests, {@code -} for standard input, or empty for the shipped one. */
    String requests() {
        return requests;
    }

    /** Servers of the user's own, or none for the embedded ones. */
    List<String> targets() {
        return targets;
    }

    /** The partner's quota in requests a second. */
    int rate() {
        return rate;
    }

    /** How long, or 0 for each request once. */
    int seconds() {
        return seconds < 0 ? (targets.isEmpty() ? 20 : 0) : seconds;
    }

    /** The service that is asked for, without servers and signer. */
    Service.Builder service() throws UsageException {
        Service.Builder service = Service.named("payments")
                .balancer(balancer.make(Balancer.class))
                // Shorter than the default: a demonstration wants to see the return.
                .ejection(Ejections.consecutiveFailures(5).baseTime(Duration.ofSeconds(2)))
                .affinityKey(AffinityKeys.header("X-Merchant"))
                .generateIdempotencyKeys();
        if (limit == null) {
            return service.rateLimiter(
                    RateLimiters.tokenBucket(rate, Duration.ofSeconds(1)).build());
        }
        return limit.isA(Admission.class)
                ? service.admission(limit.make(Admission.class))
                : service.rateLimiter(limit.make(RateLimiter.class));
    }

    /** The same for servers of the user's own, with the signer that was chosen. */
    Service.Builder signedService() throws UsageException {
        if (!hidden.isEmpty() || token) {
            throw new UsageException((token ? "--token" : "--encrypt")
                    + ": for the embedded servers, who have the keys; not with --targets");
        }
        Service.Builder service = service().targets(targets.toArray(new String[0]));
        return signer == null ? service : service.signer(signer.make(RequestSigner.class));
    }

    /** Whether requests bear a token. */
    boolean token() {
        return token;
    }

    /** What the embedded servers and their client agree on. */
    Credentials credentials() throws UsageException {
        Credentials signing = Credentials.of(embeddedSigner());
        try {
            return hidden.isEmpty() ? signing : signing.hiding(hidden.toArray(new String[0]));
        } catch (IllegalArgumentException e) {
            throw new UsageException("--encrypt: " + e.getMessage());
        }
    }

    private String embeddedSigner() throws UsageException {
        if (signer == null) {
            return Credentials.names().get(0);
        }
        if (!Credentials.names().contains(signer.name()) || !signer.settings().isEmpty()) {
            throw new UsageException(
                    "--signer: the embedded servers make the keys themselves, and check "
                            + String.join(", ", Credentials.names())
                            + "; others, and settings, go with --targets. Beside any of them: --token for oauth2, --encrypt for jwe-fields");
        }
        return signer.name();
    }

    /** Explains the options, with the names of everything that can be chosen. */
    static String helpText() {
        Providers providers = Providers.load();
        Set<String> limits = new TreeSet<>(providers.names(RateLimiter.class));
        limits.addAll(providers.names(Admission.class));
        String help = HELP;
        help = filled(help, "{balancers}", providers.names(Balancer.class));
        help = filled(help, "{limits}", limits);
        help = filled(help, "{signers}", providers.names(RequestSigner.class));
        return filled(help, "{embedded}", Credentials.names());
    }

    private static String filled(String text, String mark, Collection<String> names) {
        int at = text.indexOf(mark);
        int column = at - text.lastIndexOf('\n', at) - 1;
        String indent = " ".repeat(HELP_INDENT);
        StringBuilder list = new StringBuilder();
        for (String name : names) {
            if (column + name.length() > HELP_WIDTH) {
                list.append("\n").append(indent);
                column = indent.length();
            }
            list.append(name).append(", ");
            column += name.length() + 2;
        }
        return text.replace(mark, list.substring(0, list.length() - 2));
    }

    private static String value(String option, Iterator<String> words) throws UsageException {
        if (!words.hasNext()) {
            throw new UsageException(option + " needs a value; try --help");
        }
        return words.next();
    }

    private static int number(String option, String value, int most) throws UsageException {
        try {
            int number = Integer.parseInt(value);
            if (number >= 1 && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new UsageException(option + " is \"" + value + "\": allowed is a whole number, 1 to " + most);
        }
        throw new UsageException(option + " is " + value + ": allowed is 1 to " + most);
    }

    private static List<String> targets(String value) throws UsageException {
        List<String> targets = new ArrayList<>();
        for (String target : value.split(",", -1)) {
            try {
                String uri = Target.of(target.trim()).uri().toString();
                if (targets.contains(uri)) {
                    throw new UsageException("--targets: " + uri + " is named twice");
                }
                targets.add(uri);
            } catch (IllegalArgumentException e) {
                throw new UsageException("--targets: " + e.getMessage());
            }
        }
        return targets;
    }
}
