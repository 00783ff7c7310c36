package millrace.actors.link;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import millrace.actors.run.Course;
import millrace.actors.run.RunPlan;
import millrace.schedule.Action;
import millrace.schedule.Schedule;

/** Links that lose just one message of a run, found by trying seeds: what a link does is a function of seed and message. */
public final class LostMessages {
    /** What a message carries. */
    public enum Kind {
        ACTIVATION,
        ERROR_DELTA,
        EVALUATION_ACTIVATION;

        private boolean is(LinkMessage message) {
            return switch (this) {
                case ACTIVATION -> !message.evaluation() && message.releases().kind() == Action.Kind.F;
                case ERROR_DELTA -> message.releases().kind() != Action.Kind.F;
                case EVALUATION_ACTIVATION -> message.evaluation();
            };
        }
    }

    /** A message, and a link that loses it and no other of the run. */
    public record Loss(LinkMessage message, LinkSpec link) {
        /** What its receiver says without it. */
        public String complaint() {
            Action action = message.releases();
            String what = action.kind() == Action.Kind.F ? "activation" : "error delta";
            return "stage " + action.stage() + " waits for "
                    + (message.evaluation()
                            ? "chunk " + action.microBatch() + " of the validation set"
                            : "the " + what + " of micro-batch " + action.microBatch() + " of batch "
                                    + message.number());
        }
    }

    private LostMessages() {}

    /** A random one of the run's messages of that kind is lost. */
    public static Loss one(RunPlan plan, Kind kind, long seed) {
        List<LinkMessage> all = messages(plan);
        List<LinkMessage> candidates = all.stream().filter(kind::is).toList();
        LinkMessage lost = candidates.get(new Random(seed).nextInt(candidates.size()));
        for (long linkSeed = 0; ; linkSeed++) {
            LinkSpec link = new LinkSpec(
                    Duration.ZERO, Duration.ofMillis(1), Double.POSITIVE_INFINITY, 1.0 / all.size(), 0, linkSeed);
            LinkDelay delay = new LinkDelay(link);
            if (all.stream().allMatch(message -> delay.of(0, message, 0, 0).isEmpty() == message.equals(lost))) {
                return new Loss(lost, link);
            }
        }
    }

    /** All messages that ranks send each other in a run with one set to validate with. */
    private static List<LinkMessage> messages(RunPlan plan) {
        List<LinkMessage> messages = new ArrayList<>();
        Schedule schedule = plan.schedule();
        int rows = plan.spec().batch() / plan.spec().microBatches();
        int held = plan.data().evaluated().values().iterator().next().size();
        for (int stage = 1; stage < schedule.stages(); stage++) {
            if (schedule.rankOf(stage) == schedule.rankOf(stage - 1)) {
                continue;
            }
            for (long step = 0; step < Course.lastStep(plan); step++) {
                for (int microBatch = 0; microBatch < schedule.microBatches(); microBatch++) {
                    messages.add(new LinkMessage(false, step, Action.forward(stage, microBatch)));
                    messages.add(new LinkMessage(false, step, Action.backwardInput(stage - 1, microBatch)));
                }
            }
            for (long evaluation = 1; evaluation <= plan.limits().epochs(); evaluation++) {
                for (int chunk = 0; chunk * rows < held; chunk++) {
                    messages.add(new LinkMessage(true, evaluation, Action.forward(stage, chunk)));
                }
            }
        }
        return messages;
    }
}
