package millrace.app.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigValueType;
import java.util.LinkedHashMap;
import java.util.Map;

/** The files that settings name, by the settings: there are no other ways for a run to name one. */
public final class NamedFiles {
    private static final String SCHEDULE = "pipeline.schedule";
    private static final String COST = "pipeline.cost";

    private NamedFiles() {}

    /** Those that a node needs which reads samples; none for data that comes with the program or is made up. */
    public static Map<String, String> ofData(Config config) {
        return DataSource.files(config);
    }

    /** Those that every node needs, to know who does what when: small. */
    public static Map<String, String> ofOrder(Config config) {
        Map<String, String> files = new LinkedHashMap<>();
        if (ScheduleSource.isFile(config.getString(SCHEDULE))) {
            files.put(SCHEDULE, config.getString(SCHEDULE));
        }
        // costs may stand in the settings themselves
        if (config.hasPath(COST) && config.getValue(COST).valueType() != ConfigValueType.OBJECT) {
            files.put(COST, config.getString(COST));
        }
        return files;
    }
}
