package io.fairlead;

/**
 * The definition of a way to judge servers by their traffic: shareable between services, without state of its own.
 *
 * <p>The cluster acts on the judgement: it takes the endpoint out of the snapshot, keeps enough survivors, and has the
 * endpoint tried when its time is over.
 */
@FunctionalInterface
public interface Ejection {

    /** The ejection at work in one cluster; one whose judges compare endpoints gives each cluster its own. Called once a cluster. */
    default Ejection start(Environment env) {
        return this;
    }

    /** A fresh judge for one endpoint, called under the cluster's lock when discovery lists it for the first time. */
    Judge newJudge(Target target, Environment env);

    /** No ejection: every endpoint that discovery lists may be picked, however it answers. */
    static Ejection none() {
        return (target, env) -> new Judge() {
            @Override
            public long judge(Attempt attempt) {
                return KEEP;
            }

            @Override
            public String reason() {
                return "";
            }
        };
    }

    /** The judge of one endpoint. Its methods are called by many threads at once and must neither block nor lock for long. */
    interface Judge {

        /** The answer that means: not to be ejected. */
        long KEEP = 0;

        /** Envoy's max_ejection_time: a server that was repaired is not left alone for longer. */
        long MOST_NANOS = 300_000_000_000L;

        /**
         * Judges an attempt whose verdict is final: at once where it is bad, at the end of the body where it is good.
         * Attempts that began before the endpoint's last change of state, and those of outcome IGNORED, are not shown.
         *
         * @return nanoseconds for which the endpoint should be left alone, or {@link #KEEP}. A cluster that must keep its
         *     survivors does not obey; the judge is asked again at the next attempt
         */
        long judge(Attempt attempt);

        /** The endpoint is out, for the time that {@link #judge} asked for. */
        default void ejected() {}

        /**
         * Its time is over: one attempt at a time tries it. The first that succeeds brings it back; after one that fails it is out
         * again, for the time that {@link #failedTrial} says.
         */
        default void returned() {}

        /**
         * The attempt that tried it failed.
         *
         * @param lastNanos how long the last ejection was
         * @return nanoseconds for which the endpoint is left alone again, more than 0; by default twice the last, up to 300 s
         */
        default long failedTrial(Attempt attempt, long lastNanos) {
            return lastNanos > MOST_NANOS / 2 ? Math.max(MOST_NANOS, lastNanos) : 2 * lastNanos;
        }

        /** Why the last ejection was asked for, in a few words for people: "5 failures in a row". */
        String reason();
    }
}
