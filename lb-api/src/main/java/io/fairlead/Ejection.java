package io.fairlead;

/**
 * The definition of a way to judge servers by their traffic: shareable between services, without state of its own.
 *
 * <p>The cluster acts on the judgement: it takes the endpoint out of the snapshot, keeps enough survivors, and takes the
 * endpoint back when its time is over.
 */
@FunctionalInterface
public interface Ejection {

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

        /** The endpoint is back. */
        default void returned() {}

        /** Why the last ejection was asked for, in a few words for people: "5 failures in a row". */
        String reason();
    }
}
