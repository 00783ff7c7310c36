package millrace.app.command;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import millrace.app.command.ShapeOptions.Wanted;
import millrace.app.output.Audience;
import millrace.app.output.json.JsonLine;
import millrace.app.picture.Gantt;
import millrace.app.picture.PictureFile;
import millrace.app.picture.TextTimeline;
import millrace.app.study.Optimum;
import millrace.app.study.SimulationReport;
import millrace.app.study.SweepChart;
import millrace.schedule.Schedule;
import millrace.schedule.simulate.Simulation;
import millrace.schedule.simulate.SimulationOptions;
import millrace.schedule.simulate.Simulator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code simulate}: what schedules would take and hold. */
@Command(
        name = "simulate",
        description = "Simulates how schedules run, without training: time of a batch, waiting, memory.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  millrace simulate zb-h1 --ranks 4 --micro-batches 8",
            "  millrace simulate 1f1b --ranks 4 --micro-batches 8 --backward-input 1.1 --comm 0.1 --out 1f1b.png",
            "  millrace simulate zb-v --ranks 2 --replicas 2 --micro-batches 8 --exchange-cost 2",
            "  millrace simulate gpipe,1f1b,zb-v --ranks 4,8 --micro-batches 8,16,32 --chart bubbles.png",
            "  millrace simulate 1f1b --ranks 4 --micro-batches 8 --recompute --comm 1",
            "  millrace simulate 1f1b,zb-h1,zb-1p --ranks 3 --micro-batches 4 --optimal"
        })
public final class SimulateCommand implements Callable<Integer> {
    @Mixin
    private ShapeOptions shapes = new ShapeOptions();

    @Mixin
    private CostOptions costs = new CostOptions();

    @Mixin
    private SimulationTerms terms = new SimulationTerms();

    @Mixin
    private OptimalOptions optimal = new OptimalOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Option(names = "--critical-path", description = "list the chain of actions that decides how long the batch takes")
    private boolean criticalPath;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "the timeline: a picture (.svg, .png) or a trace for Perfetto (.json)")
    private @Nullable Path file;

    @Option(
            names = "--chart",
            paramLabel = "FILE",
            description = "a chart of the bubble by number of micro-batches (.svg, .png)")
    private @Nullable Path chart;

    @Override
    public Integer call() {
        SimulationOptions options = terms.options();
        List<Wanted> all = shapes.combinations();
        checkFiles(all.size());
        optimal.check(all.size(), terms.jitter());
        PrintWriter out = output.out();
        List<Simulation> done = new ArrayList<>();
        List<Optional<Optimum>> optima = new ArrayList<>();
        int status = Combinations.each(all, output.json(), out, output.err(), wanted -> {
            Schedule schedule = wanted.generate(costs::of);
            terms.requireFit(schedule);
            Simulation simulation =
                    Simulator.simulate(schedule, costs.of(schedule, shapes.isRecomputedAtBackward()), options);
            Optional<Optimum> optimum = optimal.search(simulation);
            if (output.json()) {
                JsonLine line = SimulationReport.line(simulation, criticalPath);
                out.println(optimal.wanted() ? Optimum.into(line, optimum) : line);
            }
            done.add(simulation);
            optima.add(optimum);
        });
        if (!output.json() && !done.isEmpty()) {
            tell(out, done);
            if (optimal.wanted()) {
                out.println();
                out.println(Optimum.table(done, optima));
            }
        }
        draw(done);
        if (!optima.isEmpty()) {
            optimal.write(optima.getFirst());
        }
        out.flush();
        return status;
    }

    private void checkFiles(int combinations) {
        if (file != null) {
            PictureFile.requireTimelines(file);
            if (combinations > 1) {
                throw new IllegalArgumentException(
                        "--out: " + combinations + " schedules (expected: one; --chart draws several)");
            }
        }
        if (chart != null) {
            PictureFile.requirePicture(chart);
        }
    }

    private void tell(PrintWriter out, List<Simulation> done) {
        out.println(SimulationReport.table(done));
        if (done.size() == 1) {
            Simulation only = done.getFirst();
            boolean drawable =
                    only.actions() <= Gantt.MOST_SPANS && only.schedule().ranks() <= 64;
            if (drawable && output.audience() != Audience.QUIET) {
                boolean colours = output.audience() == Audience.TERMINAL;
                out.println();
                out.println(TextTimeline.of(only.timeline(only.schedule().name(), ""), TextTimeline.WIDTH, colours));
            }
            if (criticalPath) {
                out.println();
                out.println("critical path: " + SimulationReport.criticalPath(only));
            }
        }
    }

    private void draw(List<Simulation> done) {
        if (file != null && !done.isEmpty()) {
            Simulation only = done.getFirst();
            PictureFile.writeTimelines(
                    file, List.of(only.timeline(only.schedule().toString(), "")));
        }
        if (chart != null && !done.isEmpty()) {
            PictureFile.write(chart, SweepChart.bubbles(done));
        }
    }
}
