package millrace.actors.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A process that has claimed a run epoch. Numbers of processes mean something only where they are counted together: within
 * one boot of a machine, and there within one container.
 *
 * @param scope where its number counts; empty where the system does not tell
 * @param pid its number
 * @param startedMillis when it began, since numbers are used again; 0 where the system does not tell
 */
record Claimant(String scope, long pid, long startedMillis) {
    /** Whether a process runs. */
    enum State {
        ALIVE,
        DEAD,
        /** It ran on another machine, or nothing is known of it. */
        UNKNOWN
    }

    private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");
    private static final Path NAMESPACE = Path.of("/proc/self/ns/pid");
    // the same start is told with a second more or less when the machine's clock is set
    private static final long SAME_START_MILLIS = 10_000;
    private static final Pattern TEXT = Pattern.compile("pid (\\d{1,18}) started (\\d{1,18}) scope ?(\\S*)\\s*");

    /** This process. */
    static Claimant here() {
        ProcessHandle own = ProcessHandle.current();
        return new Claimant(scopeHere(), own.pid(), startedMillis(own));
    }

    /** As it is written. */
    String text() {
        return "pid " + pid + " started " + startedMillis + " scope " + scope + "\n";
    }

    /** Of what was written; empty when it is something else, as of a writer that was killed in the middle. */
    static Optional<Claimant> parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        return matcher.matches()
                ? Optional.of(new Claimant(
                        matcher.group(3), Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2))))
                : Optional.empty();
    }

    /** Whether it runs, as far as this process can see. */
    State state() {
        if (scope.isEmpty() || !scope.equals(scopeHere())) {
            return State.UNKNOWN;
        }
        boolean alive = ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                .filter(found -> Math.abs(startedMillis(found) - startedMillis) < SAME_START_MILLIS)
                .isPresent();
        return alive ? State.ALIVE : State.DEAD;
    }

    private static long startedMillis(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }

    private static String scopeHere() {
        try {
            return Files.readString(BOOT).strip() + "/" + Files.readSymbolicLink(NAMESPACE);
        } catch (IOException | UnsupportedOperationException _) {
            // not Linux
            return "";
        }
    }
}
