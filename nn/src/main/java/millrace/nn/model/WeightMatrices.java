package millrace.nn.model;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;
import millrace.nn.choice.KernelTable.Demand;
import millrace.nn.layer.Layer;
import millrace.nn.layer.ParameterSpec;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;

/** The weight matrices of a model, as those who choose kernels for them see them. */
public final class WeightMatrices {
    private WeightMatrices() {}

    /**
     * Each size of them once for each number of forwards.
     *
     * @param samples of the largest micro-batch
     * @param forwards that a version of the weights may serve, one number for each kind of stage
     */
    public static List<Demand> of(Model model, int samples, Collection<Integer> forwards) {
        List<Demand> demands = new ArrayList<>();
        for (int index = 0; index < model.layers().size(); index++) {
            Layer layer = model.layers().get(index);
            Shape input = model.shapeBefore(index);
            // what takes tokens looks its rows up
            if (layer.inputType() == ElementType.F32) {
                for (ParameterSpec spec : model.parameters(index)) {
                    if (spec.shape().rank() == 2) {
                        forwards.forEach(count -> demands.add(demand(spec, input, samples, count)));
                    }
                }
            }
        }
        return demands.stream().distinct().toList();
    }

    private static Demand demand(ParameterSpec spec, Shape input, int samples, int forwards) {
        int positions =
                IntStream.range(0, input.rank() - 1).map(input::dimension).reduce(1, Math::multiplyExact);
        // recurrent layers multiply with their state step by step, with everything else at once
        boolean bySteps = spec.name().startsWith("weight_hh");
        return new Demand(
                spec.shape().dimension(1),
                spec.shape().dimension(0),
                bySteps ? samples : Math.multiplyExact(samples, positions),
                forwards,
                bySteps ? positions : 1);
    }
}
