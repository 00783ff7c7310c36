package millrace.app.command;

import java.util.List;
import java.util.Optional;
import millrace.actors.cluster.CoordinatorProtocol.Status;
import millrace.actors.cluster.CoordinatorProtocol.WorkerStatus;
import millrace.actors.jobs.JobsProtocol.ClusterStatus;
import millrace.actors.node.ClusterNode;
import millrace.app.output.json.JsonLine;

/** What a cluster does, as scripts and the page read it. */
final class StatusLines {
    private StatusLines() {}

    /** What there was before there were several runs is that of the first one. */
    static JsonLine json(ClusterStatus status, List<ClusterNode.MemberLine> members) {
        JsonLine line = JsonLine.event("status")
                .put("phase", status.first().map(Status::phase).orElse("idle"))
                .put("run_epoch", status.first().map(Status::runEpoch).orElse(0L))
                .put("step", status.first().map(Status::step).orElse(0L))
                .put(
                        "members",
                        members.stream()
                                .map(member -> member(member, working(status, member)))
                                .toList());
        status.first()
                .flatMap(Status::runId)
                .ifPresent(run -> line.put("run", run)
                        .put("samples_per_s", status.first().orElseThrow().samplesPerSecond()));
        return line.put("runs", status.runs().stream().map(StatusLines::run).toList());
    }

    private static JsonLine member(ClusterNode.MemberLine member, Working working) {
        JsonLine line = new JsonLine()
                .put("address", member.address())
                .put("roles", member.roles())
                .put("status", member.status())
                .put("capacity", working.worker().capacity())
                .put("ranks", working.worker().ranks())
                .put("data", working.worker().data().toString());
        working.run()
                .ifPresent(run -> line.put("run", run)
                        .put("straggler", rounded(working.worker().straggles())));
        return line;
    }

    private static JsonLine run(Status run) {
        return new JsonLine()
                .put("run", run.runId().orElse(""))
                .put("phase", run.phase())
                .put("run_epoch", run.runEpoch())
                .put("step", run.step())
                .put("samples_per_s", run.samplesPerSecond())
                .put(
                        "ranks",
                        run.ranks().stream()
                                .map(rank -> new JsonLine()
                                        .put("rank", rank.rank())
                                        .put("waits_for", rank.waitsFor())
                                        .put("waiting_s", rounded(rank.waitingSeconds()))
                                        .put("busy_ms_per_step", rounded(1e3 * rank.secondsPerBatch())))
                                .toList());
    }

    private static double rounded(double value) {
        return Double.isFinite(value) ? Math.round(value * 1000) / 1000.0 : Double.NaN;
    }

    /** What a member does, and for which run. */
    record Working(WorkerStatus worker, Optional<String> run) {}

    static Working working(ClusterStatus status, ClusterNode.MemberLine member) {
        for (Status run : status.runs()) {
            for (WorkerStatus worker : run.workers()) {
                if (worker.address().equals(member.address())) {
                    return new Working(worker, run.runId());
                }
            }
        }
        return status.idle().stream()
                .filter(worker -> worker.address().equals(member.address()))
                .findFirst()
                .map(worker -> new Working(worker, Optional.empty()))
                .orElse(new Working(new WorkerStatus(member.address(), 0, List.of()), Optional.empty()));
    }
}
