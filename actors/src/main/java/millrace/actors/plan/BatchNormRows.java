package millrace.actors.plan;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import millrace.nn.data.BatchOrder;
import millrace.nn.layer.BatchNorm;
import millrace.nn.model.Model;
import millrace.nn.model.TrainingSpec;
import millrace.nn.tensor.Shape;

/**
 * Whether batch norm sees more than one value a channel. Of one value the mean is the value and the variance is 0: what
 * comes out is the shift alone, and running means do not follow, so that inference computes what was never trained.
 *
 * @param layer the first one that sees one value where a micro-batch has one sample; empty without any
 * @param samples of an epoch
 */
record BatchNormRows(OptionalInt layer, int batch, int microBatches, int samples) {
    static BatchNormRows of(TrainingSpec spec, int samples) {
        Model model = spec.model();
        OptionalInt layer = IntStream.range(0, model.layers().size())
                .filter(i -> model.layers().get(i) instanceof BatchNorm && places(model.shapeBefore(i)) == 1)
                .findFirst();
        return new BatchNormRows(layer, spec.batch(), spec.microBatches(), samples);
    }

    private static long places(Shape input) {
        return input.size() / input.dimension(0);
    }

    /** The batch that is most like the others. */
    private int usualRows() {
        return Math.min(batch, samples);
    }

    private IntStream rows(int ofBatch) {
        return IntStream.range(0, microBatches)
                .map(i -> BatchOrder.rows(ofBatch, i, microBatches))
                .filter(rows -> rows > 0);
    }

    /**
     * @throws IllegalArgumentException when all micro-batches of a whole batch have one sample
     */
    void check() {
        if (layer.isPresent() && rows(usualRows()).allMatch(rows -> rows == 1)) {
            throw new IllegalArgumentException("layer " + layer.getAsInt() + " (batch-norm): 1 value a channel in every"
                    + " micro-batch (expected: 2 or more, of one nothing is left but the shift); lower --micro-batches"
                    + " or raise --batch, or use layer-norm");
        }
    }

    /** Where some micro-batches have one sample: those of the last batch of an epoch, which is smaller. */
    Optional<String> warning() {
        int last = samples % batch == 0 ? usualRows() : samples % batch;
        long usual = rows(usualRows()).filter(rows -> rows == 1).count();
        long alone = rows(last).filter(rows -> rows == 1).count();
        if (layer.isEmpty() || usual + alone == 0) {
            return Optional.empty();
        }
        return Optional.of("layer " + layer.getAsInt() + " (batch-norm) sees 1 value a channel in "
                + (usual > 0
                        ? usual + " micro-batches of every batch"
                        : alone
                                + (alone == 1 ? " micro-batch" : " micro-batches")
                                + " of the last batch of an epoch, which has "
                                + last + (last == 1 ? " sample" : " samples"))
                + " (expected: 2 or more, of one nothing is left but the shift); choose another --batch or"
                + " --micro-batches");
    }
}
