package io.fairlead.examples;

import io.fairlead.Service;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The main job: {@code ./mvnw -q -pl examples -am compile exec:java}; {@code --help} explains. */
public final class Main {

    private static final String CLIENT = "shop-1";

    private Main() {}

    /** Runs it and exits with its code: 0, 1 if the audit failed, 2 for arguments that cannot be used. */
    public static void main(String... args) {
        System.exit(run(args));
    }

    static int run(String... args) {
        try {
            Options options = Options.parse(args);
            if (options.help()) {
                System.out.println(Options.helpText());
                return 0;
            }
            List<RequestFile.Entry> entries = RequestFile.read(options.requests());
            if (options.targets().isEmpty()) {
                return embedded(options, entries);
            }
            Service.Builder service = options.signedService();
            checkReachable(options.targets());
            return run(new PaymentRun(options, entries, service, null), () -> {});
        } catch (UsageException e) {
            System.err.println(e.getMessage());
            return 2;
        }
    }

    private static int embedded(Options options, List<RequestFile.Entry> entries) throws UsageException {
        Service.Builder service = options.service();
        String secret = UUID.randomUUID().toString();
        try (TokenServer login = new TokenServer(CLIENT, secret)) {
            Credentials signing = options.credentials();
            Credentials credentials = options.token() ? signing.bearing(login, CLIENT, secret) : signing;
            int code = embedded(options, entries, service, credentials);
            if (options.token()) {
                System.out.println("tokens fetched: " + login.given());
            }
            return code;
        }
    }

    private static int embedded(
            Options options, List<RequestFile.Entry> entries, Service.Builder service, Credentials credentials) {
        try (Partner partner = new Partner(credentials.partner())) {
            service.targets(partner.urls().toArray(new String[0]));
            PaymentRun payments =
                    new PaymentRun(options, entries, credentials.client().apply(service), partner);
            return run(payments, () -> partner.play(options.seconds(), payments::tell));
        }
    }

    private static int run(PaymentRun payments, Runnable troubles) {
        CountDownLatch reported = new CountDownLatch(1);
        Thread onExit = new Thread(() -> {
            payments.stop();
            await(reported);
        });
        Runtime.getRuntime().addShutdownHook(onExit);
        try (payments) {
            troubles.run();
            payments.send();
            return payments.report();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return payments.report();
        } finally {
            reported.countDown();
            removeHook(onExit);
        }
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            return; // it is running: Ctrl-C
        }
    }

    private static void await(CountDownLatch reported) {
        try {
            if (!reported.await(10, TimeUnit.SECONDS)) {
                System.err.println("payments are still under way; giving up");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void checkReachable(List<String> targets) throws UsageException {
        String why = "";
        for (String target : targets) {
            URI uri = URI.create(target);
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(uri.getHost(), uri.getPort()), 2000);
                return;
            } catch (IOException e) {
                why = e.getMessage(); // the next may be there
            }
        }
        throw new UsageException("--targets: nothing listens at " + String.join(", ", targets) + " (" + why + ")");
    }
}
