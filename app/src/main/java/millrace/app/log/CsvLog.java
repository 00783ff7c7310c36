package millrace.app.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent;
import millrace.actors.plan.RunPlan;
import millrace.nn.data.Dataset;
import millrace.nn.infer.Evaluation;

/**
 * A run as tables: {@code steps.csv}, a row a logged step; {@code epochs.csv}, a row an epoch with the evaluations after
 * it; {@code evaluations.csv}, a row an evaluation, those within epochs too.
 */
final class CsvLog implements RunLog {
    private final Map<String, Dataset> sets;
    private final CsvFile steps;
    private final CsvFile epochs;
    private final CsvFile evaluations;

    /** @param after as {@link CsvFile} has it */
    CsvLog(Path folder, RunPlan plan, long after) throws IOException {
        this.sets = plan.data().evaluated();
        List<String> ofSteps = new ArrayList<>(List.of("step", "loss", "lr", "samples_per_s"));
        if (plan.spec().policy().guard().measures()) {
            for (int stage = 0; stage < plan.partition().stages(); stage++) {
                ofSteps.add("gradient_norm_stage_" + stage);
            }
        }
        this.steps = new CsvFile(folder.resolve("steps.csv"), ofSteps, after);
        this.epochs = new CsvFile(
                folder.resolve("epochs.csv"), columns(List.of("epoch", "step", "loss", "lr", "samples_per_s")), after);
        this.evaluations = new CsvFile(folder.resolve("evaluations.csv"), columns(List.of("step")), after);
    }

    private List<String> columns(List<String> first) {
        List<String> columns = new ArrayList<>(first);
        sets.forEach((name, set) -> {
            columns.add(name + "_loss");
            if (!set.classes().isEmpty()) {
                columns.add(name + "_accuracy");
            }
        });
        return columns;
    }

    @Override
    public void event(TrainingEvent event) throws IOException {
        switch (event) {
            case TrainingEvent.StepDone(long step, double loss, double rate, double speed, var norms) -> {
                List<Number> cells = new ArrayList<>(List.of(step, loss, rate, speed));
                cells.addAll(norms);
                steps.row(cells);
            }
            case TrainingEvent.EpochDone done -> {
                epochs.row(cells(
                        List.of(done.epoch(), done.step(), done.loss(), done.learningRate(), done.samplesPerSecond()),
                        done.evaluations()));
                evaluations.row(cells(List.of(done.step()), done.evaluations()));
                flush();
            }
            case TrainingEvent.Evaluated(long step, var found) -> {
                evaluations.row(cells(List.of(step), found));
                flush();
            }
            case TrainingEvent.Progress _,
                    TrainingEvent.Placed _,
                    TrainingEvent.Recovering _,
                    TrainingEvent.Noticed _ -> {}
        }
    }

    private List<Number> cells(List<Number> first, Map<String, Evaluation> found) {
        List<Number> cells = new ArrayList<>(first);
        sets.forEach((name, set) -> {
            Evaluation evaluation = found.get(name);
            cells.add(evaluation == null ? Double.NaN : evaluation.loss());
            if (!set.classes().isEmpty()) {
                cells.add(evaluation == null ? Double.NaN : evaluation.accuracy());
            }
        });
        return cells;
    }

    private void flush() throws IOException {
        steps.flush();
        epochs.flush();
        evaluations.flush();
    }

    @Override
    public void done(RunResult result, String weightsSha256) {}

    @Override
    public void close() throws IOException {
        steps.close();
        epochs.close();
        evaluations.close();
    }
}
