package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.security.SignatureException;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The examples of docs/signing.md and docs/tls.md do what they say: they compile, they sign, and they refuse what nobody has signed. */
class SigningDocTest {

    @TempDir
    private Path dir;

    private static boolean verifies(String example) {
        return example.contains(".verify(") || example.contains(".verified(") || example.contains(".verifiedAsSent(");
    }

    @ParameterizedTest
    @CsvSource({"signing.md,15", "tls.md,4"})
    void every_example_compiles_and_does_what_it_says(String page, int least) throws Exception {
        DocExamples examples = new DocExamples(page, dir);
        assertThat(examples.size()).isGreaterThanOrEqualTo(least);
        DocFiles.write(dir);
        examples.run("{}", SigningDocTest::verifies, SignatureException.class);
    }
}
