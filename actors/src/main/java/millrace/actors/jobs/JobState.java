package millrace.actors.jobs;

import java.util.Locale;

/** How far a job is. */
public enum JobState {
    /** It waits for workers, and has not had any. */
    QUEUED,
    /** It has workers, which train it or are about to. */
    RUNNING,
    /** Something was lost: it goes on from its last checkpoint as soon as it can. */
    RECOVERING,
    /** It has done all that it should; its result can be asked for. */
    FINISHED,
    /** It has ended with an error. */
    FAILED,
    /** It was ended by somebody, or by a limit of its own. */
    CANCELLED;

    /** Whether nothing comes after it. */
    public boolean isFinal() {
        return switch (this) {
            case QUEUED, RUNNING, RECOVERING -> false;
            case FINISHED, FAILED, CANCELLED -> true;
        };
    }

    /** As people and scripts see it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
