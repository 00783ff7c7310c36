package millrace.app.command;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code completion}: what a shell needs to complete commands and options with the tabulator. */
@Command(
        name = "completion",
        description = "Prints a script for bash and zsh that completes commands, options and file names.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "For the shell that is open, or as a line in ~/.bashrc or ~/.zshrc for every new one:",
            "  source <(./millrace completion)"
        })
public final class CompletionCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec command;

    @Override
    public Integer call() {
        if (command == null) {
            throw new IllegalStateException("a command before the command line was parsed");
        }
        // for bash; in zsh it switches on the completion of bash by itself
        command.commandLine()
                .getOut()
                .println(AutoComplete.bash("millrace", command.root().commandLine()));
        command.commandLine().getOut().flush();
        return 0;
    }
}
