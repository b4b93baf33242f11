package io.fairlead.ratelimit.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The script {@code decide.lua}: its text, its name in the server's cache, its arguments and its answer. */
record Script(String text, String digest) {

    /** How long a key stays after its bucket is full again: one that comes back later begins empty. */
    private static final String KEEP_MILLIS = "3600000";

    /** The script of this module. */
    static Script decide() {
        try (InputStream in = Script.class.getResourceAsStream("decide.lua")) {
            if (in == null) {
                throw new IllegalStateException("decide.lua is missing from the module");
            }
            return of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Script of(String text) {
        try { // SHA-1 as EVALSHA has it: a name, no protection
            byte[] sha1 = MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8));
            return new Script(text, HexFormat.of().formatHex(sha1));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static String[] arguments(Redis.Call call) {
        Quota quota = call.quota();
        String[] arguments =
                new String[1 + 4 * quota.size() + 3 + 3 * call.requests().size()];
        int at = 0;
        arguments[at++] = Integer.toString(quota.size());
        for (int i = 0; i < quota.size(); i++) {
            arguments[at++] = Long.toString(quota.dropsPerMicro[i]);
            arguments[at++] = Long.toString(quota.dropsPerPermit[i]);
            arguments[at++] = Long.toString(quota.full[i]);
            arguments[at++] = call.charge().get(i).toString();
        }
        arguments[at++] = KEEP_MILLIS;
        arguments[at++] = Long.toString(call.birth());
        arguments[at++] = Long.toString(call.debtMicros());
        for (Redis.Request request : call.requests()) {
            arguments[at++] = Long.toString(request.want());
            arguments[at++] = Long.toString(request.need());
            arguments[at++] = Long.toString(request.most());
        }
        return arguments;
    }

    /** Completes a reply with what the script gave; with a failure, if that is not what it gives. */
    static void complete(CompletableFuture<Redis.Reply> reply, Redis.Call call, List<Object> values) {
        int requests = call.requests().size();
        if (values.size() != 2 + 2 * requests || !values.stream().allMatch(Long.class::isInstance)) {
            reply.completeExceptionally(new IllegalStateException("the script gave what it never gives"));
            return;
        }
        List<Redis.Answer> answers = new ArrayList<>(requests);
        for (int i = 0; i < requests; i++) {
            answers.add(new Redis.Answer((Long) values.get(2 + 2 * i), (Long) values.get(3 + 2 * i)));
        }
        reply.complete(new Redis.Reply((Long) values.get(0), (Long) values.get(1), answers));
    }
}
