package millrace.actors.jobs;

import java.util.HashMap;
import java.util.Map;
import java.util.stream.LongStream;

/** How often the coordinators of runs have crashed: a run pauses before it is tried again, twice as long each time. */
final class Crashes {
    /** So many end the run. */
    static final int MOST = 5;

    private static final long PAUSE_MILLIS = 500;

    private final Map<String, Pause> pauses = new HashMap<>();

    private record Pause(int times, long until) {}

    /** Counts one; whether the run may be tried again, after its pause. */
    boolean mayTryAgainAfter(String run, long now) {
        Pause before = pauses.get(run);
        int times = before == null ? 1 : before.times() + 1;
        pauses.put(run, new Pause(times, now + (PAUSE_MILLIS << times)));
        return times < MOST;
    }

    /** Whether a run is not tried yet. */
    boolean isPaused(String run, long now) {
        Pause pause = pauses.get(run);
        return pause != null && now < pause.until();
    }

    /** When pauses end that are not over. */
    LongStream ends(long now) {
        return pauses.values().stream().mapToLong(Pause::until).filter(end -> end > now);
    }

    /** A run is over. */
    void forget(String run) {
        pauses.remove(run);
    }
}
