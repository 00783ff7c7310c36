package millrace.app.study;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;
import millrace.app.output.json.JsonLine;
import millrace.schedule.Action;
import millrace.schedule.Schedule;
import millrace.schedule.ScheduleCsv;
import millrace.schedule.simulate.Bubbles;
import millrace.schedule.simulate.MemoryCurve;
import millrace.schedule.simulate.Simulation;
import millrace.schedule.timeline.Timeline;

/** A simulation with everything that is drawn of it, as one JSON object: what {@code simulate --json} tells, and more. */
public final class SimulationView {
    private SimulationView() {}

    /** All of it. */
    public static JsonLine of(Simulation simulation) {
        Schedule schedule = simulation.schedule();
        Timeline timeline = simulation.timeline(schedule.name(), "");
        Set<Action> critical = new HashSet<>();
        simulation.criticalPath().forEach(span -> critical.add(span.action()));
        return SimulationReport.line(simulation, true)
                .put("csv", ScheduleCsv.write(schedule))
                .put("stages", schedule.stages())
                .put(
                        "stages_of_ranks",
                        IntStream.range(0, schedule.ranks())
                                .mapToObj(
                                        rank -> List.copyOf(schedule.placement().stagesOf(rank)))
                                .toList())
                .put(
                        "spans",
                        timeline.spans().stream()
                                .map(span -> new JsonLine()
                                        .put("rank", span.rank())
                                        .put("action", span.action().toString())
                                        .put("start", span.start())
                                        .put("end", span.end())
                                        .put("critical", critical.contains(span.action())))
                                .toList())
                .put(
                        "messages",
                        timeline.messages().stream()
                                .map(message -> new JsonLine()
                                        .put("from", message.from())
                                        .put("to", message.to())
                                        .put("releases", message.releases().toString())
                                        .put("sent", message.sent())
                                        .put("received", message.received()))
                                .toList())
                .put(
                        "bubbles",
                        Bubbles.of(simulation).stream()
                                .map(SimulationView::bubble)
                                .toList())
                .put(
                        "memory",
                        MemoryCurve.of(simulation).stream()
                                .map(curve -> curve.stream()
                                        .map(point -> List.of(point.time(), point.held()))
                                        .toList())
                                .toList());
    }

    private static JsonLine bubble(Bubbles.Bubble bubble) {
        return new JsonLine()
                .put("rank", bubble.rank())
                .put("start", bubble.start())
                .put("end", bubble.end())
                .put("cause", bubble.cause().name().toLowerCase(Locale.ROOT).replace('_', ' '))
                .put("waits_for", bubble.waitsFor().map(Action::toString).orElse(null));
    }
}
