package io.fairlead;

/** Two classifiers, of which the second takes the first's verdict as the standard. */
record ChainedClassifier(OutcomeClassifier first, OutcomeClassifier second) implements OutcomeClassifier {

    @Override
    public Verdict classify(Attempt attempt, Verdict standard) {
        return second.classify(attempt, first.classify(attempt, standard));
    }

    @Override
    public int prefixBytes(Attempt attempt) {
        return Math.max(first.prefixBytes(attempt), second.prefixBytes(attempt));
    }

    @Override
    public Verdict classify(Attempt attempt, byte[] prefix, Verdict standard) {
        return second.classify(attempt, prefix, first.classify(attempt, prefix, standard));
    }
}
