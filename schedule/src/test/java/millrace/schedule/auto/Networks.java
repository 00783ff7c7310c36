package millrace.schedule.auto;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import millrace.schedule.Costs.Link;

/** Networks to plan for. */
final class Networks {
    private Networks() {}

    /** A network whose layers take the given times for a sample, and an overhead for each action. */
    static NetworkProfile of(double overhead, double copies, LayerProfile... layers) {
        return new NetworkProfile(List.of(layers), Link.FREE, Map.of(), List.of(), overhead, copies);
    }

    /** A layer all of whose figures are for one sample. */
    static LayerProfile layer(
            String name, double weights, double forward, double input, double weight, double kept, double inputs) {
        return new LayerProfile(
                name, weights, List.of(new LayerProfile.Size(1, forward, input, weight, 0, kept, inputs)));
    }

    static NetworkProfile random(Random random, int layers) {
        List<LayerProfile> all = new ArrayList<>();
        for (int i = 0; i < layers; i++) {
            double forward = 1 + random.nextInt(8);
            all.add(new LayerProfile(
                    "layer " + i,
                    random.nextInt(5),
                    List.of(new LayerProfile.Size(
                            1,
                            forward,
                            2 * forward + random.nextInt(3),
                            forward + random.nextInt(3),
                            forward + random.nextInt(3),
                            random.nextInt(3),
                            1 + random.nextInt(8),
                            1,
                            1 + random.nextInt(3),
                            random.nextInt(3),
                            random.nextInt(3)))));
        }
        return new NetworkProfile(all, Link.FREE, Map.of(), List.of(), random.nextInt(3), random.nextInt(3));
    }

    /** Every way to cut units into stages, as the first unit of each. */
    static void eachCut(int units, int stages, Consumer<int[]> use) {
        eachCut(units, new int[stages], 1, use);
    }

    private static void eachCut(int units, int[] starts, int stage, Consumer<int[]> use) {
        if (stage == starts.length) {
            use.accept(starts.clone());
            return;
        }
        for (int from = starts[stage - 1] + 1; from <= units - (starts.length - stage); from++) {
            starts[stage] = from;
            eachCut(units, starts, stage + 1, use);
        }
    }

    static int end(int[] starts, int stage, int units) {
        return stage + 1 < starts.length ? starts[stage + 1] : units;
    }
}
