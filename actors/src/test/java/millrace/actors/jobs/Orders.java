package millrace.actors.jobs;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import millrace.actors.checkpoint.CheckpointPace;
import millrace.actors.cluster.ClientProtocol;
import millrace.actors.cluster.RunOrder;
import millrace.actors.event.RunResult;
import millrace.actors.plan.Snapshot;
import millrace.actors.trace.PipelineFigures;

/** Orders and ends of runs that tests make up. */
final class Orders {
    private Orders() {}

    static RunOrder of(String name, int workers) {
        return new RunOrder(
                name,
                "/runs/" + name,
                "",
                Optional.empty(),
                Optional.empty(),
                workers,
                1,
                CheckpointPace.every(Duration.ofSeconds(1)),
                Set.of());
    }

    static JobTerms priority(int priority) {
        return new JobTerms(priority, Optional.empty(), 0);
    }

    static ClientProtocol.Ended ended(String name, RunResult.Reason reason) {
        return new ClientProtocol.Ended(
                name,
                new RunResult(
                        reason,
                        12,
                        0.5,
                        Map.of(),
                        10,
                        1,
                        new Snapshot(12, List.of(), List.of()),
                        PipelineFigures.sequential(List.of()),
                        "digest of " + name));
    }

    static ClientProtocol.Failed failed(String name) {
        return new ClientProtocol.Failed(name, "no data", true);
    }
}
