package millrace.actors.run;

import millrace.nn.optimizer.DelayCorrection;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;

/** Whether weight policy, optimizer and corrections fit together. */
final class StreamChecks {
    private StreamChecks() {}

    static void check(StreamSpec stream, UpdatePolicy update) {
        DelayCorrection correction = update.correction();
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

    private static void require(boolean fits, String found, String expected) {
        if (!fits) {
            throw new IllegalArgumentException(found + " (expected: " + expected + ")");
        }
    }
}
