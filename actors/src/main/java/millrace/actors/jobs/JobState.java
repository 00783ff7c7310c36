package millrace.actors.jobs;

import java.util.Locale;
import millrace.actors.cluster.ClientProtocol.End;
import millrace.actors.cluster.ClientProtocol.Ended;
import millrace.actors.cluster.ClientProtocol.Failed;
import millrace.actors.event.RunResult;

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

    /**
     * How a job is when its run is over.
     *
     * @param stopped whether it was to end before it was through
     */
    static JobState after(End end, boolean stopped) {
        return switch (end) {
            case Ended ended when ended.result().reason() == RunResult.Reason.INTERRUPTED -> CANCELLED;
            case Ended _ -> FINISHED;
            case Failed _ -> stopped ? CANCELLED : FAILED;
        };
    }

    /** As people and scripts see it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
