package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples of docs/encryption.md compile, encrypt, and refuse a reply that nobody has encrypted. */
class EncryptionDocTest {

    @TempDir
    private Path dir;

    @Test
    void every_example_compiles_and_does_what_it_says() throws Exception {
        DocExamples examples = new DocExamples("encryption.md", dir);
        assertThat(examples.size()).isGreaterThan(7);
        examples.run(
                "{\"card\":{\"number\":\"4111\"}}", e -> e.contains(".decrypted("), GeneralSecurityException.class);
    }
}
