package millrace.app.command;

import com.typesafe.config.Config;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.Callable;
import millrace.actors.Runs;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Start;
import millrace.actors.run.Run;
import millrace.app.config.BenchSetup;
import millrace.app.config.Settings;
import millrace.app.output.json.JsonLine;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code bench}: speed of training with the data already in memory. */
@Command(
        name = "bench",
        description = "Measures how many samples a second are trained, and prints it as one line of JSON.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Example:",
            "  millrace bench mlp-deep --stages 2 --schedule 1f1b --micro-batches 8 --steps 50 --warmup 20"
        })
public final class BenchCommand implements Callable<Integer> {
    @Parameters(
            paramLabel = "WORKLOAD",
            description = "a preset or run file whose network is trained, on random samples instead of its data")
    private String workload = "";

    @Mixin
    private RunOptions options = new RunOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Option(
            names = "--warmup",
            paramLabel = "W",
            defaultValue = "100",
            description = "steps that are made before the measurement begins (default: 100)")
    private int warmup;

    @Option(names = "--sequential", description = "measure training without actors, one layer after the other")
    private boolean sequential;

    private static final int MOST_STEPS = 10_000_000;

    private final Interrupts interrupts = new Interrupts(output);

    @Override
    public Integer call() {
        Config asked = options.resolve(workload);
        Settings training = new Settings(asked).in("training");
        long measured = training.longInteger("steps") > 0 ? training.longInteger("steps") : 100;
        if (warmup < 1) {
            throw new IllegalArgumentException("--warmup: " + warmup + " (expected: 1 or more)");
        }
        int batch = training.integer("batch");
        RunPlan plan = BenchSetup.of(asked, warmup + measured).plan(Start.FRESH);
        if (warmup + measured > MOST_STEPS) {
            throw new IllegalArgumentException("--steps: " + measured + " after " + warmup
                    + " of --warmup (expected: at most " + MOST_STEPS + " in all, each has its time)");
        }
        Stamps stamps = new Stamps((int) (warmup + measured));
        Run run = sequential
                ? Runs.reference(plan, stamps, Optional.empty())
                : Runs.local(plan, stamps, Optional.empty());
        RunResult result = awaited(run);
        if (result.reason() == RunResult.Reason.INTERRUPTED) {
            return interrupts.status();
        }
        int ranks = plan.order().ranks();
        PrintWriter out = output.out();
        out.println(JsonLine.event("bench")
                .put("model", plan.spec().model().name())
                .put("mode", sequential ? "sequential" : plan.order().name() + "-" + ranks)
                .put("batch", batch)
                .put("microbatches", plan.spec().microBatches())
                .put("steps", measured)
                .put("samples_per_s", Math.round(10.0 * batch * measured / stamps.seconds(warmup)) / 10.0)
                .put("step_ms_median", stamps.medianMillis(warmup))
                .put("final_loss", result.loss())
                .put("peak_rss_mb", peakMegabytes())
                .put("threads", sequential ? 1 : Math.min(ranks, plan.computeThreads())));
        out.flush();
        return 0;
    }

    private RunResult awaited(Run run) {
        try (interrupts) {
            interrupts.call(run::interrupt);
            return run.await();
        }
    }

    /** When each step was done. */
    private static final class Stamps implements TrainingListener {
        private final long[] at;
        private int count;

        Stamps(int steps) {
            at = new long[steps];
        }

        @Override
        public void onEvent(TrainingEvent event) {
            if (event instanceof TrainingEvent.Step) {
                at[count++] = System.nanoTime();
            }
        }

        double seconds(int warmup) {
            return (at[count - 1] - at[warmup - 1]) / 1e9;
        }

        double medianMillis(int warmup) {
            double[] millis = new double[count - warmup];
            for (int i = 0; i < millis.length; i++) {
                millis[i] = (at[warmup + i] - at[warmup + i - 1]) / 1e6;
            }
            Arrays.sort(millis);
            return Math.round(millis[millis.length / 2] * 1e4) / 1e4;
        }
    }

    /** The process's largest resident memory; null where the system does not tell. */
    private static @Nullable Double peakMegabytes() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("VmHWM:")) {
                    return Math.round(Double.parseDouble(line.replaceAll("[^0-9]", "")) / 102.4) / 10.0;
                }
            }
            return null;
        } catch (IOException e) {
            return null;
        }
    }
}
