package millrace.app.ui;

import java.util.List;
import java.util.Map;
import millrace.app.output.json.JsonLine;

/** What the page's playground asks for. */
public interface Playground {
    /**
     * A batch of a schedule or of an order by hand, with everything that is drawn of it.
     *
     * @param query what is asked, by name
     * @throws IllegalArgumentException when there is no such schedule, or it cannot be executed
     */
    JsonLine simulated(Map<String, String> query);

    /** The schedules that there are. */
    List<JsonLine> schedules();
}
