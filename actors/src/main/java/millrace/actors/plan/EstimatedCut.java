package millrace.actors.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.schedule.Costs.Link;
import millrace.schedule.Generator;
import millrace.schedule.PipelineShape;
import millrace.schedule.auto.FastestCut;
import millrace.schedule.auto.LayerProfile;
import millrace.schedule.auto.LayerProfile.Size;
import millrace.schedule.auto.NetworkProfile;

/**
 * Where to cut a network that nobody has measured: every multiplication is taken to last equally long, and the simulator says
 * which cut makes a batch shortest by the run's schedule.
 */
public final class EstimatedCut {
    private EstimatedCut() {}

    /**
     * The fastest cut, or the one whose largest stage has fewest multiplications, if that is as fast.
     *
     * @param shape of one copy of the line
     * @param replicas copies of it
     * @param batch samples, a multiple of the micro-batches of all copies
     * @param synchronizedStep whether no rank steps before all have finished
     * @throws IllegalArgumentException when the model has fewer layers with weights than stages
     */
    public static Partition of(
            Model model, Generator generator, PipelineShape shape, int replicas, int batch, boolean synchronizedStep) {
        Partition balanced = Partition.balanced(model, shape.stages());
        List<Integer> starts = Partition.starts(model);
        if (shape.stages() == 1 || shape.stages() == starts.size()) {
            return balanced;
        }
        List<Integer> fastest = FastestCut.of(
                estimated(model, starts),
                generator,
                shape,
                replicas,
                batch,
                synchronizedStep,
                balanced.starts().stream().map(starts::indexOf).toList());
        return new Partition(
                fastest.stream().map(starts::get).toList(), model.layers().size());
    }

    /** One multiplication of one sample takes a unit; the first layer has nobody to send error deltas to. */
    private static NetworkProfile estimated(Model model, List<Integer> starts) {
        List<LayerProfile> layers = new ArrayList<>();
        for (int i = 0; i < starts.size(); i++) {
            int end = i + 1 < starts.size() ? starts.get(i + 1) : model.layers().size();
            double work = 0;
            for (int layer = starts.get(i); layer < end; layer++) {
                work += model.multiplications(layer);
            }
            layers.add(new LayerProfile(
                    String.valueOf(starts.get(i)), 0, List.of(new Size(1, work, i == 0 ? 0 : work, work, 0, 0, 0))));
        }
        return new NetworkProfile(layers, Link.FREE, Map.of(), List.of(), 0, 0);
    }
}
