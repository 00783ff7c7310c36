package millrace.nn.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import millrace.nn.backend.Backend;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The same call gives the same bits in the interpreter and in both compilers. Two runs of one training compile their
 * kernels at different steps, so without this they would drift apart.
 */
class KernelBitsTest {
    /** Enough for the second compiler, whose threshold is 5,000 calls or 40,000 loop rounds. */
    private static final int WARM_UP = 20_000;

    @Test
    void theFirstCallAndTheOneAfterWarmUpGiveTheSameBits() {
        try (Arena arena = Arena.ofConfined()) {
            KernelBits bits = new KernelBits(arena);
            SequencedMap<String, Long> first = bits.run(Backend.fast().float32(), 1);

            assertThat(bits.run(Backend.fast().float32(), WARM_UP)).isEqualTo(first);
        }
    }

    /** Other tests may have warmed the kernels up before the one above: only a process of its own surely interprets. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anInterpreterGivesTheSameBits(boolean fallback) throws IOException, InterruptedException {
        List<String> here = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            new KernelBits(arena)
                    .run((fallback ? Backend.vector() : Backend.fast()).float32(), fallback ? 2_000 : 20)
                    .forEach((name, bits) -> here.add(name + " = " + bits));
        }
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xint",
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                KernelBits.class.getName()));
        if (fallback) {
            command.add("fallback");
        }
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String there = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).isZero();
        assertThat(there.lines().toList()).isEqualTo(here);
    }
}
