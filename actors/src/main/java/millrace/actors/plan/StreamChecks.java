package millrace.actors.plan;

import millrace.nn.model.TrainingSpec;
import millrace.nn.optimizer.DelayCorrection;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.schedule.order.Streamed;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;

/** Whether start, weight policy, optimizer and corrections fit together. */
final class StreamChecks {
    private StreamChecks() {}

    static void check(Streamed order, Start start, TrainingSpec spec) {
        StreamSpec stream = order.spec();
        StreamTerms.requireSame(start, order);
        UpdatePolicy update = spec.policy();
        DelayCorrection correction = update.correction();
        require(
                !update.guard().isGlobal(),
                "clip-norm: " + update.guard().maxNorm() + " with " + order.name(),
                "a schedule that flushes, elsewhere no stage knows the others' gradients, use clip-norm-per-stage");
        require(
                spec.model().tied().isEmpty(),
                "tied: embedding with " + order.name(),
                "a schedule that flushes, elsewhere the stages of a tied weight step at different times");
        WeightPolicy weights = stream.policy();
        require(
                weights != WeightPolicy.PREDICT || update.optimizer().keepsDirection(),
                "optimizer: " + update.optimizer().name() + " with weights predict",
                "one that keeps a direction: adam, adamw, nadam, or sgd or rmsprop with momentum");
        require(
                correction.discrepancy() == 0 || weights == WeightPolicy.LIVE,
                "correct: t2 with weights " + weights.word(),
                "weights live, elsewhere backwards use what their forwards used or predicted");
        require(
                correction.compensation() == 0 || weights.isConsistent(),
                "correct: dc with weights " + weights.word(),
                "weights that keep what the gradient was made with: stash, vertical, 2bw or nesterov");
    }

    /** A second forward gives the bits of the first only with the same weights. */
    static void checkRecomputation(StreamSpec stream) {
        require(
                stream.policy().isConsistent(),
                "recompute: with weights " + stream.policy().word(),
                "weights that backwards share with their forwards: stash, vertical, 2bw or nesterov");
    }

    /** A prediction is made with the rate that is known then, and a run that goes on could know a later one. */
    static void check(StreamSpec stream, Watching watching) {
        require(
                watching.plateau().isEmpty() || stream.policy() != WeightPolicy.PREDICT,
                "learning rate: plateau with weights predict",
                "another schedule, predictions use rates that are known beforehand");
    }

    private static void require(boolean fits, String found, String expected) {
        if (!fits) {
            throw new IllegalArgumentException(found + " (expected: " + expected + ")");
        }
    }
}
