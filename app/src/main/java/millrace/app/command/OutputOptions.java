package millrace.app.command;

import java.io.Console;
import java.io.PrintWriter;
import java.util.List;
import millrace.app.output.Audience;
import millrace.app.output.StandardOutput;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How much is said, and to whom. */
final class OutputOptions {
    @Option(names = "--json", description = "print JSON for scripts: an object on each line")
    private boolean json;

    @Option(names = "--quiet", description = "print only warnings and the result")
    private boolean quiet;

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec command;

    /** Where the command writes its results. */
    PrintWriter out() {
        if (command == null) {
            throw new IllegalStateException("output before the command line was parsed");
        }
        return command.commandLine().getOut();
    }

    /** Where the command complains. */
    PrintWriter err() {
        if (command == null) {
            throw new IllegalStateException("output before the command line was parsed");
        }
        return command.commandLine().getErr();
    }

    Audience audience() {
        if (json) {
            return Audience.JSON;
        }
        if (quiet) {
            return Audience.QUIET;
        }
        return atTerminal() ? Audience.TERMINAL : Audience.PLAIN;
    }

    /** Whether somebody sits before it, whatever is told. */
    @SuppressWarnings("SystemConsoleNull") // it is null where standard input is closed and output a pipe
    boolean atTerminal() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    boolean json() {
        return json;
    }

    boolean quiet() {
        return quiet;
    }

    /** What goes on, on standard error, unless results alone are wanted. */
    void say(String what) {
        if (!json && !quiet) {
            err().println(what);
            err().flush();
        }
    }

    /** Warnings on standard error, whatever else is told. */
    void warnAll(List<String> warnings) {
        warnings.forEach(warning -> err().println("warning: " + warning));
        err().flush();
    }

    /** Standard output, and who reads it. */
    StandardOutput standard() {
        return new StandardOutput(audience(), out(), err());
    }
}
