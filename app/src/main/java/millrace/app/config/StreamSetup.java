package millrace.app.config;

import java.util.Map;
import java.util.Optional;
import millrace.nn.optimizer.DelayCorrection;
import millrace.schedule.Schedule;
import millrace.schedule.stream.Discipline;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;

/**
 * What a run file says about training without a flush.
 *
 * @param spec which versions are used
 * @param correction what is done about late gradients
 */
record StreamSetup(StreamSpec spec, DelayCorrection correction) {
    /**
     * @param stepsPerEpoch batches
     * @return empty for a schedule that flushes
     */
    static Optional<StreamSetup> read(Settings pipeline, Schedule schedule, long stepsPerEpoch) {
        Optional<Discipline> discipline = Discipline.named(schedule.name());
        String correct = pipeline.has("correct") ? pipeline.text("correct") : "";
        if (discipline.isEmpty()) {
            if (!correct.isBlank()) {
                throw pipeline.problem(
                        "correct", correct, "nothing with " + schedule.name() + ", where no gradient is late");
            }
            return Optional.empty();
        }
        int stages = schedule.stages();
        Correct asked = Correct.parse(pipeline, correct);
        StreamSpec spec = new StreamSpec(
                        stages,
                        pipeline.has("accumulate")
                                ? pipeline.integer("accumulate")
                                : StreamSpec.defaultAccumulate(stages),
                        pipeline.integer("allowance"),
                        WeightPolicy.of(pipeline.text("weights")),
                        discipline.get(),
                        0)
                .startingSynchronously(Math.round(asked.synchronousEpochs() * stepsPerEpoch) * schedule.microBatches());
        return Optional.of(new StreamSetup(spec, asked.correction()));
    }

    /** Optimizer steps in an epoch; a stream steps more or less often than once a batch. */
    long stepsPerEpoch(long batches, int microBatches) {
        return Math.max(1, batches * microBatches / spec.accumulate());
    }

    /** {@code t1=500,t2=0.135,t3=1,dc=0.04}. */
    private record Correct(DelayCorrection correction, double synchronousEpochs) {
        static Correct parse(Settings pipeline, String text) {
            double t1 = 0;
            double t2 = 0;
            double t3 = 0;
            double dc = 0;
            for (Map.Entry<String, String> entry :
                    KeyValues.parse(text, part -> problem(pipeline, text)).entrySet()) {
                double value = number(pipeline, text, entry.getValue());
                switch (entry.getKey()) {
                    case "t1" -> t1 = value;
                    case "t2" -> t2 = value;
                    case "t3" -> t3 = value;
                    case "dc" -> dc = value;
                    default -> throw problem(pipeline, text);
                }
            }
            return new Correct(new DelayCorrection(Math.round(t1), t2, dc), t3);
        }

        private static double number(Settings pipeline, String text, String word) {
            try {
                double value = Double.parseDouble(word);
                if (value >= 0 && value < 1e12) {
                    return value;
                }
            } catch (NumberFormatException _) {
                // told below
            }
            throw problem(pipeline, text);
        }

        private static IllegalArgumentException problem(Settings pipeline, String text) {
            return pipeline.problem(
                    "correct",
                    text,
                    "t1=STEPS (learning rate), t2=SHARE (discrepancy), t3=EPOCHS (synchronous start), dc=LAMBDA (delay"
                            + " compensation), each 0 or more, with commas between, as in t1=500,t3=1");
        }
    }
}
