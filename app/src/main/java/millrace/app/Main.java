package millrace.app;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import millrace.app.cluster.StateFolder;
import millrace.app.command.AttachCommand;
import millrace.app.command.BenchCommand;
import millrace.app.command.CancelCommand;
import millrace.app.command.CompareCommand;
import millrace.app.command.CompletionCommand;
import millrace.app.command.EvaluateCommand;
import millrace.app.command.ExitStatus;
import millrace.app.command.ExportCommand;
import millrace.app.command.GenerateCommand;
import millrace.app.command.JobsCommand;
import millrace.app.command.KernelsCommand;
import millrace.app.command.LayersCommand;
import millrace.app.command.LogsCommand;
import millrace.app.command.NodeCommand;
import millrace.app.command.PlanCommand;
import millrace.app.command.PredictCommand;
import millrace.app.command.PresetsCommand;
import millrace.app.command.ProfileCommand;
import millrace.app.command.ScheduleCommand;
import millrace.app.command.SchedulesCommand;
import millrace.app.command.SimulateCommand;
import millrace.app.command.StatusCommand;
import millrace.app.command.SubmitCommand;
import millrace.app.command.SummaryCommand;
import millrace.app.command.SweepCommand;
import millrace.app.command.TrainCommand;
import millrace.app.command.UiCommand;
import millrace.app.config.ConfigFiles;
import millrace.app.output.CheckedOutput;
import millrace.app.output.OutputLost;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParseResult;

