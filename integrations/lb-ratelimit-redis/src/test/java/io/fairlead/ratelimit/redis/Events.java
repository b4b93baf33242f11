package io.fairlead.ratelimit.redis;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** What a listener was told, in order: {@code lost} or {@code back}. */
final class Events implements RedisLimitListener {

    final List<String> told = new CopyOnWriteArrayList<>();

    @Override
    public void redisLost(String limit, Throwable why) {
        told.add("lost");
    }

    @Override
    public void redisBack(String limit, long nanos) {
        told.add("back");
    }

    void untilBack() throws InterruptedException {
        RedisProcess.until("Redis is back", () -> told.contains("back"));
    }
}
