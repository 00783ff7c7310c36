package millrace.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import millrace.app.Program;
import org.junit.jupiter.api.Test;

class CompletionCommandTest {
    @Test
    void theScriptKnowsCommandsAndOptions() {
        Program program = Program.run("completion");

        assertThat(program.status()).isZero();
        assertThat(program.out()).anyMatch(line -> line.contains("complete -F _complete_millrace"));
        assertThat(String.join("\n", program.out())).contains("train evaluate predict", "'--micro-batches'");
    }
}
