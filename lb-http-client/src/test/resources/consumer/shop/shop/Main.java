package shop;

import com.sun.net.httpserver.HttpServer;
import io.fairlead.Service;
import io.fairlead.Settings;
import io.fairlead.client.BalancedClient;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;

public class Main {
    public static void main(String[] args) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, 4);
            exchange.getResponseBody().write("paid".getBytes());
            exchange.close();
        });
        server.start();
        try (BalancedClient client = BalancedClient.builder()
                .service(Service.named("payments")
                        .targets("http://127.0.0.1:" + server.getAddress().getPort())
                        .balancer("mine", Settings.none())
                        .build())
                .build()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://payments/")).build();
            System.out.println(client.send(request, BodyHandlers.ofString()).body()
                    + ", module path: " + BalancedClient.class.getModule().isNamed());
        }
        server.stop(0);
    }
}