/** The entry point: {@code millrace COMMAND [ARGUMENTS] [OPTIONS]}. */
@Command(
        name = "millrace",
        description = "Trains neural networks as a line of Akka actors.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        footer = {"", "Begin with: millrace train", "Every command has --help with an example."})
public final class Main {
    /** In the order of the help. */
    private static final List<Class<?>> COMMANDS = List.of(
            TrainCommand.class,
            EvaluateCommand.class,
            PredictCommand.class,
            GenerateCommand.class,
            ExportCommand.class,
            PresetsCommand.class,
            LayersCommand.class,
            SchedulesCommand.class,
            ScheduleCommand.class,
            SimulateCommand.class,
            CompareCommand.class,
            SweepCommand.class,
            SummaryCommand.class,
            BenchCommand.class,
            KernelsCommand.class,
            ProfileCommand.class,
            PlanCommand.class,
            UiCommand.class,
            NodeCommand.class,
            StatusCommand.class,
            SubmitCommand.class,
            JobsCommand.class,
            AttachCommand.class,
            LogsCommand.class,
            CancelCommand.class,
            CompletionCommand.class);

    private Main() {}

    public static void main(String[] arguments) {
        StandardError.restore();
        Locale.setDefault(Locale.ROOT);
        CheckedOutput out = CheckedOutput.standard();
        CommandLine commandLine = commandLine(arguments).setOut(out);
        System.exit(status(commandLine, out, arguments));
    }

    /** How the command has ended, once all that it has said has arrived. */
    private static int status(CommandLine commandLine, CheckedOutput out, String[] arguments) {
        try {
            int status = isSetUp(commandLine) ? commandLine.execute(arguments) : ExitStatus.BAD_INPUT;
            if (status == 0) {
                out.flush();
            }
            return status;
        } catch (OutputLost e) {
            return lost(e, commandLine);
        } catch (OutOfMemoryError e) {
            return outOfMemory(Memory.shortage(e).orElseThrow(), commandLine);
        }
    }

    private static int lost(OutputLost e, CommandLine commandLine) {
        if (e.isClosedPipe()) {
            return ExitStatus.CLOSED_PIPE;
        }
        commandLine.getErr().println("error: " + e.getMessage());
        commandLine.getErr().flush();
        return ExitStatus.FAILED;
    }

    private static int outOfMemory(String message, CommandLine commandLine) {
        commandLine.getErr().println("error: " + message);
        commandLine.getErr().flush();
        return ExitStatus.FAILED;
    }

    /**
     * Settings of the log, before anything is logged, and of the deployment: a mistake in either is told by every command, whether
     * it would look at them or not.
     */
    private static boolean isSetUp(CommandLine commandLine) {
        try {
            LogSettings.parse(System.getenv("MILLRACE_LOG"), StateFolder.path()).apply();
            Config _ = ConfigFiles.application();
            return true;
        } catch (IllegalArgumentException e) {
            commandLine.getErr().println("error: " + e.getMessage());
            commandLine.getErr().flush();
            return false;
        }
    }

    /** The command line as tests run it, without leaving the JVM: with all commands. */
    public static CommandLine commandLine() {
        return commandLine(COMMANDS);
    }

    /**
     * The command line for some words. Where the first one is a command, it is the only one: picocli reads the options of all that it
     * is given, which takes longer than what a small command does itself. Completion is about all of them.
     */
    static CommandLine commandLine(String... words) {
        List<Class<?>> named = COMMANDS.stream()
                .filter(command -> words.length > 0 && name(command).equals(words[0]))
                .filter(command -> command != CompletionCommand.class)
                .toList();
        return commandLine(named.isEmpty() ? COMMANDS : named);
    }

    private static String name(Class<?> command) {
        return command.getAnnotation(Command.class).name();
    }

    private static CommandLine commandLine(List<Class<?>> commands) {
        CommandLine commandLine = new CommandLine(new Main());
        commands.forEach(commandLine::addSubcommand);
        commandLine.setExecutionStrategy(Main::executed);
        commandLine.setExecutionExceptionHandler(Main::report);
        commandLine.setParameterExceptionHandler(Main::misread);
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        return commandLine;
    }

    /** Help and version are not commands, so their exceptions do not come to {@link #report}. */
    private static int executed(ParseResult parsed) {
        try {
            return new CommandLine.RunLast().execute(parsed);
        } catch (OutputLost e) {
            return lost(e, parsed.commandSpec().commandLine());
        }
    }

    /** Words that do not make a command: one line, and where to look. */
    private static int misread(CommandLine.ParameterException e, String[] words) {
        CommandLine commandLine = e.getCommandLine();
        if (words.length == 0) {
            // somebody looks what there is
            commandLine.usage(commandLine.getErr());
            commandLine.getErr().flush();
            return ExitStatus.BAD_INPUT;
        }
        String name = commandLine.getCommandSpec().qualifiedName();
        commandLine.getErr().println("error: " + e.getMessage() + meant(e) + "; see " + name + " --help");
        commandLine.getErr().flush();
        return ExitStatus.BAD_INPUT;
    }

    private static String meant(CommandLine.ParameterException e) {
        if (!(e instanceof CommandLine.UnmatchedArgumentException unmatched)) {
            return "";
        }
        List<String> names = new ArrayList<>(e.getCommandLine().getSubcommands().keySet());
        names.addAll(e.getCommandLine().getCommandSpec().optionsMap().keySet());
        return Nearest.nearest(unmatched.getUnmatched().getFirst(), names)
                .map(name -> "; did you mean " + name + "?")
                .orElse("");
    }

    private static int report(Exception e, CommandLine commandLine, ParseResult parsed) {
        if (e instanceof OutputLost lost) {
            return lost(lost, commandLine);
        }
        Optional<String> shortage = Memory.shortage(e);
        if (shortage.isPresent()) {
            return outOfMemory(shortage.get(), commandLine);
        }
        Throwable bad = badInput(e).orElse(null);
        commandLine
                .getErr()
                .println("error: " + (bad == null ? "the run failed: " + message(e) : Nearest.suggested(message(bad))));
        if (bad == null && e.getCause() != null && e.getCause().getMessage() == null) {
            commandLine.getErr().println("cause: " + e.getCause());
        }
        if (System.getenv("MILLRACE_DEBUG") != null) {
            e.printStackTrace(commandLine.getErr());
        }
        commandLine.getErr().flush();
        return bad == null ? ExitStatus.FAILED : ExitStatus.BAD_INPUT;
    }

    /** What the user gave wrongly, if that is what the exception says. */
    private static Optional<Throwable> badInput(Throwable e) {
        return e instanceof IllegalArgumentException || e instanceof ConfigException
                ? Optional.of(e)
                : Optional.empty();
    }

    private static String message(Throwable e) {
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }
}
