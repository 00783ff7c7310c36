package millrace.bench;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Start;
import millrace.actors.plan.TrainingData;
import millrace.actors.run.PipelineRun;
import millrace.actors.trace.RankTrace;
import millrace.actors.trace.TraceWindow;
import millrace.nn.data.RandomClassesSource;
import millrace.nn.layer.Layer;
import millrace.nn.layer.Layers;
import millrace.nn.loss.Losses;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.nn.model.TrainingSpec;
import millrace.nn.optimizer.Optimizer;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.tensor.Shape;
import millrace.schedule.Schedules;
import millrace.schedule.order.Flushed;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;

/**
 * How busy real stage actors are once the line is full, with and without a flush: stages that sleep instead of computing,
 * 5 ms for a forward and 5 for a backward, so that more of them fit on a machine than it has cores. Busy is the time
 * between an action's start and end, from the first to the last of the recorded batches.
 */
public final class StreamUtilisation {
    private static final Duration NAP = Duration.ofMillis(5);
    private static final int MICRO_BATCHES = 8;
    private static final int BATCHES = 40;
    private static final TraceWindow STEADY = new TraceWindow(10, 30);

    private StreamUtilisation() {}

    public static void main(String[] arguments) {
        PrintStream out = System.out;
        for (int stages : new int[] {2, 4, 8}) {
            RunPlan flush = plan(stages);
            report(out, "1f1b", flush);
            report(out, "async-1f1b", flush.streamed(new StreamSpec(stages, 1, 0, WeightPolicy.STASH)));
        }
    }

    private static RunPlan plan(int stages) {
        List<Layer> layers = new ArrayList<>();
        for (int stage = 0; stage < stages; stage++) {
            layers.add(Layers.dense(stage < stages - 1 ? 8 : 3));
            layers.add(new Sleeping(NAP));
        }
        Model model = Model.of(Shape.of(8), layers.toArray(Layer[]::new));
        int batch = 2 * MICRO_BATCHES;
        return new RunPlan(
                        new TrainingSpec(
                                model,
                                Losses.crossEntropy(),
                                UpdatePolicy.of(new Optimizer.Sgd(0.01)),
                                batch,
                                MICRO_BATCHES,
                                true,
                                1),
                        Partition.balanced(model, stages),
                        new Flushed(Schedules.generate("1f1b", stages, MICRO_BATCHES)),
                        new TrainingData(new RandomClassesSource(BATCHES * batch, 8, 3, 1).generate(), null, null),
                        new RunPlan.Limits(1, 0),
                        Optional.empty(),
                        stages,
                        Start.FRESH)
                .traced(STEADY);
    }

    private static void report(PrintStream out, String schedule, RunPlan plan) {
        RunResult result = PipelineRun.start(plan, TrainingListener.SILENT).await();
        StringBuilder busy = new StringBuilder();
        for (RankTrace trace : result.pipeline().traces()) {
            long begin = trace.work().getFirst().start();
            long end = trace.work().getLast().end();
            long worked = trace.work().stream()
                    .mapToLong(work -> work.end() - work.start())
                    .sum();
            busy.append(busy.isEmpty() ? "" : ",")
                    .append(String.format(Locale.ROOT, "%.4f", (double) worked / (end - begin)));
        }
        out.printf(
                Locale.ROOT,
                "{\"schedule\":\"%s\",\"stages\":%d,\"nap_ms\":%d,\"busy\":[%s],\"peak_activations\":%s}%n",
                schedule,
                plan.order().ranks(),
                NAP.toMillis(),
                busy,
                result.pipeline().peakActivations());
    }
}
