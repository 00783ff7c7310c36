package millrace.app.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingEvent.EpochEnd;
import millrace.actors.event.TrainingEvent.EvaluationDone;
import millrace.actors.event.TrainingEvent.Placed;
import millrace.actors.event.TrainingEvent.Recovering;
import millrace.actors.event.TrainingEvent.Step;
import millrace.app.output.RunOutput;
import millrace.nn.infer.Evaluation;
import org.jspecify.annotations.Nullable;

/** The figures of one run, of what it tells. */
public final class RunMeters implements RunOutput {
    private final MeterRegistry registry;
    private final String run;
    private final List<Meter> meters = new ArrayList<>();
    private final Counter steps;
    private final Counter samples;
    private final Counter recoveries;
    private final Timer recovery;
    private final Map<String, Evaluation> evaluations = new HashMap<>();
    private volatile @Nullable Step last;
    private volatile double samplesPerSecond = Double.NaN;
    private volatile long runEpoch;
    private long samplesBefore;
    private long stretchFrom = -1;
    private long stepBefore = -1;

    RunMeters(MeterRegistry registry, String run) {
        this.registry = registry;
        this.run = run;
        Tags tags = Tags.of("run", run);
        this.steps = kept(Counter.builder("millrace.steps")
                .tags(tags)
                .description("Optimizer steps that this process has heard of")
                .register(registry));
        this.samples = kept(Counter.builder("millrace.samples")
                .tags(tags)
                .description("Samples trained on, as far as this process has heard of them")
                .register(registry));
        this.recoveries = kept(Counter.builder("millrace.recoveries")
                .tags(tags)
                .description("Losses that the run has gone on after")
                .register(registry));
        this.recovery = kept(Timer.builder("millrace.recovery")
                .tags(tags)
                .description("From noticing a loss until all ranks were placed again")
                .register(registry));
        gauge("millrace.loss", "Loss of the newest step", () -> of(Step::loss));
        gauge("millrace.learning.rate", "Learning rate of the newest step", () -> of(Step::learningRate));
        gauge("millrace.gradient.norm", "Norm of the newest gradient; not a number where it is not measured", () -> {
            Step step = last;
            return step == null || step.gradientNorms().isEmpty() ? Double.NaN : step.gradientNorm();
        });
        gauge("millrace.epoch", "The epoch under way, from 1", () -> of(Step::epoch));
        gauge("millrace.step", "The newest step's number", () -> of(Step::step));
        gauge("millrace.samples.per.second", "Samples a second of the training alone", () -> samplesPerSecond);
        gauge("millrace.run.epoch", "How often the ranks were placed", () -> runEpoch);
    }

    private interface Figure {
        double of(Step step);
    }

    private double of(Figure figure) {
        Step step = last;
        return step == null ? Double.NaN : figure.of(step);
    }

    private <T extends Meter> T kept(T meter) {
        meters.add(meter);
        return meter;
    }

    private void gauge(String name, String description, Supplier<Number> figure) {
        kept(Gauge.builder(name, figure)
                .tags("run", run)
                .description(description)
                .register(registry));
    }

    @Override
    public void on(TrainingEvent event) {
        switch (event) {
            case Step step -> made(step);
            case EpochEnd(var _, var _, var _, var _, var sets, var _, var _) -> evaluated(sets);
            case EvaluationDone(long _, var sets) -> evaluated(sets);
            case Placed placed -> {
                runEpoch = placed.runEpoch();
                if (placed.seconds() > 0) {
                    recovery.record(Duration.ofNanos(Math.round(placed.seconds() * 1e9)));
                }
            }
            case Recovering _ -> recoveries.increment();
            default -> {}
        }
    }

    private void made(Step step) {
        Step before = last;
        // after a recovery steps are made once more: those count as they are made
        steps.increment(Math.max(1, stepBefore < 0 ? 1 : step.step() - stepBefore));
        stepBefore = step.step();
        boolean goesOn = step.stretch().from() == stretchFrom && step.stretch().samples() > samplesBefore;
        samples.increment(step.stretch().samples() - (goesOn ? samplesBefore : 0));
        stretchFrom = step.stretch().from();
        samplesBefore = step.stretch().samples();
        samplesPerSecond = step.samplesPerSecond(before);
        last = step;
    }

    private void evaluated(Map<String, Evaluation> sets) {
        sets.forEach((set, evaluation) -> {
            synchronized (evaluations) {
                if (evaluations.put(set, evaluation) == null) {
                    evaluationGauges(set, evaluation);
                }
            }
        });
    }

    private void evaluationGauges(String set, Evaluation first) {
        kept(Gauge.builder("millrace.evaluation.loss", () -> newest(set).loss())
                .tags("run", run, "set", set)
                .description("Loss of a set that is not trained on")
                .register(registry));
        if (first.isClassification()) {
            kept(Gauge.builder("millrace.evaluation.accuracy", () -> newest(set).accuracy())
                    .tags("run", run, "set", set)
                    .description("Share of it that is predicted right")
                    .register(registry));
        }
    }

    private Evaluation newest(String set) {
        synchronized (evaluations) {
            return Objects.requireNonNull(evaluations.get(set));
        }
    }

    /** The run is over: what it told last is still there, until the process ends or its page does. */
    @Override
    public void close() {}
}
