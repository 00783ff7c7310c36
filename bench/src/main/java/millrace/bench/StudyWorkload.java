package millrace.bench;

import com.typesafe.config.Config;
import java.util.List;
import java.util.Map;
import millrace.app.config.RunFile;

/**
 * What the methods are compared on: a preset on MNIST cut into stages.
 *
 * @param name in files, tables and on the command line
 * @param target the accuracy that methods race to
 * @param optimizer of the preset
 */
record StudyWorkload(String name, String preset, int stages, double target, int batch, String optimizer, Sizes sizes) {
    /** Of a batch, whatever the workload, so that 2bw is possible with up to nine stages. */
    static final int MICRO_BATCHES = 8;

    private static final int TRAINING_SAMPLES = 60_000;

    /** The study's workloads. */
    static final List<StudyWorkload> ALL = List.of(
            // two epochs, seven evaluations in each
            of("mnist-4", "mlp-mnist-8", 4, 0.97, new Sizes(2 * 938, 2 * 938, 134, 0.1, 10_000)),
            of("mnist-8", "mlp-mnist-8", 8, 0.97, new Sizes(2 * 938, 2 * 938, 134, 0.1, 10_000)),
            of("deep-4", "mlp-deep", 4, 0.9, new Sizes(50, 80, 8, 0.03, 2_000)));

    /**
     * How much is trained and evaluated.
     *
     * @param gridSteps batches of a run that a learning rate is judged by
     * @param steps batches of a measured run
     * @param evaluateEvery batches of a measured run between evaluations
     * @param validation share of the training samples that learning rates are judged on
     * @param test samples of the test set, evenly chosen
     */
    record Sizes(int gridSteps, int steps, int evaluateEvery, double validation, int test) {
        Sizes {
            if (gridSteps < 1 || steps < 2 || evaluateEvery < 1 || test < 1) {
                throw new IllegalArgumentException("grid steps: " + gridSteps + ", steps: " + steps
                        + ", evaluate every: " + evaluateEvery + ", test: " + test
                        + " (expected: 1 or more, and 2 or more steps)");
            }
        }

        /** As it stands in the study's folder. */
        String text() {
            return gridSteps + "," + steps + "," + evaluateEvery + "," + validation + "," + test;
        }
    }

    private static StudyWorkload of(String name, String preset, int stages, double target, Sizes sizes) {
        Config config = RunFile.resolve(preset, List.of(), Map.of());
        return new StudyWorkload(
                name,
                preset,
                stages,
                target,
                config.getInt("training.batch"),
                config.getString("training.optimizer.name"),
                sizes);
    }

    /**
     * The workload of that name.
     *
     * @throws IllegalArgumentException on an unknown name (lists the known ones)
     */
    static StudyWorkload named(String name) {
        return ALL.stream()
                .filter(workload -> workload.name.equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("workload: " + name + " (expected: one of "
                        + String.join(
                                ", ", ALL.stream().map(StudyWorkload::name).toList()) + ")"));
    }

    StudyWorkload with(Sizes other) {
        return new StudyWorkload(name, preset, stages, target, batch, optimizer, other);
    }

    /** Batches of so many epochs. */
    int steps(int epochs) {
        return epochs * ((TRAINING_SAMPLES + batch - 1) / batch);
    }
}
