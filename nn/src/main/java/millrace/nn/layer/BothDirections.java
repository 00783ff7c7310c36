package millrace.nn.layer;

import millrace.nn.tensor.Tensor;

/**
 * A recurrent layer that reads its sequence twice, from the front and from the end. Each direction writes its own columns
 * of the output; the gradient of the input is the sum of both.
 *
 * @param fromFront from the first step on; its columns come first
 * @param fromEnd from the last step on
 */
record BothDirections(RecurrentOperator fromFront, RecurrentOperator fromEnd) implements Operator {
    @Override
    public long workspace(int rows) {
        return Workspace.size(pieces -> {
            pieces.take(fromFront.workspace(rows));
            pieces.take(fromEnd.workspace(rows));
        });
    }

    private record Passes(Pass fromFront, Pass fromEnd) {}

    private Passes passes(Pass pass, int rows) {
        Workspace workspace = new Workspace(pass.workspace());
        return new Passes(
                pass.with(workspace.take(fromFront.workspace(rows))),
                pass.with(workspace.take(fromEnd.workspace(rows))));
    }

    @Override
    public void forward(Pass pass, Tensor input, Tensor output) {
        Passes passes = passes(pass, input.rows());
        fromFront.forward(passes.fromFront, input, output);
        fromEnd.forward(passes.fromEnd, input, output);
    }

    @Override
    public void backwardInput(Pass pass, Tensor saved, Tensor outputGradient, Tensor inputGradient) {
        Passes passes = passes(pass, outputGradient.rows());
        // in this order: the second adds to what the first writes
        fromFront.backwardInput(passes.fromFront, saved, outputGradient, inputGradient);
        fromEnd.backwardInput(passes.fromEnd, saved, outputGradient, inputGradient);
    }

    @Override
    public void backwardWeight(Pass pass, Tensor input, Tensor outputGradient, boolean accumulate) {
        Passes passes = passes(pass, input.rows());
        fromFront.backwardWeight(passes.fromFront, input, outputGradient, accumulate);
        fromEnd.backwardWeight(passes.fromEnd, input, outputGradient, accumulate);
    }

    @Override
    public boolean weightAfterInput() {
        return true;
    }

    @Override
    public void close() {
        fromFront.close();
        fromEnd.close();
    }
}
