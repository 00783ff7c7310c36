package millrace.app.config;

import java.util.Map;
import millrace.nn.optimizer.DelayCorrection;
import millrace.schedule.PipelineShape;
import millrace.schedule.Schedule;
import millrace.schedule.order.Flushed;
import millrace.schedule.order.Order;
import millrace.schedule.order.Streamed;
import millrace.schedule.stream.Discipline;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;

/**
 * What a run file says about the order of a run, and what follows from it for the gradients.
 *
 * @param order schedule or stream
 * @param correction what is done about late gradients; nothing where everybody flushes
 */
record OrderSetup(Order order, DelayCorrection correction) {
    /**
     * A run that flushes.
     *
     * @throws IllegalArgumentException when the run file corrects delays
     */
    static OrderSetup flushed(Settings pipeline, Schedule schedule) {
        String correct = correct(pipeline);
        if (!correct.isBlank()) {
            throw pipeline.problem(
                    "correct", correct, "nothing with " + schedule.name() + ", where no gradient is late");
        }
        return new OrderSetup(new Flushed(schedule), DelayCorrection.NONE);
    }

    /**
     * A run without a flush.
     *
     * @param line of one stage a rank, with the micro-batches that go through one copy of it
     * @param replicas copies of the line
     * @param stepsPerEpoch batches of an epoch
     */
    static OrderSetup streamed(
            Settings pipeline, Discipline discipline, PipelineShape line, int replicas, long stepsPerEpoch) {
        int stages = line.stages();
        Correct asked = Correct.parse(pipeline, correct(pipeline));
        StreamSpec spec = new StreamSpec(
                        stages,
                        pipeline.has("accumulate")
                                ? accumulate(pipeline, replicas)
                                : StreamSpec.defaultAccumulate(stages, line.microBatches()),
                        pipeline.integer("allowance"),
                        WeightPolicy.of(pipeline.text("weights")),
                        discipline,
                        0)
                .startingSynchronously(Math.round(asked.synchronousEpochs() * stepsPerEpoch) * line.microBatches());
        return new OrderSetup(Streamed.of(spec, line.microBatches() * replicas, replicas), asked.correction());
    }

    /** Of one copy of the line; the setting counts those of all, as micro-batches do. */
    private static int accumulate(Settings pipeline, int replicas) {
        int ofAll = pipeline.integer("accumulate");
        if (ofAll % replicas != 0) {
            throw pipeline.problem("accumulate", ofAll, "a multiple of " + replicas + ", the replicas");
        }
        return ofAll / replicas;
    }

    private static String correct(Settings pipeline) {
        return pipeline.has("correct") ? pipeline.text("correct") : "";
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
            if (t1 != Math.rint(t1)) {
                throw problem(pipeline, text);
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
                    "t1=STEPS (learning rate, a whole number), t2=SHARE (discrepancy), t3=EPOCHS (synchronous start), dc=LAMBDA (delay"
                            + " compensation), each 0 or more, with commas between, as in t1=500,t3=1");
        }
    }
}
