package millrace.app.output.tensorboard;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent;
import millrace.actors.plan.Snapshot;
import millrace.actors.trace.Staleness;
import millrace.app.output.OutputFormat;
import millrace.app.output.OutputSettings;
import millrace.app.output.RunOutput;
import millrace.app.output.StepSelection;
import millrace.nn.infer.Evaluation;
import millrace.nn.weights.NamedTensor;

/**
 * A run as TensorBoard shows it; the horizontal axis is the number of batches made.
 *
 * <pre>
 * train/loss, train/lr, train/samples_per_s      logged steps
 * epoch/loss, epoch/lr, epoch/samples_per_s      ends of epochs
 * gradient_norm/stage_0, ...                     logged steps, where they are measured
 * test/loss, test/accuracy, validation/...       whenever a set is evaluated
 * weights/0.weight, gradients/0.weight           histograms at the ends of epochs, where they are asked for
 * pipeline/busy/rank_0, pipeline/bubble/rank_0, pipeline/peak_activations/rank_0, pipeline/staleness_max/stage_0, ...
 *                                                once, at the end
 * </pre>
 */
public final class TensorBoardOutput implements RunOutput {
    // what a person who looks at the page should see soon, without a write to the disk a step
    private static final long FLUSH_NANOS = 1_000_000_000;

    private final EventFile file;
    private final StepSelection steps;
    private final boolean histograms;
    private final boolean gradientHistograms;
    private long flushed = System.nanoTime();

    private TensorBoardOutput(EventFile file, int every, OutputSettings settings) {
        this.file = file;
        this.steps = new StepSelection(every);
        this.histograms = settings.histograms();
        this.gradientHistograms = settings.gradientHistograms();
    }

    /** A file of the log folder. */
    public static final class Format implements OutputFormat {
        @Override
        public String name() {
            return "tensorboard";
        }

        @Override
        public boolean isLog() {
            return true;
        }

        @Override
        public boolean owns(String file) {
            return EventFile.isNamed(file);
        }

        @Override
        public RunOutput open(Target target) throws IOException {
            EventFile file = EventFile.in(target.folder(), host(), () -> System.currentTimeMillis() / 1e3);
            if (target.stepsBefore() > 0) {
                file.restart(target.stepsBefore());
            }
            return new TensorBoardOutput(file, target.every(), target.settings());
        }
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    @Override
    public void on(TrainingEvent event) throws IOException {
        switch (event) {
            case TrainingEvent.Step step -> {
                Optional<StepSelection.Selected> selected = steps.select(step);
                if (selected.isPresent()) {
                    step(step, selected.get().samplesPerSecond());
                }
            }
            case TrainingEvent.EpochEnd end -> {
                figures(end.step(), "epoch", end.loss(), end.learningRate(), end.samplesPerSecond());
                evaluations(end.step(), end.evaluations());
                file.flush();
            }
            case TrainingEvent.EvaluationDone(long step, var evaluations) -> {
                evaluations(step, evaluations);
                file.flush();
            }
            case TrainingEvent.Finished(RunResult result) -> end(result);
            default -> {}
        }
    }

    private void step(TrainingEvent.Step step, double samplesPerSecond) throws IOException {
        figures(step.step(), "train", step.loss(), step.learningRate(), samplesPerSecond);
        for (int stage = 0; stage < step.gradientNorms().size(); stage++) {
            file.scalar(
                    step.step(),
                    "gradient_norm/stage_" + stage,
                    step.gradientNorms().get(stage));
        }
        flushNowAndThen();
    }

    private void figures(long step, String group, double loss, double rate, double speed) throws IOException {
        file.scalar(step, group + "/loss", loss);
        file.scalar(step, group + "/lr", rate);
        file.scalar(step, group + "/samples_per_s", speed);
    }

    private void evaluations(long step, Map<String, Evaluation> evaluations) throws IOException {
        for (Map.Entry<String, Evaluation> set : evaluations.entrySet()) {
            file.scalar(step, set.getKey() + "/loss", set.getValue().loss());
            if (set.getValue().isClassification()) {
                file.scalar(step, set.getKey() + "/accuracy", set.getValue().accuracy());
            }
        }
    }

    @Override
    public boolean wantsWeights() {
        return histograms || gradientHistograms;
    }

    @Override
    public boolean wantsGradients() {
        return gradientHistograms;
    }

    @Override
    public void weights(Snapshot snapshot) throws IOException {
        if (histograms) {
            histograms(snapshot.step(), "weights/", snapshot.weights());
        }
        histograms(snapshot.step(), "gradients/", snapshot.gradients());
        file.flush();
    }

    private void histograms(long step, String group, List<NamedTensor> tensors) throws IOException {
        for (NamedTensor tensor : tensors) {
            Optional<Histogram> histogram = Histogram.of(tensor.tensor());
            if (histogram.isPresent()) {
                file.histogram(step, group + tensor.name(), histogram.get());
            }
        }
    }

    private void end(RunResult result) throws IOException {
        List<Double> peaks = result.pipeline().peakActivations();
        for (int rank = 0; rank < peaks.size(); rank++) {
            file.scalar(result.steps(), "pipeline/peak_activations/rank_" + rank, peaks.get(rank));
        }
        List<Double> busy = result.pipeline().busy();
        for (int rank = 0; rank < busy.size(); rank++) {
            file.scalar(result.steps(), "pipeline/busy/rank_" + rank, busy.get(rank));
            file.scalar(result.steps(), "pipeline/bubble/rank_" + rank, 1 - busy.get(rank));
        }
        List<Long> bytes = result.pipeline().peakBytes();
        for (int stage = 0; stage < bytes.size(); stage++) {
            file.scalar(result.steps(), "pipeline/peak_activation_bytes/stage_" + stage, bytes.get(stage));
        }
        for (Staleness stage : result.pipeline().staleness()) {
            file.scalar(result.steps(), "pipeline/staleness_mean/stage_" + stage.stage(), stage.mean());
            file.scalar(result.steps(), "pipeline/staleness_max/stage_" + stage.stage(), stage.max());
            file.scalar(result.steps(), "pipeline/weight_versions/stage_" + stage.stage(), stage.mostVersions());
        }
        List<Long> skipped = result.pipeline().skippedSteps();
        for (int stage = 0; stage < skipped.size(); stage++) {
            file.scalar(result.steps(), "pipeline/skipped_steps/stage_" + stage, skipped.get(stage));
        }
        file.flush();
    }

    private void flushNowAndThen() throws IOException {
        long now = System.nanoTime();
        if (now - flushed >= FLUSH_NANOS) {
            file.flush();
            flushed = now;
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
