package millrace.app.study;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import millrace.app.config.MemorySize;
import millrace.app.output.json.JsonLine;
import millrace.app.output.text.Table;
import millrace.schedule.auto.Plan;
import millrace.schedule.auto.PlanTable;
import millrace.schedule.auto.PlanTable.Lost;
import millrace.schedule.auto.RankBytes;

/** What a search for plans has found, in words, numbers and JSON. */
public final class PlanReport {
    private static final int MOST_LOST = 10;
    private static final int MOST_LETTERS = 40;

    private final Planning planning;
    private final PlanTable table;

    public PlanReport(Planning planning, PlanTable table) {
        this.planning = planning;
        this.table = table;
    }

    /** What a plan was measured to do: seconds from one batch to the next, and bytes of each rank. */
    public record Measured(double seconds, List<Double> memory) {}

    /**
     * One object.
     *
     * @param rank 1 for the best
     */
    public JsonLine line(int rank, Plan plan, Optional<Measured> measured) {
        JsonLine line = JsonLine.event("plan")
                .put("rank", rank)
                .put("schedule", plan.schedule())
                .put("replicas", plan.replicas())
                .put("micro_batches", plan.microBatches())
                .put("chunks", plan.shape().chunks())
                .put("partition", planning.partition(plan))
                .put("layout", planning.layout(plan))
                .put("recompute", List.copyOf(plan.recomputed()))
                .put("recompute_layers", planning.recomputedLayers(plan))
                .put("step_s", plan.period())
                .put("bubble", plan.bubble())
                .put(
                        "memory_bytes",
                        plan.memory().stream().map(RankBytes::total).toList())
                .put(
                        "memory_parts",
                        plan.memory().stream().map(PlanReport::parts).toList())
                .put("lower_bound_s", table.bound())
                .put("schedule_bound_s", plan.bound());
        measured.ifPresent(
                found -> line.put("measured_step_s", found.seconds()).put("measured_memory_bytes", found.memory()));
        return line;
    }

    /** What a rank's memory is for. */
    public static JsonLine parts(RankBytes rank) {
        return new JsonLine()
                .put("weights", rank.weights())
                .put("gradients", rank.gradients())
                .put("optimizer", rank.optimizer())
                .put("versions", rank.versions())
                .put("activations", rank.activations())
                .put("buffers", rank.buffers());
    }

    /** The one about the search as a whole. */
    public JsonLine end() {
        return JsonLine.event("planned")
                .put("plans", table.best().size())
                .put("lower_bound_s", table.bound())
                .put("gap", table.gap())
                .put("complete", table.complete())
                .put(
                        "lost",
                        table.lost().stream()
                                .map(lost -> new JsonLine()
                                        .put("schedule", lost.schedule())
                                        .put("chunks", lost.chunks())
                                        .put("replicas", lost.replicas())
                                        .put("micro_batches", lost.microBatches())
                                        .put("reason", reason(lost)))
                                .toList());
    }

