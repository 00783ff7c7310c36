package millrace.actors.run;

import java.util.List;
import millrace.nn.data.Dataset;
import millrace.nn.infer.Evaluation;
import millrace.nn.infer.Evaluator;
import millrace.nn.stage.StageModel;
import millrace.nn.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Evaluation by one thread: chunk after chunk through all stages. */
final class LineEvaluation {
    private LineEvaluation() {}

    /**
     * @param line the stages from first to last, together the whole model
     */
    static Evaluation of(List<StageModel> line, Dataset data) {
        StageModel last = line.getLast();
        Evaluator evaluator = Evaluator.of(last.spec(), data);
        for (int chunk = 0; chunk < last.compute().chunks(data); chunk++) {
            @Nullable Tensor output = null;
            for (StageModel stage : line) {
                output = stage.compute().infer(data, chunk, output);
            }
            if (output != null) {
                evaluator.add(output, last.compute().targets(data, chunk));
                output.release();
            }
        }
        return evaluator.result();
    }
}
