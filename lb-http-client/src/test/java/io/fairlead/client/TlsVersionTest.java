package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Service;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;

/** Nothing older than TLS 1.2 is spoken, whatever the process or the caller allows (RFC 8996). */
class TlsVersionTest {

    private final SSLContext base = new TestTls().client();

    private static SSLParameters versions(String... versions) {
        SSLParameters parameters = new SSLParameters();
        parameters.setProtocols(versions);
        return parameters;
    }

    @Test
    void parameters_with_an_older_version_are_refused_when_the_client_is_built() {
        Service bank = Service.named("bank")
                .targets("https://127.0.0.1")
                .sslParameters(versions("TLSv1.1", "TLSv1.2"))
                .build();
        assertThatThrownBy(() -> BalancedClient.builder().service(bank).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("protocols of the SSL parameters of bank is [TLSv1.1, TLSv1.2]: "
                        + "allowed is TLSv1.2 and TLSv1.3 (RFC 8996)");
        assertThatThrownBy(() -> BalancedClient.builder().sslParameters(versions("TLSv1")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("protocols of the SSL parameters");
    }

    @Test
    void an_engine_that_is_told_of_an_older_version_does_not_speak_it() {
        for (String name : new String[] {null, "api.bank.example"}) {
            SSLEngine engine = ClientTls.wrap(base, name).createSSLEngine("127.0.0.1", 443);
            engine.setSSLParameters(versions("TLSv1", "TLSv1.1", "TLSv1.2"));
            assertThat(engine.getEnabledProtocols()).containsExactly("TLSv1.2");
            engine.setEnabledProtocols(new String[] {"TLSv1.1", "TLSv1.3"});
            assertThat(engine.getEnabledProtocols()).containsExactly("TLSv1.3");
            assertThatThrownBy(() -> engine.setEnabledProtocols(new String[] {"TLSv1.1"}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("TLS versions is [TLSv1.1]");
        }
    }
}
