package millrace.app.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import millrace.app.command.ShapeOptions.Wanted;
import millrace.app.output.json.JsonLine;
import millrace.app.study.SimulationView;
import millrace.app.ui.Playground;
import millrace.schedule.Schedule;
import millrace.schedule.ScheduleCsv;
import millrace.schedule.Schedules;
import millrace.schedule.simulate.Simulation;
import millrace.schedule.simulate.Simulator;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;

/**
 * What the page's playground asks for, answered by what {@code simulate} does with the same words: its questions are the options of that
 * command, without the hyphens before them. Options that name files are not among them.
 */
public final class SimulationQuery implements Playground {
    /** A page draws no more than that. */
    static final int MOST_ACTIONS = 20_000;

    private static final String SCHEDULE = "schedule";
    private static final String ORDER = "order";
    private static final Set<String> SHAPE =
            Set.of("ranks", "micro-batches", "chunks", "replicas", "recompute", "recompute-at", "waves");
    private static final Set<String> COSTS = Set.of(
            "forward",
            "backward-input",
            "backward-weight",
            "comm",
            "weight-memory",
            "input-memory",
            "recompute-cost",
            "step-time",
            "synchronized-step",
            "exchange-cost",
            "jitter",
            "seed",
            "memory-limit");

    /** Options of a schedule that is made. */
    @Command(name = "simulate")
    private static final class OfShape {
        @Mixin
        private ShapeOptions shapes = new ShapeOptions();

        @Mixin
        private CostOptions costs = new CostOptions();

        @Mixin
        private SimulationTerms terms = new SimulationTerms();
    }

    /** Options of an order that was written by hand. */
    @Command(name = "simulate")
    private static final class OfOrder {
        @Mixin
        private CostOptions costs = new CostOptions();

        @Mixin
        private SimulationTerms terms = new SimulationTerms();
    }

    @Override
    public JsonLine simulated(Map<String, String> query) {
        return SimulationView.of(query.containsKey(ORDER) ? ofOrder(query) : ofShape(query));
    }

    @Override
    public List<JsonLine> schedules() {
        return Schedules.all().stream()
                .map(generator -> new JsonLine()
                        .put("name", generator.name())
                        .put("chunks", generator.defaultChunks())
                        .put("planned", generator.isPlanned()))
                .toList();
    }

    private static Simulation ofShape(Map<String, String> query) {
        requireKnown(query, SHAPE, Set.of(SCHEDULE));
        String name = query.getOrDefault(SCHEDULE, "");
        // also refuses names of files
        Schedules.named(name);
        OfShape asked = new OfShape();
        List<String> words = words(query);
        words.add(name);
        parse(asked, words);
        List<Wanted> all = asked.shapes.combinations();
        if (all.size() != 1) {
            throw new IllegalArgumentException(all.size() + " schedules (expected: one number of each kind)");
        }
        Wanted wanted = all.getFirst();
        if (wanted.shape() != null) {
            requireDrawable(3L * wanted.shape().stages() * wanted.shape().microBatches());
        }
        Schedule schedule = wanted.generate(asked.costs::of);
        return simulated(schedule, asked.costs, asked.terms, asked.shapes.isRecomputedAtBackward());
    }

    private static Simulation ofOrder(Map<String, String> query) {
        requireKnown(query, Set.of(), Set.of(ORDER));
        String text = query.getOrDefault(ORDER, "");
        requireDrawable(text.chars().filter(c -> c == ',').count());
        OfOrder asked = new OfOrder();
        parse(asked, words(query));
        return simulated(ScheduleCsv.read("by hand", text), asked.costs, asked.terms, false);
    }

    private static Simulation simulated(
            Schedule schedule, CostOptions costs, SimulationTerms terms, boolean atBackward) {
        terms.requireFit(schedule);
        return Simulator.simulate(schedule, costs.of(schedule, atBackward), terms.options());
    }

    private static void requireDrawable(long actions) {
        if (actions > MOST_ACTIONS) {
            throw new IllegalArgumentException("ranks x chunks x micro-batches: " + actions
                    + " actions (expected: at most " + MOST_ACTIONS + " on a page); millrace simulate takes more");
        }
    }

    private static void requireKnown(Map<String, String> query, Set<String> shape, Set<String> others) {
        Set<String> known = new TreeSet<>(COSTS);
        known.addAll(shape);
        known.addAll(others);
        for (String key : query.keySet()) {
            if (!known.contains(key)) {
                throw new IllegalArgumentException(
                        key + ": unknown (expected: one of " + String.join(", ", known) + ")");
            }
        }
    }

    private static List<String> words(Map<String, String> query) {
        List<String> words = new ArrayList<>();
        query.forEach((key, value) -> {
            if (key.equals("synchronized-step")) {
                if (!value.equals("false")) {
                    words.add("--" + key);
                }
            } else if (!key.equals(SCHEDULE) && !key.equals(ORDER) && !value.isEmpty()) {
                words.add("--" + key + "=" + value);
            }
        });
        return words;
    }

    private static void parse(Object asked, List<String> words) {
        try {
            // a word that begins with @ would name a file
            new CommandLine(asked).setExpandAtFiles(false).parseArgs(words.toArray(String[]::new));
        } catch (ParameterException e) {
            throw new IllegalArgumentException(String.valueOf(e.getMessage()), e);
        }
    }
}
