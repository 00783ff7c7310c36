package millrace.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class MemoryTest {
    @Test
    void aHeapThatIsTooSmallIsToldWithALargerOne() {
        Throwable behind = new CompletionException(new IllegalStateException(new OutOfMemoryError("Java heap space")));

        assertThat(Memory.shortage(behind))
                .hasValueSatisfying(line -> assertThat(line)
                        .matches("out of memory: Java heap space, of \\d+\\.\\d GB; set MILLRACE_JAVA_OPTS=-Xmx\\d+g"));
    }

    @Test
    void otherMemoryHasOtherRemedies() {
        assertThat(Memory.shortage(new OutOfMemoryError("Cannot reserve 8 bytes of direct buffer memory")))
                .hasValueSatisfying(line -> assertThat(line).contains("direct buffer memory", "take a smaller batch"));
    }

    @Test
    void otherFailuresAreNone() {
        Exception circle = new IllegalStateException("a");
        circle.initCause(new IllegalStateException("b", circle));

        assertThat(Memory.shortage(circle)).isEmpty();
    }
}
