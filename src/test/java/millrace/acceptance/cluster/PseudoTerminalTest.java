package millrace.acceptance.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Whichever way a terminal is made, what runs there sees one, is interrupted by Ctrl-C, and its exit status comes out. */
class PseudoTerminalTest {
    private static Process at(UnaryOperator<List<String>> terminal, String script) throws IOException {
        List<String> command = PseudoTerminal.listening(List.of("sh", "-c", script));
        return new ProcessBuilder(terminal.apply(command))
                .redirectErrorStream(true)
                .start();
    }

    private static int statusOf(Process process) throws InterruptedException {
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    @Test
    void theStatusIsThatOfTheCommand() throws Exception {
        assumeFalse(PseudoTerminal.WAYS.isEmpty(), "neither script nor python3");
        for (UnaryOperator<List<String>> terminal : PseudoTerminal.WAYS) {
            assertThat(statusOf(at(terminal, "test -t 0 && test -t 1 && exit 7")))
                    .isEqualTo(7);
        }
    }

    @Test
    void ctrlCIsASignal() throws Exception {
        assumeFalse(PseudoTerminal.WAYS.isEmpty(), "neither script nor python3");
        for (UnaryOperator<List<String>> terminal : PseudoTerminal.WAYS) {
            for (String script :
                    List.of("echo ready; exec tail -f /dev/null", "trap 'exit 130' INT; echo ready; read x")) {
                Process process = at(terminal, script);
                try (BufferedReader said = process.inputReader()) {
                    assertThat(said.readLine()).isEqualTo("ready");
                    process.getOutputStream().write(3);
                    process.getOutputStream().flush();

                    assertThat(statusOf(process)).as(script).isEqualTo(130);
                } finally {
                    process.descendants().forEach(ProcessHandle::destroyForcibly);
                    process.destroyForcibly();
                }
            }
        }
    }
}
