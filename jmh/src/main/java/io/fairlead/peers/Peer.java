package io.fairlead.peers;

import java.util.Arrays;

/** The choice of another library, made ready for a number of endpoints. */
@FunctionalInterface
interface Peer {

    int KEYS = 1024;

    /** What it chooses for the call of this number. */
    Object pick(int call);

    /** The keys of the calls. */
    static String[] keys() {
        String[] keys = new String[KEYS];
        Arrays.setAll(keys, i -> "merchant-" + i);
        return keys;
    }

    static String host(int i) {
        return "10." + (i >> 16) + "." + (i >> 8 & 255) + "." + (i & 255);
    }

    /** 50 to 140. */
    static int weight(int i) {
        return 50 + i * 37 % 91;
    }

    /** {@code name}: library and strategy. */
    static Peer named(String name, int endpoints) {
        int dash = name.indexOf('-');
        String strategy = name.substring(dash + 1);
        return switch (name.substring(0, dash)) {
            case "vertx" -> VertxPeer.of(strategy, endpoints);
            case "armeria" -> ArmeriaPeer.of(strategy, endpoints);
            case "grpc" -> GrpcPeer.of(strategy, endpoints);
            case "spring" -> SpringPeer.of(strategy, endpoints);
            case "finagle" -> FinaglePeer.of(strategy, endpoints);
            default -> throw new IllegalArgumentException("peer: " + name);
        };
    }
}
