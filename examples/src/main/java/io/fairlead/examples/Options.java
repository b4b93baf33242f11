package io.fairlead.examples;

import io.fairlead.Balancer;
import io.fairlead.Environment;
import io.fairlead.Providers;
import io.fairlead.Settings;
import io.fairlead.Target;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * What the command line asks for.
 *
 * @param requests a file of requests, {@code -} for standard input, or empty for the shipped one
 * @param targets servers of the user's own, or none for the embedded ones
 * @param rate payments a second
 * @param seconds how long, or 0 for each request once
 * @param balancer name of the strategy, and its settings
 * @param help whether to explain instead
 */
record Options(String requests, List<String> targets, int rate, int seconds, String balancer, boolean help) {

    private static final String HELP = """
            Sends payments through Fairlead's BalancedClient.

              --requests FILE|-      requests as JSON Lines: {"method":…,"path":…,"headers":{…},"body":…}; default: the shipped ones
              --targets URL,URL…     servers to send to; default: five embedded ones that fail in their own ways
              --rate N               the partner's quota in requests a second, 1 to 100000; default 100. Nine tenths are sent, the rest is for retries
              --duration SECONDS     1 to 86400; requests repeat as needed. Default: 20 with embedded servers, else each request once
              --balancer NAME[,SETTING=VALUE…]
                                     %s; default standard.
                                     Strategies by key take the header X-Merchant for it. Settings: docs/strategies.md
              --help                 this text

            With embedded servers every payment gets an id of its own, and the run ends with an audit of their ledger; exit code 1 if it
            fails. Servers of your own get the requests as they stand, each POST with an Idempotency-Key. Exit code 2: bad arguments.""";

    private static final int HELP_WIDTH = 130;

    /** Explains the options, with the names of all strategies that there are. */
    static String helpText() {
        String indent = " "
                .repeat(HELP.lines()
                        .filter(line -> line.contains("%s"))
                        .mapToInt(line -> line.indexOf("%s"))
                        .sum());
        StringBuilder names = new StringBuilder();
        int column = indent.length();
        for (String name : Providers.load().names(Balancer.class)) {
            if (column + name.length() > HELP_WIDTH) {
                names.append("\n").append(indent);
                column = indent.length();
            }
            names.append(name).append(", ");
            column += name.length() + 2;
        }
        return String.format(HELP, names.substring(0, names.length() - 2));
    }

    static Options parse(String... args) throws UsageException {
        String requests = "";
        List<String> targets = List.of();
        int rate = 100;
        int seconds = -1;
        String balancer = "standard";
        Iterator<String> words = Arrays.asList(args).iterator();
        while (words.hasNext()) {
            String option = words.next();
            switch (option) {
                case "--help", "-h" -> {
                    return new Options("", List.of(), rate, 0, balancer, true);
                }
                case "--requests" -> requests = value(option, words);
                case "--targets" -> targets = targets(value(option, words));
                case "--rate" -> rate = number(option, value(option, words), 100_000);
                case "--duration" -> seconds = number(option, value(option, words), 86_400);
                case "--balancer" -> balancer = value(option, words);
                default -> throw new UsageException(option + " is no option; try --help");
            }
        }
        int unset = targets.isEmpty() ? 20 : 0;
        return new Options(requests, targets, rate, seconds < 0 ? unset : seconds, balancer, false);
    }

    /** The strategy. */
    Balancer makeBalancer() throws UsageException {
        try {
            String[] words = balancer.split(",", -1);
            Map<String, String> settings = new HashMap<>();
            for (int i = 1; i < words.length; i++) {
                int equals = words[i].indexOf('=');
                if (equals < 1) {
                    throw new UsageException("--balancer: \"" + words[i] + "\": allowed is setting=value");
                }
                settings.put(words[i].substring(0, equals).trim(), words[i].substring(equals + 1));
            }
            return Providers.load().create(Balancer.class, words[0], Settings.of(settings), Environment.system());
        } catch (IllegalArgumentException e) {
            throw new UsageException("--balancer: " + e.getMessage());
        }
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
