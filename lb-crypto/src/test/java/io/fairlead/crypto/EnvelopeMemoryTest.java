package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * 1 GiB sealed and opened in a JVM whose heap is 24 MiB. SM4, which is Bouncy Castle's and in no hardware, goes through with 32 MiB, more
 * than that heap as well: the format is the same.
 */
class EnvelopeMemoryTest {

    @ParameterizedTest
    @CsvSource({"aes, 1024", "sm4, 32"})
    void a_stream_needs_constant_memory(String form, int mebibytes) throws Exception {
        String classes = Path.of("target", "classes")
                + File.pathSeparator
                + Path.of("target", "test-classes")
                + File.pathSeparator
                + System.getProperty("jdk.module.path", "")
                + File.pathSeparator
                + System.getProperty("java.class.path");
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx24m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        classes,
                        EnvelopeStream.class.getName(),
                        form,
                        Integer.toString(mebibytes)))
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(said).endsWith("same " + (long) mebibytes * 1024 * 1024 + System.lineSeparator());
        assertThat(process.exitValue()).isZero();
    }
}
