package millrace.app.command;

import com.typesafe.config.Config;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import millrace.actors.Runs;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Start;
import millrace.actors.run.Run;
import millrace.actors.trace.RankTimes;
import millrace.actors.trace.RankTrace;
import millrace.actors.trace.TraceWindow;
import millrace.app.config.BenchSetup;
import millrace.app.config.Settings;
import millrace.app.study.Benchmark;
import millrace.app.study.BenchmarkReport;
import millrace.nn.backend.PeakRate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code bench}: speed of training with the data already in memory. */
@Command(
        name = "bench",
        description = {
            "Measures how fast a network is trained: samples/s; GFLOP/s, which are 10^9 multiplications and additions a second of"
                    + " its products of matrices; and what part that is of the most that the cores do, which is measured"
                    + " afterwards.",
            "Of each rank it tells what the time of a step went on: forward, backward-input, backward-weight, step (the"
                    + " optimizer), exchange (messages, and gradients shared with other ranks), wait (everything else)."
        },
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
        RunPlan plan = BenchSetup.of(asked, warmup + measured).plan(Start.FRESH);
        if (warmup + measured > MOST_STEPS) {
            throw new IllegalArgumentException("--steps: " + measured + " after " + warmup
                    + " of --warmup (expected: at most " + MOST_STEPS + " in all, each has its time)");
        }
        long last = warmup + measured;
        RunPlan timed = plan.traced(TraceWindow.times(warmup, last))
                .upTo(new RunPlan.Limits(Integer.MAX_VALUE, last + tail(plan)));
        Steps steps = new Steps(last, sequential ? (int) last : 0);
        Run run = sequential
                ? Runs.reference(timed, steps, Optional.empty())
                : Runs.local(timed, steps, Optional.empty());
        RunResult result = awaited(run);
        if (result.reason() == RunResult.Reason.INTERRUPTED) {
            return interrupts.status();
        }
        tell(benchmark(plan, measured, steps, result));
        return 0;
    }

    /** Batches behind the measured ones, so that to their end a stream is as far ahead with forwards as at their beginning. */
    private static long tail(RunPlan plan) {
        return plan.order().stream()
                .map(stream -> Math.ceilDiv(stream.warmUp(0), plan.spec().microBatches()))
                .orElse(0);
    }

    private Benchmark benchmark(RunPlan plan, long measured, Steps steps, RunResult result) {
        Double megabytes = peakMegabytes();
        int threads = sequential ? 1 : Math.min(plan.order().ranks(), plan.computeThreads());
        PeakRate peak = PeakRate.measure(plan.spec().kernels(), threads);
        if (sequential) {
            return new Benchmark(
                    plan,
                    true,
                    measured,
                    steps.seconds(warmup),
                    steps.median(warmup),
                    steps.loss,
                    List.of(),
                    peak,
                    megabytes);
        }
        List<RankTimes> times =
                result.pipeline().traces().stream().map(RankTrace::times).toList();
        return Benchmark.ofLine(plan, measured, steps.loss, times, peak, megabytes);
    }

    private void tell(Benchmark benchmark) {
        PrintWriter out = output.out();
        out.println(output.json() ? BenchmarkReport.line(benchmark) : BenchmarkReport.text(benchmark));
        out.flush();
    }

    private RunResult awaited(Run run) {
        try (interrupts) {
            interrupts.call(run::interrupt);
            return run.await();
        }
    }

    /** The loss of the last measured step, and where no ranks tell of their times, when each step was done. */
    private static final class Steps implements TrainingListener {
        private final long last;
        private final long[] at;
        private double loss;

        /**
         * @param timed steps whose times are kept
         */
        Steps(long last, int timed) {
            this.last = last;
            this.at = new long[timed];
        }

        @Override
        public void onEvent(TrainingEvent event) {
            if (event instanceof TrainingEvent.Step step && step.step() <= last) {
                loss = step.loss();
                if (at.length > 0) {
                    at[Math.toIntExact(step.step() - 1)] = System.nanoTime();
                }
            }
        }

        double seconds(int warmup) {
            return (at[at.length - 1] - at[warmup - 1]) / 1e9;
        }

        double median(int warmup) {
            return RankTimes.medianStep(Arrays.copyOfRange(at, warmup - 1, at.length)) / 1e9;
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
