package millrace.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import millrace.app.Main;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** A command offers what means something to it. */
class OptionsTest {
    @ParameterizedTest
    @CsvSource({
        "evaluate, --text, --lr",
        "evaluate, -D, --stages",
        "export, -D, --batch",
        "summary, --stages, --lr",
        "summary, --micro-batches, --epochs",
        "train, --lr, --grid",
        "sweep, --stages, --resume"
    })
    void isOffered(String command, String offered, String not) {
        CommandLine commandLine = Main.commandLine().getSubcommands().get(command);

        assertThat(Objects.requireNonNull(commandLine).getCommandSpec().optionsMap())
                .containsKey(offered)
                .doesNotContainKey(not);
    }
}
