package millrace.acceptance.cluster;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * The command line as a process of its own, with this JVM's options; ended when it is closed. It lives for seconds, so
 * only the quick compiler (C1) works for it and for the nodes that it starts: the optimizing one would have half of the
 * processor time. {@link ClassArchive} spares it the most of loading classes.
 */
public final class Command implements AutoCloseable {
    /** How long something may take that takes seconds: on a machine that is busy with other tests, or shared with others. */
    public static final Duration PATIENCE = Duration.ofMinutes(3);

    private final Process process;
    private final List<String> said = new ArrayList<>();
    private final Thread reader;

    private Command(UnaryOperator<List<String>> wrapped, List<String> words) {
        List<String> command = java();
        command.addAll(ClassArchive.options());
        command.add("millrace.app.Main");
        command.addAll(words);
        try {
            process = new ProcessBuilder(wrapped.apply(command))
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        reader = Thread.ofPlatform().daemon().start(this::listen);
    }

    /** The program java of this JVM, with its options but those of agents, and the quick compiler only. */
    static List<String> java() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(option -> !option.startsWith("-javaagent"))
                .toList());
        command.add("-XX:TieredStopAtLevel=1");
        return command;
    }

    /** Starts a command. */
    public static Command start(String... words) {
        return new Command(UnaryOperator.identity(), List.of(words));
    }

    /**
     * @param prefix what starts it, as {@link Namespaces#on}
     */
    static Command start(List<String> prefix, String... words) {
        return new Command(
                command -> Stream.concat(prefix.stream(), command.stream()).toList(), List.of(words));
    }

    /**
     * Starts a command by a script of sh.
     *
     * @param script has the command as its arguments
     */
    public static Command through(String script, String... words) {
        return start(List.of("sh", "-c", script, "sh"), words);
    }

    /** Starts a command at a terminal; the test is skipped where there is no way to make one. */
    public static Command atTerminal(String... words) {
        return new Command(PseudoTerminal.assumed(), List.of(words));
    }

    /** Presses Ctrl-C: what arrives is a byte, and the terminal makes a signal of it. */
    public void pressCtrlC() {
        try {
            process.getOutputStream().write(3);
            process.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Closes the terminal, as somebody does who closes its window: whoever runs there is told by SIGHUP and writes into nothing.
     *
     * @return who ran there, and may still
     */
    public List<ProcessHandle> closeTerminal() {
        List<ProcessHandle> there = started();
        process.destroyForcibly();
        return there;
    }

    private void listen() {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                synchronized (said) {
                    said.add(line);
                }
            }
        } catch (IOException _) {
            // the process was killed
        }
    }

    /** Everything it has said so far, errors among it. */
    public List<String> said() {
        synchronized (said) {
            return List.copyOf(said);
        }
    }

    /** Whether a line has a part. */
    public boolean says(String part) {
        return said().stream().anyMatch(line -> line.contains(part));
    }

    /**
     * Waits until a line has a part, and gives the last one with it.
     *
     * @throws AssertionError with all that was said, when it has ended without such a line, or after {@link #PATIENCE}
     */
    public String awaitLine(String part) {
        try {
            Awaitility.await()
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> says(part) || hasEnded());
        } catch (ConditionTimeoutException e) {
            throw new AssertionError("no " + part + " in\n" + String.join("\n", said()), e);
        }
        return lastWith(part);
    }

    /** Whether it has, and all that it said was read. */
    private boolean hasEnded() {
        return !reader.isAlive();
    }

    /** All lines with a part. */
    List<String> all(String part) {
        return said().stream().filter(line -> line.contains(part)).toList();
    }

    /** The last line with a part. */
    String lastWith(String part) {
        List<String> all = all(part);
        if (all.isEmpty()) {
            throw new AssertionError("no " + part + " in\n" + String.join("\n", said()));
        }
        return all.getLast();
    }

    /** SIGTERM; the process itself would stop listening to what is said after it. */
    public void terminate() {
        process.toHandle().destroy();
    }

    /** SIGKILL: it has no chance to save anything. */
    public void kill() {
        process.destroyForcibly();
    }

    /** The node processes that it has started and that are alive, by their process numbers. */
    public List<ProcessHandle> started() {
        return process.descendants()
                .filter(ProcessHandle::isAlive)
                .filter(started -> started.info().command().orElse("").endsWith("java"))
                .sorted()
                .toList();
    }

    /** Its exit status, when it has ended. */
    public int await() {
        try {
            if (!process.waitFor(PATIENCE)) {
                throw new AssertionError("still running after " + PATIENCE + ":\n" + String.join("\n", said()));
            }
            reader.join();
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
