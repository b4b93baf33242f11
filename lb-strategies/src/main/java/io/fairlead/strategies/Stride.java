package io.fairlead.strategies;

import io.fairlead.Attempt;
import io.fairlead.Endpoint;
import io.fairlead.Picker;
import org.jspecify.annotations.Nullable;

/**
 * Weighted turns by static strides, as gRPC's client_side_weighted_round_robin has them (proposal A58): the sequence visits the
 * endpoints in order, and in round g the endpoint i of weight w (scaled so that the heaviest is M) accepts its turn if
 * (w·g + offset_i) mod M ≥ M − w, that is in exactly w of M rounds, evenly spread. The offsets are i golden sections apart, so that
 * endpoints of the same weight do not accept in the same rounds. Right from the first pick, lock-free, nothing but one counter.
 *
 * <p>A pick visits max/mean endpoints on average. A weight beyond {@value #MOST_OVER_MEAN} times the mean counts as that, which
 * bounds the visits. Weights are scaled to 24 bits: one of less than 2⁻²⁴ of the heaviest counts as that.
 */
final class Stride implements Picker {

    static final int MOST_OVER_MEAN = 128;

    private static final long MOST = 1L << 24;

    /** Golden section of 2²⁴: multiples of it are spread as evenly as can be (Knuth, volume 3, section 6.4). */
    private static final long GOLDEN = 10_368_889;

    private final Weighted endpoints;
    private final int[] scaled;
    private final Sequence sequence;

    Stride(Weighted endpoints, Sequence sequence) {
        this.endpoints = endpoints;
        this.sequence = sequence;
        this.scaled = new int[endpoints.size()];
        double max = Math.min(endpoints.max(), MOST_OVER_MEAN * endpoints.mean());
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = (int) Math.max(1, Math.min(MOST, Math.round(endpoints.weight(i) / max * MOST)));
        }
    }

    @Override
    public @Nullable Endpoint pick(Attempt attempt) {
        if (attempt.number() > 1) {
            return sequence.afterTried(endpoints, attempt);
        }
        int size = scaled.length;
        while (true) {
            long turn = sequence.take();
            int i = (int) (turn % size);
            long round = (turn / size) & (MOST - 1);
            long weight = scaled[i];
            if (((weight * round + GOLDEN * i) & (MOST - 1)) >= MOST - weight) {
                return endpoints.get(i);
            }
        }
    }
}
