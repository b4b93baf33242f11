package io.fairlead.ratelimit.redis;

import io.fairlead.Require;

/** What decides while Redis is lost. */
record Fallback(Kind kind, Quota share, int processes) {

    enum Kind {
        /** This process's part of the quota. */
        SHARE,
        /** Everything is granted. */
        OPEN,
        /** Everything is refused. */
        CLOSED
    }

    static Fallback of(Kind kind, Quota whole, int processes) {
        int parts = Require.between(processes, 1, 1_024, "processes that share the limit");
        return new Fallback(kind, whole.share(parts), parts);
    }
}
