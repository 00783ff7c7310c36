package millrace.app.study;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import millrace.app.output.json.JsonLine;
import millrace.app.output.text.Table;
import millrace.schedule.Schedule;
import millrace.schedule.simulate.Simulation;

/** A simulation in words, numbers and JSON. */
public final class SimulationReport {
    private SimulationReport() {}

    /** One object with everything but the timeline. */
    public static JsonLine line(Simulation simulation, boolean criticalPath) {
        Schedule schedule = simulation.schedule();
        JsonLine line = JsonLine.event("simulation")
                .put("schedule", schedule.name())
                .put("ranks", schedule.ranks())
                .put("micro_batches", schedule.microBatches())
                .put("chunks", schedule.placement().chunks())
                .put("makespan", simulation.makespan())
                .put("ideal", simulation.ideal())
                .put("bubble", simulation.bubble())
                .put("bubble_of_rank_span", simulation.bubbleOfRankSpan())
                .put("peak_activations", list(simulation.peakActivations()))
                .put("peak_memory", list(simulation.peakMemory()))
                .put("per_rank_busy", list(simulation.busy()));
        if (!simulation.exchanges().isEmpty()) {
            line.put(
                    "exchanges",
                    simulation.exchanges().stream()
                            .map(exchange -> new JsonLine()
                                    .put("rank", exchange.rank())
                                    .put("stage", exchange.stage())
                                    .put("start", exchange.start())
                                    .put("end", exchange.end()))
                            .toList());
        }
        if (criticalPath) {
            line.put(
                    "critical_path",
                    simulation.criticalPath().stream()
                            .map(span -> span.action().toString())
                            .toList());
        }
        return line;
    }

    private static List<Double> list(double[] values) {
        return Arrays.stream(values).boxed().toList();
    }

    /** A row a simulation. */
    public static String table(List<Simulation> simulations) {
        Table table = new Table()
                .row(
                        "schedule",
                        "ranks",
                        "chunks",
                        "micro-batches",
                        "makespan",
                        "bubble",
                        "of rank span",
                        "peak activations",
                        "peak memory");
        for (Simulation simulation : simulations) {
            Schedule schedule = simulation.schedule();
            table.row(
                    schedule.name(),
                    schedule.ranks(),
                    schedule.placement().chunks(),
                    schedule.microBatches(),
                    number(simulation.makespan()),
                    String.format(Locale.ROOT, "%.4f", simulation.bubble()),
                    String.format(Locale.ROOT, "%.4f", simulation.bubbleOfRankSpan()),
                    number(Arrays.stream(simulation.peakActivations()).max().orElse(0)),
                    number(Arrays.stream(simulation.peakMemory()).max().orElse(0)));
        }
        return table.toString();
    }

    /** The actions in order. */
    public static String criticalPath(Simulation simulation) {
        return simulation.criticalPath().stream()
                .map(span -> span.action().toString())
                .collect(Collectors.joining(" "));
    }

    static String number(double value) {
        String text = String.format(Locale.ROOT, "%.4f", value);
        return text.replaceAll("0+$", "").replaceAll("\\.$", "");
    }
}
