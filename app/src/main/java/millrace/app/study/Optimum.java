package millrace.app.study;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import millrace.app.output.json.JsonLine;
import millrace.app.output.text.Table;
import millrace.schedule.PipelineShape;
import millrace.schedule.Schedule;
import millrace.schedule.plan.OptimalOrder;
import millrace.schedule.plan.OptimalOrder.Objective;
import millrace.schedule.plan.OptimalOrder.Result;
import millrace.schedule.simulate.Simulation;

/**
 * A simulated schedule beside the shortest order of the same actions that holds no more.
 *
 * @param held micro-batches that a rank of the schedule holds at most, and so one of the shortest order
 * @param found by branch and bound
 */
public record Optimum(Simulation simulation, int held, Result found) {
    /**
     * Searches for it; empty for a schedule of another kind: with several stages a rank, several copies of the line or
     * recomputation.
     *
     * @param steps actions to try at most
     */
    public static Optional<Optimum> of(Simulation simulation, long steps) {
        Schedule schedule = simulation.schedule();
        boolean plain = schedule.placement().replicas().size() == 1
                && schedule.stages() == schedule.ranks()
                && schedule.placement().chunks() == 1
                && schedule.recomputed().isEmpty();
        if (!plain) {
            return Optional.empty();
        }
        int held = (int)
                Math.round(Arrays.stream(simulation.peakActivations()).max().orElse(1));
        PipelineShape shape = new PipelineShape(schedule.ranks(), 1, schedule.microBatches());
        return Optional.of(new Optimum(
                simulation, held, OptimalOrder.search(shape, simulation.costs(), held, Objective.MAKESPAN, steps)));
    }

    /** The share of its makespan that the schedule could be shorter by; what is not proved is at least so much. */
    public double gap() {
        return 1 - Math.min(found.length(), length()) / length();
    }

    private double length() {
        return simulation.computed();
    }

    /** Adds what was found to a line about the simulation. */
    public JsonLine into(JsonLine line) {
        return line.put("optimum", found.length())
                .put("optimum_bound", found.bound())
                .put("optimum_held", held)
                .put("optimum_proved", found.proved())
                .put("gap", gap());
    }

    /** A row an optimum. */
    public static String table(List<Optimum> optima) {
        Table table = new Table().row("schedule", "ranks", "micro-batches", "holds", "takes", "shortest order", "gap");
        for (Optimum optimum : optima) {
            Schedule schedule = optimum.simulation().schedule();
            Result found = optimum.found();
            String shortest = SimulationReport.number(found.length());
            table.row(
                    schedule.name(),
                    schedule.ranks(),
                    schedule.microBatches(),
                    optimum.held(),
                    SimulationReport.number(optimum.length()),
                    found.proved()
                            ? shortest
                            : shortest + " found, none below " + SimulationReport.number(found.bound()),
                    String.format(Locale.ROOT, "%.1f %%", 100 * optimum.gap()));
        }
        return table.toString();
    }
}
