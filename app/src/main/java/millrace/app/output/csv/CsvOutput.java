package millrace.app.output.csv;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import millrace.actors.event.TrainingEvent;
import millrace.actors.plan.RunPlan;
import millrace.app.output.OutputFormat;
import millrace.app.output.RunOutput;
import millrace.app.output.StepSelection;
import millrace.nn.data.Dataset;
import millrace.nn.infer.Evaluation;

/**
 * A run as tables: {@code steps.csv}, a row a logged step; {@code epochs.csv}, a row an epoch with the evaluations after
 * it; {@code evaluations.csv}, a row an evaluation, those within epochs too.
 */
public final class CsvOutput implements RunOutput {
    private static final String STEPS = "steps.csv";
    private static final String EPOCHS = "epochs.csv";
    private static final String EVALUATIONS = "evaluations.csv";

    private final StepSelection selection;
    private final Map<String, Dataset> sets;
    private final CsvFile steps;
    private final CsvFile epochs;
    private final CsvFile evaluations;

    private CsvOutput(Path folder, RunPlan plan, int every) throws IOException {
        // of a run that goes on, rows up to where it does stay
        long after = plan.start().step() > 0 ? plan.start().step() : -1;
        this.selection = new StepSelection(every);
        this.sets = plan.data().evaluated();
        List<String> ofSteps = new ArrayList<>(List.of("step", "loss", "lr", "samples_per_s"));
        if (plan.spec().policy().guard().measures()) {
            for (int stage = 0; stage < plan.partition().stages(); stage++) {
                ofSteps.add("gradient_norm_stage_" + stage);
            }
        }
        this.steps = new CsvFile(folder.resolve(STEPS), ofSteps, after);
        this.epochs = new CsvFile(
                folder.resolve(EPOCHS), columns(List.of("epoch", "step", "loss", "lr", "samples_per_s")), after);
        this.evaluations = new CsvFile(folder.resolve(EVALUATIONS), columns(List.of("step")), after);
    }

    /** Files of the log folder. */
    public static final class Format implements OutputFormat {
        @Override
        public String name() {
            return "csv";
        }

        @Override
        public boolean isLog() {
            return true;
        }

        @Override
        public boolean owns(String file) {
            return List.of(STEPS, EPOCHS, EVALUATIONS).contains(file);
        }

        @Override
        public RunOutput open(Target target) throws IOException {
            return new CsvOutput(target.folder(), target.run().plan(), target.every());
        }
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
    public void on(TrainingEvent event) throws IOException {
        switch (event) {
            case TrainingEvent.Step step -> {
                Optional<StepSelection.Selected> selected = selection.select(step);
                if (selected.isPresent()) {
                    List<Number> cells = new ArrayList<>(List.of(
                            step.step(),
                            step.loss(),
                            step.learningRate(),
                            selected.get().samplesPerSecond()));
                    cells.addAll(step.gradientNorms());
                    steps.row(cells);
                }
            }
            case TrainingEvent.EpochEnd end -> {
                epochs.row(cells(
                        List.of(end.epoch(), end.step(), end.loss(), end.learningRate(), end.samplesPerSecond()),
                        end.evaluations()));
                evaluations.row(cells(List.of(end.step()), end.evaluations()));
                flush();
            }
            case TrainingEvent.EvaluationDone(long step, var found) -> {
                evaluations.row(cells(List.of(step), found));
                flush();
            }
            default -> {}
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
    public void close() throws IOException {
        steps.close();
        epochs.close();
        evaluations.close();
    }
}
