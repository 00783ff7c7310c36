package millrace.app.ui;

import java.util.Optional;
import millrace.app.output.json.JsonLine;

/** What the ranks of a run that goes on do now, for its page. Any number of threads may ask. */
public interface LiveLine {
    /**
     * What they did between a time and almost now.
     *
     * @param after seconds, as an earlier answer told them; 0 for all that is known
     */
    JsonLine seen(double after);

    /** A whole batch beside the simulation of it; empty where there is none. */
    Optional<JsonLine> batch();
}
