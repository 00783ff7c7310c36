package millrace.actors.link;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import millrace.actors.plan.RunPlan;
import millrace.actors.rank.Packet;
import millrace.actors.rank.Packet.Kind;

/** Links that lose just one message of a run, found by trying seeds: what a link does is a function of seed and message. */
public final class LostMessages {
    /** A message, and a link that loses it and no other of the run. */
    public record Loss(Packet.Key message, LinkSpec link) {
        /** What its receiver says without it. */
        public String complaint() {
            return "stage " + message.stage() + " waits for "
                    + (message.kind() == Kind.EVALUATION_ACTIVATION
                            ? "chunk " + message.part() + " of the validation set"
                            : "the " + (message.kind() == Kind.ACTIVATION ? "activation" : "error delta")
                                    + " of micro-batch " + message.part() + " of batch " + message.number());
        }
    }

    private LostMessages() {}

    /** A random one of the run's messages of that kind is lost. */
    public static Loss one(RunPlan plan, Kind kind, long seed) {
        List<Packet.Key> all = messages(plan);
        List<Packet.Key> candidates =
                all.stream().filter(message -> message.kind() == kind).toList();
        Packet.Key lost = candidates.get(new Random(seed).nextInt(candidates.size()));
        for (long linkSeed = 0; ; linkSeed++) {
            LinkSpec link = new LinkSpec(
                    Duration.ZERO, Duration.ofMillis(1), Double.POSITIVE_INFINITY, 1.0 / all.size(), 0, linkSeed);
            LinkDelay delay = new LinkDelay(link);
            if (all.stream()
                    .allMatch(message -> delay.of(0, onLink(message), 0, 0).isEmpty() == message.equals(lost))) {
                return new Loss(lost, link);
            }
        }
    }

    private static LinkMessage onLink(Packet.Key key) {
        return new LinkMessage(key.kind().code(), key.number(), key.stage(), key.part());
    }

    /** All messages that ranks send each other in a run with one set to validate with. */
    private static List<Packet.Key> messages(RunPlan plan) {
        List<Packet.Key> messages = new ArrayList<>();
        List<Integer> ranks = plan.order().placement().replicas().getFirst().ranks();
        int rows = plan.spec().batch() / plan.spec().microBatches();
        int held = plan.data().evaluated().values().iterator().next().size();
        for (int stage = 1; stage < ranks.size(); stage++) {
            if (ranks.get(stage).equals(ranks.get(stage - 1))) {
                continue;
            }
            for (long step = 0; step < plan.lastStep(); step++) {
                for (int microBatch = 0; microBatch < plan.order().microBatches(); microBatch++) {
                    messages.add(new Packet.Key(Kind.ACTIVATION, stage, step, microBatch));
                    messages.add(new Packet.Key(Kind.ERROR_DELTA, stage - 1, step, microBatch));
                }
            }
            for (long evaluation = 1; evaluation <= plan.limits().epochs(); evaluation++) {
                for (int chunk = 0; chunk * rows < held; chunk++) {
                    messages.add(new Packet.Key(Kind.EVALUATION_ACTIVATION, stage, evaluation, chunk));
                }
            }
        }
        return messages;
    }
}
