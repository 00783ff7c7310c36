package millrace.app.study;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import millrace.app.output.json.JsonLine;
import millrace.app.output.text.Table;
import millrace.schedule.PipelineShape;
import millrace.schedule.Placement;
import millrace.schedule.Schedule;
import millrace.schedule.plan.OptimalOrder;
import millrace.schedule.plan.OptimalOrder.Objective;
import millrace.schedule.plan.OptimalOrder.Result;
import millrace.schedule.simulate.Simulation;
import millrace.schedule.simulate.Simulator;

/**
 * A simulated schedule beside the shortest order with split backwards in which no rank holds more micro-batches than the rank of
 * the schedule that holds most.
 *
 * @param held micro-batches that a rank may hold
 * @param found by branch and bound
 * @param length of what was found, simulated like the schedule; longer than the search has it where messages queue on a link
 * @param rankSpan the shortest time, of all such orders, from the first start of a rank to its last end, of the rank for which that is
 *     longest; empty where the search has not come to an end
 */
public record Optimum(Simulation simulation, int held, Result found, double length, OptionalDouble rankSpan) {
    /**
     * Searches for it; empty for a schedule of another kind: with several stages a rank, several copies of the line or
     * recomputation.
     *
     * @param cap micro-batches that a rank may hold; as many as the schedule's rank that holds most where it is empty
     * @param steps actions to try at most
     */
    public static Optional<Optimum> of(Simulation simulation, OptionalInt cap, long steps) {
        Schedule schedule = simulation.schedule();
        PipelineShape shape = new PipelineShape(schedule.ranks(), 1, schedule.microBatches());
        if (!schedule.placement().equals(Placement.loop(shape))
                || !schedule.recomputed().isEmpty()) {
            return Optional.empty();
        }
        int held = cap.orElseGet(() -> (int)
                Math.round(Arrays.stream(simulation.peakActivations()).max().orElse(1)));
        Result found = OptimalOrder.search(shape, simulation.costs(), held, Objective.MAKESPAN, steps);
        double length = Simulator.simulate(found.schedule(), simulation.costs()).computed();
        Result span = OptimalOrder.search(shape, simulation.costs(), held, Objective.RANK_SPAN, steps);
        return Optional.of(new Optimum(
                simulation,
                held,
                found,
                length,
                span.proved() ? OptionalDouble.of(span.length()) : OptionalDouble.empty()));
    }

    /** Whether no such order can be shorter. */
    public boolean proved() {
        return found.bound() >= length * (1 - 1e-9);
    }

    /** The share of its time that the schedule could be shorter by, at least; 0 where it is as short, or whole backwards are shorter. */
    public double gap() {
        double own = simulation.computed();
        return own > 0 ? Math.max(0, 1 - length / own) : 0;
    }

    /** Adds what was found to a line about the simulation; nulls where there is no such order. */
    public static JsonLine into(JsonLine line, Optional<Optimum> found) {
        return line.put("optimal_makespan", found.map(Optimum::length).orElse(null))
                .put(
                        "optimal_rank_span",
                        found.filter(optimum -> optimum.rankSpan().isPresent())
                                .map(optimum -> optimum.rankSpan().getAsDouble())
                                .orElse(null))
                .put(
                        "optimal_bound",
                        found.map(optimum -> optimum.found().bound()).orElse(null))
                .put("optimal_cap", found.map(Optimum::held).orElse(null))
                .put("optimal_proved", found.map(Optimum::proved).orElse(null))
                .put("gap", found.map(Optimum::gap).orElse(null));
    }

    /** A row a simulation, with dashes where there is no such order. */
    public static String table(List<Simulation> simulations, List<Optional<Optimum>> optima) {
        Table table = new Table().row("schedule", "ranks", "micro-batches", "holds", "takes", "shortest order", "gap");
        for (int i = 0; i < simulations.size(); i++) {
            Simulation simulation = simulations.get(i);
            Schedule schedule = simulation.schedule();
            Optional<Optimum> found = optima.get(i);
            table.row(
                    schedule.name(),
                    schedule.ranks(),
                    schedule.microBatches(),
                    found.map(optimum -> String.valueOf(optimum.held())).orElse("-"),
                    SimulationReport.number(simulation.computed()),
                    found.map(Optimum::words).orElse("-"),
                    found.map(optimum -> String.format(Locale.ROOT, "%.1f %%", 100 * optimum.gap()))
                            .orElse("-"));
        }
        return table.toString();
    }

    private String words() {
        String shortest = SimulationReport.number(length);
        return proved() ? shortest : shortest + " found, none below " + SimulationReport.number(found.bound());
    }
}
