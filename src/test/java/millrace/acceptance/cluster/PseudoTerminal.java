package millrace.acceptance.cluster;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * A terminal for a process: what is written to the outer one's standard input is typed there. Made by {@code script} of
 * util-linux or, where that is missing, by Python's module pty.
 */
final class PseudoTerminal {
    // of a command that a signal ended, the status that a shell and script tell
    private static final String PYTHON =
            "import os, pty, sys; status = os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:]));"
                    + " sys.exit(status if status >= 0 else 128 - status)";

    /** All ways to make a terminal that there are here, the usual one first. */
    static final List<UnaryOperator<List<String>>> WAYS = ways();

    private static final List<String> LISTENING = List.of("env", "--default-signal=INT");
    private static final boolean CAN_LISTEN = works(LISTENING, "true");

    private PseudoTerminal() {}

    /** How a command becomes one that runs it at a terminal; its exit status is the command's. */
    static UnaryOperator<List<String>> assumed() {
        UnaryOperator<List<String>> terminal = terminal();
        return command -> terminal.apply(listening(command));
    }

    /** Whoever starts the tests in the background of a script has them ignore Ctrl-C, and what they start inherits that. */
    static List<String> listening(List<String> command) {
        if (!CAN_LISTEN) {
            return command;
        }
        List<String> all = new ArrayList<>(LISTENING);
        all.addAll(command);
        return all;
    }

    private static UnaryOperator<List<String>> terminal() {
        assumeTrue(!WAYS.isEmpty(), "neither script nor python3");
        return WAYS.getFirst();
    }

    private static List<UnaryOperator<List<String>>> ways() {
        List<UnaryOperator<List<String>>> ways = new ArrayList<>();
        if (works(List.of("script", "-qec"), "true", "/dev/null")) {
            ways.add(command -> List.of("script", "-qec", "exec " + quoted(command), "/dev/null"));
        }
        if (works(List.of("python3", "-c"), "import pty, os; os.waitstatus_to_exitcode")) {
            ways.add(command -> {
                List<String> python = new ArrayList<>(List.of("python3", "-c", PYTHON));
                python.addAll(command);
                return python;
            });
        }
        return ways;
    }

    private static String quoted(List<String> command) {
        return command.stream()
                .map(word -> "'" + word.replace("'", "'\\''") + "'")
                .collect(Collectors.joining(" "));
    }

    private static boolean works(List<String> program, String... arguments) {
        List<String> command = new ArrayList<>(program);
        command.addAll(List.of(arguments));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            process.getOutputStream().close();
            return process.waitFor() == 0;
        } catch (IOException _) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
