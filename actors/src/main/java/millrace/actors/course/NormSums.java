package millrace.actors.course;

import java.util.ArrayList;
import java.util.List;
import millrace.actors.event.TrainingEvent.NormFigures;

/** Gradient norms of an epoch's steps, stage by stage. */
final class NormSums {
    private final List<Stage> stages = new ArrayList<>();

    private static final class Stage {
        private double sum;
        private long count;
        private double largest = Double.NaN;

        void add(double norm) {
            if (Double.isFinite(norm)) {
                sum += norm;
                count++;
                largest = count == 1 ? norm : Math.max(largest, norm);
            }
        }
    }

    /** Those of another step; none where they are not measured. */
    void add(List<Double> norms) {
        for (int stage = 0; stage < norms.size(); stage++) {
            if (stage == stages.size()) {
                stages.add(new Stage());
            }
            stages.get(stage).add(norms.get(stage));
        }
    }

    /** The epoch's figures; the next one begins. */
    List<NormFigures> take() {
        List<NormFigures> figures = stages.stream()
                .map(stage -> new NormFigures(stage.sum / stage.count, stage.largest))
                .toList();
        stages.clear();
        return figures;
    }
}
