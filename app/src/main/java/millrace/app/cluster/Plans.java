package millrace.app.cluster;

import com.typesafe.config.Config;
import java.util.List;
import java.util.Map;
import millrace.actors.cluster.PlanSource;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Start;
import millrace.app.config.RunFile;
import millrace.app.config.RunSetup;

/** Plans from the settings that travel with a run order. */
public final class Plans implements PlanSource {
    @Override
    public RunPlan plan(String configuration) {
        Config config = RunFile.resolve(RunFile.parse(configuration), List.of(), Map.of());
        return RunSetup.of(config).plan(Start.FRESH);
    }
}
