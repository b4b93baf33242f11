package io.fairlead.health;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;

/** A scheduler that takes no timers, as one that is shut down. */
final class RejectingScheduler {

    private RejectingScheduler() {}

    static ScheduledExecutorService of(ScheduledExecutorService real) {
        return (ScheduledExecutorService) Proxy.newProxyInstance(
                RejectingScheduler.class.getClassLoader(),
                new Class<?>[] {ScheduledExecutorService.class},
                (proxy, method, args) -> {
                    if (method.getName().startsWith("schedule")) {
                        throw new RejectedExecutionException("shut down");
                    }
                    try {
                        return method.invoke(real, args);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
