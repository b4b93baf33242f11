package io.fairlead;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ProvidersTest {

    private record Named(Set<String> names) implements Factory<RetryPolicy> {

        @Override
        public Class<RetryPolicy> type() {
            return RetryPolicy.class;
        }

        @Override
        public RetryPolicy create(String name, Settings settings, Environment env) {
            settings.known("most");
            return attempt -> settings.number("most", 1, 1, 9);
        }
    }

    private final Providers providers = Providers.of(List.of(new Named(Set.of("back-off", "never"))));

    @Test
    void something_is_made_by_its_name_and_type() {
        assertThat(providers.names(RetryPolicy.class)).containsExactly("back-off", "never");
        assertThat(providers.names(Balancer.class)).isEmpty();
        assertThat(providers.create(RetryPolicy.class, "never", Settings.none(), Environment.system()))
                .isNotNull();
    }

    @Test
    void an_unknown_name_is_told_with_the_nearest() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> make(RetryPolicy.class, "Back_Of"))
                .withMessage("RetryPolicy Back_Of is not known: known are back-off, never; did you mean back-off?");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> make(RetryPolicy.class, "exponential"))
                .withMessage("RetryPolicy exponential is not known: known are back-off, never");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> make(Balancer.class, "ring"))
                .withMessage("Balancer ring is not known: known are none");
    }

    private <T> T make(Class<T> type, String name) {
        return providers.create(type, name, Settings.none(), Environment.system());
    }

    @Test
    void two_that_answer_to_one_name_are_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Providers.of(List.of(new Named(Set.of("a")), new Named(Set.of("a", "b")))))
                .withMessageContaining("RetryPolicy name a is provided twice");
    }

    @Test
    void a_bad_setting_is_the_factorys_to_refuse() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> providers.create(
                        RetryPolicy.class, "never", Settings.of(java.util.Map.of("mots", "2")), Environment.system()))
                .withMessage("setting mots is not known: allowed is most; did you mean most?");
    }
}