    /**
     * A row a plan, best first; then why the next ones lose.
     *
     * @param measured of the first plans, as many as were measured
     */
    public String text(List<Measured> measured) {
        Table rows = new Table();
        List<Object> head = new ArrayList<>(List.of(
                "",
                "schedule",
                "chunks",
                "micro-batches",
                "layers of stages",
                "recomputes",
                "step",
                "bubble",
                "memory of ranks"));
        if (!measured.isEmpty()) {
            Collections.addAll(head, "measured", "memory");
        }
        rows.row(head.toArray());
        for (int i = 0; i < table.best().size(); i++) {
            Plan plan = table.best().get(i);
            List<Object> row = new ArrayList<>(List.of(
                    i + 1,
                    plan.schedule() + (plan.replicas() > 1 ? " x " + plan.replicas() : ""),
                    plan.shape().chunks(),
                    plan.microBatches(),
                    shortened(planning.layout(plan)),
                    plan.recomputed().isEmpty() ? "-" : plan.recomputed().toString(),
                    time(plan.period()),
                    String.format(Locale.ROOT, "%.1f %%", 100 * plan.bubble()),
                    memory(plan.memory().stream().map(RankBytes::total).toList())));
            if (!measured.isEmpty()) {
                boolean known = i < measured.size();
                row.add(known ? time(measured.get(i).seconds()) : "-");
                row.add(known ? memory(measured.get(i).memory()) : "-");
            }
            rows.row(row.toArray());
        }
        StringBuilder text = new StringBuilder(rows.toString());
        text.append(String.format(
                Locale.ROOT,
                "%nno plan is faster than %s, which is %.1f %% less than the best one takes%s",
                time(table.bound()),
                100 * table.gap(),
                table.complete() ? "" : " (the search was ended before all was tried)"));
        List<Lost> told = table.lost().stream()
                .sorted((one, other) -> Double.compare(weight(one), weight(other)))
                .limit(MOST_LOST)
                .toList();
        for (Lost lost : told) {
            text.append(String.format(
                    Locale.ROOT,
                    "%n  not %s with %s%s%d micro-batches: %s",
                    lost.schedule(),
                    lost.replicas() > 1 ? lost.replicas() + " replicas and " : "",
                    lost.chunks() > 1 ? lost.chunks() + " chunks and " : "",
                    lost.microBatches(),
                    reason(lost)));
        }
        if (table.lost().size() > told.size()) {
            text.append(
                    String.format(Locale.ROOT, "%n  and %d others", table.lost().size() - told.size()));
        }
        return text.toString();
    }

    /** Those first that come next after the best. */
    private static double weight(Lost lost) {
        return switch (lost.reason()) {
            case PlanTable.Slower(Plan plan) -> plan.period();
            case PlanTable.NoRoom _ -> 1e300;
            case PlanTable.Bounded(double seconds) -> 1e200 + seconds;
            case PlanTable.SameAs _ -> Double.MAX_VALUE;
        };
    }

    private String reason(Lost lost) {
        return switch (lost.reason()) {
            case PlanTable.NoRoom(double bytes) -> "a rank needs " + MemorySize.text(bytes) + " at least";
            case PlanTable.Bounded(double seconds) -> "not below " + time(seconds) + ", however it is cut";
            case PlanTable.SameAs(String name) -> "the same order as " + name;
            case PlanTable.Slower(Plan plan) -> slower(plan);
        };
    }

    private String slower(Plan plan) {
        Plan best = table.best().getFirst();
        double work = plan.busiest() - best.busiest();
        double waiting = plan.period() - plan.busiest() - (best.period() - best.busiest());
        String step = time(plan.period()) + " a step, ";
        return work > waiting
                ? step + "the busiest rank computes " + time(plan.busiest()) + " of it (best: " + time(best.busiest())
                        + ")"
                : step
                        + String.format(
                                Locale.ROOT,
                                "ranks wait for %.1f %% of it (best: %.1f %%)",
                                100 * plan.bubble(),
                                100 * best.bubble());
    }

    private static String shortened(String layout) {
        return layout.length() <= MOST_LETTERS ? layout : layout.substring(0, MOST_LETTERS - 3) + "...";
    }

    /** Ranks that need the same are told once. */
    private static String memory(List<Double> ranks) {
        List<String> texts = ranks.stream().map(MemorySize::text).toList();
        List<String> distinct = texts.stream().distinct().toList();
        if (distinct.size() == 1 && ranks.size() > 1) {
            return ranks.size() + " x " + distinct.getFirst();
        }
        return ranks.size() <= 4 ? String.join(", ", texts) : "up to " + MemorySize.text(Collections.max(ranks));
    }

    private static String time(double seconds) {
        if (seconds >= 1) {
            return String.format(Locale.ROOT, "%.3f s", seconds);
        }
        return seconds >= 1e-3
                ? String.format(Locale.ROOT, "%.3f ms", 1e3 * seconds)
                : String.format(Locale.ROOT, "%.1f us", 1e6 * seconds);
    }
}
