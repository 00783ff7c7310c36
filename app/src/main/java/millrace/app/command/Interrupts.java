package millrace.app.command;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jline.utils.Signals;
import org.jspecify.annotations.Nullable;

/**
 * Lets a command end in order when it is asked to: the first Ctrl-C (SIGINT), SIGTERM or SIGHUP (a terminal that is closed)
 * stops what is under way, which drains and is saved; the second one ends the process at once. The exit status is that of
 * the first signal, as shells expect it: 128 and its number.
 *
 * <p>Signals belong to the whole process, so one handler for each is set, once, and stays: while no command asks for them it
 * does what the JVM does by itself. Shutdown hooks would not do, since they run beside each other: Akka's own would stop a
 * node while its ranks still drain, and a second signal would wait for them.
 */
final class Interrupts implements AutoCloseable {
    private static final int OF_CTRL_C = 130;
    private static final Map<String, Integer> STATUSES = Map.of("INT", OF_CTRL_C, "TERM", 143, "HUP", 129);
    private static final Set<Interrupts> LISTENING = ConcurrentHashMap.newKeySet();

    private static boolean installed;

    private final OutputOptions output;
    // status of the first signal, as soon as it has come
    private final AtomicInteger status = new AtomicInteger();
    // once it is said: a command that looked before could be over before its user has read why
    private volatile boolean received;
    private @Nullable Runnable stop;

    /** @param output where it is said that the command ends */
    Interrupts(OutputOptions output) {
        this.output = output;
    }

    private static synchronized void install() {
        if (!installed) {
            installed = true;
            STATUSES.forEach((signal, status) -> Signals.register(signal, () -> received(status)));
        }
    }

    private static void received(int status) {
        if (LISTENING.isEmpty()) {
            System.exit(status);
        }
        LISTENING.forEach(command -> command.signalled(status));
    }

    private void signalled(int signal) {
        if (status.compareAndSet(0, signal)) {
            say();
            received = true;
            stopping().run();
        } else {
            // nodes of --processes would otherwise go on with the run until they have noticed
            ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
            Runtime.getRuntime().halt(status.get());
        }
    }

    private synchronized Runnable stopping() {
        return stop == null ? () -> {} : stop;
    }

    private void say() {
        output.err()
                .println((output.atTerminal() ? System.lineSeparator() : "")
                        + "millrace: interrupted, ending in order; once more ends at once");
        output.err().flush();
    }

    /**
     * From now on the first signal does this, and nothing that was given before. Where it has come already it is done now.
     *
     * @param toStop asks what runs to end, and does not wait for it
     */
    void call(Runnable toStop) {
        boolean now;
        synchronized (this) {
            stop = toStop;
            now = isReceived();
        }
        LISTENING.add(this);
        install();
        if (now) {
            toStop.run();
        }
    }

    /** From now on a signal is remembered for what is given later. */
    void listen() {
        call(() -> {});
    }

    /** Whether a signal has come. */
    boolean isReceived() {
        return received;
    }

    /** The exit status of a command that was interrupted, by a signal here or from elsewhere. */
    int status() {
        return isReceived() ? status.get() : OF_CTRL_C;
    }

    /** Everything is saved and said: signals are the JVM's again. */
    @Override
    public void close() {
        LISTENING.remove(this);
    }
}
